#include "storage/completeness_repository.hpp"

#include <map>

namespace presensi::storage {
namespace {

Value value_of(const std::optional<std::int64_t>& number) { return number ? Value{*number} : Value{}; }
Value null_if_empty(const std::string& text) { return text.empty() ? Value{} : Value{text}; }

const std::string select_row =
    "SELECT id, terminal_id, day, until_time, cause, asked_at, result, means, terminal_count, stored_count, difference,"
    " compared_at, note FROM completeness";

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

void CompletenessRepository::open(const CompletenessRow& row) {
    database_.execute(
        "INSERT INTO completeness (terminal_id, day, until_time, cause, asked_at, result)"
        " VALUES ($1, $2, $3, $4, $5, 'open') ON CONFLICT (terminal_id, day) WHERE result = 'open' DO UPDATE"
        " SET until_time = excluded.until_time WHERE completeness.until_time < excluded.until_time",
        {row.terminal_id, row.day, row.until, row.cause, row.asked_at});
}

std::vector<CompletenessRow> CompletenessRepository::list_open() {
    return read_rows(database_.query(select_row + " WHERE result = 'open' ORDER BY id"));
}

bool CompletenessRepository::close(const CompletenessRow& row) {
    return database_.execute(
               "UPDATE completeness SET result = $2, means = $3, terminal_count = $4, stored_count = $5,"
               " difference = $6, compared_at = $7, note = $8 WHERE id = $1 AND result = 'open'",
               {row.id, row.result, row.means, value_of(row.terminal_count), value_of(row.stored_count), row.difference,
                row.compared_at, row.note}) == 1;
}

void CompletenessRepository::add(const CompletenessRow& row) {
    database_.execute(
        "INSERT INTO completeness (terminal_id, day, until_time, cause, asked_at, result, means, terminal_count,"
        " stored_count, difference, compared_at, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        {row.terminal_id, row.day, row.until, row.cause, row.asked_at, row.result, row.means,
         value_of(row.terminal_count), value_of(row.stored_count), row.difference, null_if_empty(row.compared_at),
         row.note});
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
