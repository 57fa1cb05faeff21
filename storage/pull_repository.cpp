#include "storage/pull_repository.hpp"

namespace presensi::storage {
namespace {

Value null_if_empty(const std::string& text) { return text.empty() ? Value() : Value(text); }

const std::string select_pull =
    "SELECT id, terminal_id, daemon, asked_by, state, reason, queued_at, started_at, ended_at, bytes, records, "
    "new_punches,"
    " known_punches, rejects, delivery_id FROM pull_run";

PullRow read_pull(const Row& row) {
    PullRow pull;
    pull.id = row.integer(0);
    pull.terminal_id = row.integer(1);
    pull.daemon = row.text(2);
    pull.asked_by = row.text(3);
    pull.state = row.text(4);
    pull.reason = row.text(5);
    pull.queued_at = row.text(6);
    pull.started_at = row.text_or_null(7).value_or("");
    pull.ended_at = row.text_or_null(8).value_or("");
    pull.bytes = row.integer(9);
    pull.records = row.integer(10);
    pull.new_punches = row.integer(11);
    pull.known_punches = row.integer(12);
    pull.rejects = row.integer(13);
    pull.delivery_id = row.integer_or_null(14).value_or(0);
    return pull;
}

}  // namespace

std::int64_t PullRepository::add(std::int64_t terminal_id, const std::string& daemon, const std::string& asked_by,
                                 const std::string& queued_at) {
    return database_
        .query(
            "INSERT INTO pull_run (terminal_id, daemon, asked_by, state, queued_at)"
            " VALUES ($1, $2, $3, 'queued', $4) RETURNING id",
            {terminal_id, daemon, asked_by, queued_at})
        .at(0)
        .integer(0);
}

void PullRepository::update(const PullRow& row) {
    database_.execute(
        "UPDATE pull_run SET state = $2, reason = $3, started_at = $4, ended_at = $5, bytes = $6, records = $7,"
        " new_punches = $8, known_punches = $9, rejects = $10, delivery_id = $11 WHERE id = $1",
        {row.id, row.state, row.reason, null_if_empty(row.started_at), null_if_empty(row.ended_at), row.bytes,
         row.records, row.new_punches, row.known_punches, row.rejects,
         row.delivery_id == 0 ? Value() : Value(row.delivery_id)});
}

std::optional<PullRow> PullRepository::find(std::int64_t id) {
    const std::vector<Row> rows = database_.query(select_pull + " WHERE id = $1", {id});
    if (rows.empty()) return std::nullopt;
    return read_pull(rows.front());
}

std::vector<PullRow> PullRepository::list(std::int64_t terminal_id, int limit) {
    std::vector<PullRow> pulls;
    for (const Row& row : database_.query(select_pull + " WHERE terminal_id = $1 ORDER BY id DESC LIMIT $2",
                                          {terminal_id, std::int64_t{limit}})) {
        pulls.push_back(read_pull(row));
    }
    return pulls;
}

void PullRepository::note_end(std::int64_t terminal_id, const std::string& ended_at, std::int64_t failures) {
    database_.execute(
        "INSERT INTO terminal_pull (terminal_id, ended_at, last_success, failures)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (terminal_id) DO UPDATE SET ended_at = excluded.ended_at,"
        " last_success = COALESCE(excluded.last_success, terminal_pull.last_success), failures = excluded.failures",
        {terminal_id, ended_at, failures == 0 ? Value(ended_at) : Value(), failures});
}

std::vector<PullRepository::Latest> PullRepository::load_latest() {
    const std::vector<Row> rows =
        database_.query("SELECT terminal_id, ended_at, last_success, failures FROM terminal_pull");
    std::vector<Latest> all;
    all.reserve(rows.size());
    for (const Row& row : rows)
        all.push_back({row.integer(0), row.text(1), row.text_or_null(2).value_or(""), row.integer(3)});
    return all;
}

std::vector<PullRepository::Running> PullRepository::list_running_of_others(const std::string& daemon) {
    const std::vector<Row> rows = database_.query(
        "SELECT p.id, p.daemon, COALESCE(l.beat, -1) FROM pull_run p LEFT JOIN lease l"
        " ON l.terminal_id = p.terminal_id AND l.holder = p.daemon WHERE p.state = 'running' AND p.daemon <> $1",
        {daemon});
    std::vector<Running> all;
    all.reserve(rows.size());
    for (const Row& row : rows) all.push_back({row.integer(0), row.text(1), row.integer(2)});
    return all;
}

void PullRepository::fail_those_of(const std::string& daemon, std::optional<std::int64_t> terminal_id,
                                   const std::string& ended_at) {
    const std::string statement =
        "UPDATE pull_run SET state = 'failed', reason = 'the daemon that ran it ended', ended_at = $2"
        " WHERE daemon = $1 AND state IN ('queued', 'running')";
    if (terminal_id) {
        database_.execute(statement + " AND terminal_id = $3", {daemon, ended_at, *terminal_id});
    } else {
        database_.execute(statement, {daemon, ended_at});
    }
}

void PullRepository::fail_all(const std::string& ended_at) {
    database_.execute(
        "UPDATE pull_run SET state = 'failed', reason = 'the daemon that ran it ended', ended_at = $1"
        " WHERE state IN ('queued', 'running')",
        {ended_at});
}

void PullRepository::note_disabled(const DisabledRow& row, const std::string& since) {
    database_.execute(
        "INSERT INTO terminal_disabled (terminal_id, since, host, port) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (terminal_id) DO UPDATE SET since = excluded.since, host = excluded.host, port = excluded.port,"
        " enabled_at = NULL WHERE terminal_disabled.enabled_at IS NOT NULL",
        {row.terminal_id, since, row.host, row.port});
}

void PullRepository::note_enabled(std::int64_t terminal_id, const std::string& at) {
    database_.execute("UPDATE terminal_disabled SET enabled_at = $2 WHERE terminal_id = $1 AND enabled_at IS NULL",
                      {terminal_id, at});
}

std::vector<DisabledRow> PullRepository::list_disabled() {
    const std::vector<Row> rows = database_.query(
        "SELECT terminal_id, host, port FROM terminal_disabled WHERE enabled_at IS NULL ORDER BY terminal_id");
    std::vector<DisabledRow> terminals;
    terminals.reserve(rows.size());
    for (const Row& row : rows) terminals.push_back({row.integer(0), row.text(1), row.integer(2)});
    return terminals;
}

}  // namespace presensi::storage
