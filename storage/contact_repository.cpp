#include "storage/contact_repository.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace presensi::storage {
namespace {

std::vector<OnlineRow> read_online(const std::vector<Row>& rows) {
    std::vector<OnlineRow> intervals;
    intervals.reserve(rows.size());
    for (const Row& row : rows) intervals.push_back({row.integer(0), row.text(1), row.text(2), row.text(3)});
    return intervals;
}

std::vector<ClockRow> read_clock(const std::vector<Row>& rows) {
    std::vector<ClockRow> clock;
    clock.reserve(rows.size());
    for (const Row& row : rows) clock.push_back({row.text(0), row.integer(1), row.text(2)});
    return clock;
}

}  // namespace

void ContactRepository::save_online(std::span<const OnlineRow> intervals) {
    constexpr std::size_t at_once = 200;
    for (std::size_t begin = 0; begin < intervals.size(); begin += at_once) {
        std::string sql = "INSERT INTO terminal_online (terminal_id, road, since, until) VALUES ";
        Values values;
        for (const OnlineRow& row : intervals.subspan(begin, std::min(at_once, intervals.size() - begin))) {
            const auto n = values.size();
            sql += fmt::format("{}(${}, ${}, ${}, ${})", n == 0 ? "" : ", ", n + 1, n + 2, n + 3, n + 4);
            values.insert(values.end(), {row.terminal_id, row.road, row.since, row.until});
        }
        database_.execute(sql +
                              " ON CONFLICT (terminal_id, road, since) DO UPDATE SET until = excluded.until"
                              " WHERE terminal_online.until < excluded.until",
                          values);
    }
}

std::vector<OnlineRow> ContactRepository::list_online(std::int64_t terminal_id, const std::string& from,
                                                      const std::string& to) {
    return read_online(
        database_.query("SELECT terminal_id, road, since, until FROM terminal_online"
                        " WHERE terminal_id = $1 AND until >= $2 AND since <= $3 ORDER BY road, since",
                        {terminal_id, from, to}));
}

std::vector<ContactRepository::LastPush> ContactRepository::load_last_pushes() {
    std::vector<LastPush> pushes;
    for (const Row& row : database_.query(
             "SELECT terminal_id, max(until) FROM terminal_online WHERE road = 'push' GROUP BY terminal_id")) {
        pushes.push_back({row.integer(0), row.text(1)});
    }
    return pushes;
}

void ContactRepository::add_clock(std::int64_t terminal_id, const ClockRow& row) {
    database_.execute(
        "INSERT INTO terminal_clock (terminal_id, at, difference_ms, road) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (terminal_id, at) DO NOTHING",
        {terminal_id, row.at, row.difference_ms, row.road});
}

std::vector<ClockRow> ContactRepository::list_clock(std::int64_t terminal_id, int limit) {
    return read_clock(database_.query(
        "SELECT at, difference_ms, road FROM terminal_clock WHERE terminal_id = $1 ORDER BY at DESC LIMIT $2",
        {terminal_id, std::int64_t{limit}}));
}

std::vector<ClockRow> ContactRepository::list_clock(std::int64_t terminal_id, const std::string& from,
                                                    const std::string& to) {
    return read_clock(
        database_.query("SELECT at, difference_ms, road FROM terminal_clock WHERE terminal_id = $1 AND at >= $2 AND at "
                        "< $3 ORDER BY at",
                        {terminal_id, from, to}));
}

}  // namespace presensi::storage
