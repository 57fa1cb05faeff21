#include "storage/completeness_repository.hpp"

#include <fmt/format.h>

#include <map>

namespace presensi::storage {
namespace {

Value value_of(const std::optional<std::int64_t>& number) { return number ? Value{*number} : Value{}; }
Value null_if_empty(const std::string& text) { return text.empty() ? Value{} : Value{text}; }

const std::string select_row =
    "SELECT id, terminal_id, day, until_time, cause, asked_at, result, means, terminal_count, stored_count, difference,"
    " compared_at, note, worker, beat FROM completeness";

std::vector<CompletenessRow> read_rows(const std::vector<Row>& rows) {
    std::vector<CompletenessRow> list;
    list.reserve(rows.size());
    for (const Row& row : rows) {
        CompletenessRow read;
        read.id = row.integer(0);
        read.terminal_id = row.integer(1);
        read.day = row.text(2);
        read.until = row.text(3);
        read.cause = row.text(4);
        read.asked_at = row.text(5);
        read.result = row.text(6);
        read.means = row.text(7);
        read.terminal_count = row.integer_or_null(8);
        read.stored_count = row.integer_or_null(9);
        read.difference = row.integer(10);
        read.compared_at = row.text_or_null(11).value_or("");
        read.note = row.text(12);
        read.worker = row.text(13);
        read.beat = row.integer(14);
        list.push_back(std::move(read));
    }
    return list;
}

std::vector<RoadCount> read_roads(const std::vector<Row>& rows) {
    std::vector<RoadCount> roads;
    roads.reserve(rows.size());
    for (const Row& row : rows) roads.push_back({row.text(0), row.integer(1)});
    return roads;
}

}  // namespace

void CompletenessRepository::open(std::span<const CompletenessRow> rows) {
    constexpr std::size_t at_once = 100;
    // One statement must not meet a row twice.
    std::map<std::pair<std::int64_t, std::string>, const CompletenessRow*> latest;
    for (const CompletenessRow& row : rows) {
        const CompletenessRow*& known = latest[{row.terminal_id, row.day}];
        if (known == nullptr || known->until < row.until) known = &row;
    }
    for (auto next = latest.begin(); next != latest.end();) {
        std::string sql = "INSERT INTO completeness (terminal_id, day, until_time, cause, asked_at, result) VALUES ";
        Values values;
        for (std::size_t i = 0; i < at_once && next != latest.end(); ++i, ++next) {
            const auto n = values.size();
            const CompletenessRow& row = *next->second;
            sql += fmt::format("{}(${}, ${}, ${}, ${}, ${}, 'open')", i == 0 ? "" : ", ", n + 1, n + 2, n + 3, n + 4,
                               n + 5);
            values.insert(values.end(), {row.terminal_id, row.day, row.until, row.cause, row.asked_at});
        }
        database_.execute(sql +
                              " ON CONFLICT (terminal_id, day) WHERE result = 'open' DO UPDATE"
                              " SET until_time = excluded.until_time"
                              " WHERE completeness.until_time < excluded.until_time",
                          values);
    }
}

std::vector<CompletenessRow> CompletenessRepository::list_open() {
    return read_rows(database_.query(select_row + " WHERE result = 'open' ORDER BY id"));
}

std::optional<CompletenessRow> CompletenessRepository::find_open(std::int64_t terminal_id, const std::string& day) {
    auto rows = read_rows(
        database_.query(select_row + " WHERE terminal_id = $1 AND day = $2 AND result = 'open'", {terminal_id, day}));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

bool CompletenessRepository::claim(const CompletenessRow& row, const std::string& worker) {
    return database_.execute(
               "UPDATE completeness SET worker = $2, beat = beat + 1"
               " WHERE id = $1 AND result = 'open' AND worker = $3 AND beat = $4",
               {row.id, worker, row.worker, row.beat}) == 1;
}

void CompletenessRepository::beat(const std::string& worker) {
    database_.execute("UPDATE completeness SET beat = beat + 1 WHERE result = 'open' AND worker = $1", {worker});
}

void CompletenessRepository::release(const std::string& worker) {
    database_.execute("UPDATE completeness SET worker = '' WHERE result = 'open' AND worker = $1", {worker});
}

void CompletenessRepository::release_all() {
    database_.execute("UPDATE completeness SET worker = '' WHERE result = 'open' AND worker <> ''", {});
}

void CompletenessRepository::note_before(const CompletenessRow& row, std::int64_t stored) {
    database_.execute("UPDATE completeness SET stored_count = $2 WHERE id = $1 AND result = 'open'", {row.id, stored});
}

bool CompletenessRepository::close(const CompletenessRow& row) {
    return database_.execute(
               "UPDATE completeness SET result = $2, means = $3, terminal_count = $4, stored_count = $5,"
               " difference = $6, compared_at = $7, note = $8"
               " WHERE id = $1 AND result = 'open' AND until_time = $9 AND worker = $10",
               {row.id, row.result, row.means, value_of(row.terminal_count), value_of(row.stored_count), row.difference,
                row.compared_at, row.note, row.until, row.worker}) == 1;
}

void CompletenessRepository::add(const CompletenessRow& row) {
    database_.execute(
        "INSERT INTO completeness (terminal_id, day, until_time, cause, asked_at, result, means, terminal_count,"
        " stored_count, difference, compared_at, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        {row.terminal_id, row.day, row.until, row.cause, row.asked_at, row.result, row.means,
         value_of(row.terminal_count), value_of(row.stored_count), row.difference, null_if_empty(row.compared_at),
         row.note});
}

std::vector<CompletenessRow> CompletenessRepository::list_of_all(const std::string& from, const std::string& to) {
    return read_rows(database_.query(select_row + " WHERE day >= $1 AND day <= $2 ORDER BY day, id", {from, to}));
}

std::vector<CompletenessRow> CompletenessRepository::list(std::int64_t terminal_id, const std::string& from,
                                                          const std::string& to) {
    return read_rows(database_.query(
        select_row + " WHERE terminal_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, id", {terminal_id, from, to}));
}

std::vector<CompletenessRepository::Day> CompletenessRepository::list_compared_since(const std::string& from_day,
                                                                                     const std::string& since) {
    std::vector<Day> days;
    for (const Row& row :
         database_.query("SELECT DISTINCT terminal_id, day FROM completeness WHERE day >= $1 AND asked_at >= $2",
                         {from_day, since})) {
        days.push_back({row.integer(0), row.text(1)});
    }
    return days;
}

std::optional<std::string> CompletenessRepository::newest(std::int64_t terminal_id, const std::string& from,
                                                          const std::string& to) {
    const auto rows = database_.query(
        "SELECT device_time FROM punch WHERE terminal_id = $1 AND device_time >= $2 AND device_time < $3"
        " ORDER BY device_time DESC LIMIT 1",
        {terminal_id, from, to});
    if (rows.empty()) return std::nullopt;
    return rows.front().text(0);
}

std::optional<std::string> CompletenessRepository::last_deletion(std::int64_t terminal_id, const std::string& now) {
    return database_
        .query(
            "SELECT max(device_time) FROM terminal_event WHERE terminal_id = $1"
            " AND device_time <= $2 AND kind IN ('records_deleted', 'data_cleared')",
            {terminal_id, now})
        .at(0)
        .text_or_null(0);
}

std::int64_t CompletenessRepository::count(std::int64_t terminal_id, const std::string& from, const std::string& to) {
    return database_
        .query("SELECT count(*) FROM punch WHERE terminal_id = $1 AND device_time >= $2 AND device_time <= $3",
               {terminal_id, from, to})
        .at(0)
        .integer(0);
}

std::vector<RoadCount> CompletenessRepository::count_sightings(std::int64_t terminal_id, const std::string& from,
                                                               const std::string& to) {
    return read_roads(
        database_.query("SELECT s.road, count(DISTINCT p.id) FROM punch p JOIN sighting s ON s.punch_id = p.id"
                        " WHERE p.terminal_id = $1 AND p.device_time >= $2 AND p.device_time < $3 AND s.road <> p.road"
                        " GROUP BY s.road ORDER BY s.road",
                        {terminal_id, from, to}));
}

std::vector<CompletenessRepository::Punched> CompletenessRepository::list_punched(std::int64_t terminal_id,
                                                                                  const std::string& from,
                                                                                  const std::string& to) {
    std::vector<Punched> punches;
    for (const Row& row : database_.query("SELECT device_time, pin_key, road FROM punch WHERE terminal_id = $1 AND "
                                          "device_time >= $2 AND device_time < $3",
                                          {terminal_id, from, to})) {
        punches.push_back({row.text(0), row.text(1), row.text(2)});
    }
    return punches;
}

std::vector<CompletenessRepository::DayCount> CompletenessRepository::count_of_delivery(std::int64_t terminal_id,
                                                                                        std::int64_t delivery_id,
                                                                                        const std::string& from) {
    std::map<std::string, std::int64_t> days;
    for (const Row& row : database_.query(
             "SELECT device_time FROM punch WHERE terminal_id = $1 AND device_time >= $2 AND delivery_id = $3",
             {terminal_id, from, delivery_id})) {
        ++days[row.text(0).substr(0, 10)];
    }
    std::vector<DayCount> counts;
    counts.reserve(days.size());
    for (const auto& [day, punches] : days) counts.push_back({day, punches});
    return counts;
}

}  // namespace presensi::storage
