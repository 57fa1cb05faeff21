#include "storage/command_repository.hpp"

namespace presensi::storage {
namespace {

Value value_of(const std::optional<std::int64_t>& number) { return number ? Value{*number} : Value{}; }

const std::string columns =
    "id, terminal_id, verb, text, asked_by, reason, state, queued_at, expires_at, offers, offered_at, answered_at,"
    " return_code, records";
const std::string select_command = "SELECT " + columns + " FROM command";

CommandRow read_command(const Row& row) {
    CommandRow command;
    command.id = row.integer(0);
    command.terminal_id = row.integer(1);
    command.verb = row.text(2);
    command.text = row.text(3);
    command.asked_by = row.text(4);
    command.reason = row.text(5);
    command.state = row.text(6);
    command.queued_at = row.text(7);
    command.expires_at = row.text(8);
    command.offers = row.integer(9);
    command.offered_at = row.text_or_null(10).value_or("");
    command.answered_at = row.text_or_null(11).value_or("");
    command.return_code = row.integer_or_null(12);
    command.records = row.integer_or_null(13);
    return command;
}

std::vector<CommandRow> read_commands(const std::vector<Row>& rows) {
    std::vector<CommandRow> commands;
    commands.reserve(rows.size());
    for (const Row& row : rows) commands.push_back(read_command(row));
    return commands;
}

}  // namespace

CommandRow CommandRepository::add(const CommandRow& row) {
    const auto added = database_.query(
        "INSERT INTO command (terminal_id, verb, text, asked_by, reason, state, queued_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7) ON CONFLICT (terminal_id, text)"
        " WHERE state IN ('queued', 'offered') DO UPDATE SET verb = excluded.verb RETURNING " +
            columns,
        {row.terminal_id, row.verb, row.text, row.asked_by, row.reason, row.queued_at, row.expires_at});
    return read_command(added.at(0));
}

std::optional<CommandRow> CommandRepository::find(std::int64_t id) {
    const auto rows = database_.query(select_command + " WHERE id = $1", {id});
    if (rows.empty()) return std::nullopt;
    return read_command(rows.front());
}

std::vector<CommandRow> CommandRepository::list_open() {
    return read_commands(database_.query(select_command + " WHERE state IN ('queued', 'offered') ORDER BY id"));
}

std::vector<CommandRow> CommandRepository::list(std::int64_t terminal_id, int limit) {
    return read_commands(database_.query(select_command + " WHERE terminal_id = $1 ORDER BY id DESC LIMIT $2",
                                         {terminal_id, std::int64_t{limit}}));
}

bool CommandRepository::note_offer(const CommandRow& row, const std::string& at) {
    return database_.execute(
               "UPDATE command SET state = 'offered', offers = offers + 1, offered_at = $4"
               " WHERE id = $1 AND state = $2 AND offers = $3",
               {row.id, row.state, row.offers, at}) == 1;
}

std::optional<CommandRow> CommandRepository::note_answer(std::int64_t terminal_id, std::int64_t id,
                                                         const std::string& at, std::optional<std::int64_t> return_code,
                                                         std::optional<std::int64_t> records) {
    const auto rows = database_.query(
        "UPDATE command SET state = 'answered', answered_at = $3, return_code = $4, records = $5"
        " WHERE id = $1 AND terminal_id = $2 AND state <> 'answered' AND offers > 0 RETURNING " +
            columns,
        {id, terminal_id, at, value_of(return_code), value_of(records)});
    if (rows.empty()) return std::nullopt;
    return read_command(rows.front());
}

bool CommandRepository::expire(const CommandRow& row) {
    return database_.execute(
               "UPDATE command SET state = 'expired' WHERE id = $1 AND state = $2 AND offers = $3"
               " AND state IN ('queued', 'offered')",
               {row.id, row.state, row.offers}) == 1;
}

}  // namespace presensi::storage
