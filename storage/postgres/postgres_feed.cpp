#include "storage/postgres/postgres_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pqxx/nontransaction>
#include <pqxx/result>

#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage::postgres {
namespace {

constexpr std::size_t epoch_digits = 16;

struct Position {
    std::uint64_t xid = 0;
    std::int64_t id = 0;
};

struct Cursor {
    std::string epoch;  // empty: from the beginning
    Position position;
};

// Only what the feed can have written: no sign, no leading zero.
template <typename Number>
std::optional<Number> decode_plain(std::string_view text) {
    if (text.empty() || text.front() == '-' || (text.front() == '0' && text.size() > 1)) return std::nullopt;
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Cursor decode_cursor(const std::string& cursor) {
    if (cursor.empty() || cursor == "0") return {};
    const std::string_view text = cursor;
    const std::string_view epoch = text.substr(0, epoch_digits);
    const bool is_epoch = epoch.size() == epoch_digits && epoch.find_first_not_of("0123456789abcdef") == epoch.npos;
    if (is_epoch && text.size() > epoch_digits && text[epoch_digits] == '-') {
        const std::string_view position = text.substr(epoch_digits + 1);
        const std::size_t dash = std::min(position.find('-'), position.size());
        const auto xid = decode_plain<std::uint64_t>(position.substr(0, dash));
        const auto id = decode_plain<std::int64_t>(position.substr(std::min(dash + 1, position.size())));
        if (xid && id) return {std::string(epoch), {*xid, *id}};
    }
    throw BadCursor("this is not a cursor of the feed; start with after=0 and then follow next");
}

FeedRow read_row(const pqxx::row& columns) {
    const auto text = [&](int column) { return std::string(columns[column].c_str()); };
    FeedRow row;
    row.id = columns[0].as<std::int64_t>();
    row.serial = text(2);
    row.zone = text(3);
    row.pin = text(4);
    row.device_time = text(5);
    row.punched_at = text(6);
    if (!columns[7].is_null()) row.state = columns[7].as<std::int64_t>();
    if (!columns[8].is_null()) row.verify = columns[8].as<std::int64_t>();
    if (!columns[9].is_null()) row.work_code = text(9);
    row.grade = text(10);
    row.received_at = text(11);
    row.roads.push_back(text(12));
    // Later sightings in their order, comma between.
    const std::string later = text(13);
    for (std::size_t from = 0; from < later.size();) {
        const std::size_t end = std::min(later.find(',', from), later.size());
        std::string road = later.substr(from, end - from);
        if (std::find(row.roads.begin(), row.roads.end(), road) == row.roads.end()) {
            row.roads.push_back(std::move(road));
        }
        from = end + 1;
    }
    return row;
}

constexpr auto rows_sql =
    "SELECT p.id, p.xid, t.serial, t.time_zone, p.pin, to_char(p.device_time, 'YYYY-MM-DD\"T\"HH24:MI:SS'),"
    " to_char(p.punched_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), p.state, p.verify, p.work_code, p.grade,"
    " to_char(p.received_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), p.road,"
    " COALESCE((SELECT string_agg(s.road, ',' ORDER BY s.id) FROM sighting s WHERE s.punch_id = p.id), '')"
    " FROM punch p JOIN terminal t ON t.id = p.terminal_id"
    " WHERE (p.xid, p.id) > ($1::xid8, $2::bigint) AND p.xid < pg_snapshot_xmin(pg_current_snapshot())";

}  // namespace

FeedPage PostgresFeed::read(const FeedQuery& query) {
    const Cursor after = decode_cursor(query.after);
    std::vector<std::string> parameters = {std::to_string(after.position.xid), std::to_string(after.position.id)};
    std::string sql = rows_sql;
    const auto narrow = [&](std::string_view condition, const std::string& value) {
        parameters.push_back(value);
        sql += fmt::format(fmt::runtime(condition), parameters.size());
    };
    if (query.serial) narrow(" AND p.terminal_id = (SELECT id FROM terminal WHERE serial = ${})", *query.serial);
    if (query.unit) narrow(" AND p.terminal_id IN (SELECT id FROM terminal WHERE unit = ${})", *query.unit);
    if (query.pin_key) narrow(" AND p.pin_key = ${}", *query.pin_key);
    if (query.from) narrow(" AND p.device_time >= ${}::timestamp", format_device_time(*query.from));
    if (query.to) narrow(" AND p.device_time < ${}::timestamp", format_device_time(*query.to));
    sql += fmt::format(" ORDER BY p.xid, p.id LIMIT {}", query.limit);

    return link_.run_again([&](pqxx::connection_base& connection) {
        pqxx::nontransaction direct(connection);
        const std::string epoch = direct.exec("SELECT feed_epoch()")[0][0].c_str();
        if (!after.epoch.empty() && after.epoch != epoch) {
            throw CursorExpired("this cursor is of another database; start anew with after=0");
        }
        const std::string next = direct.exec("SELECT pg_snapshot_xmax(pg_current_snapshot())")[0][0].c_str();
        if (after.position.xid >= std::stoull(next)) {
            throw CursorExpired("this cursor is newer than the database, which was restored; start anew with after=0");
        }
        FeedPage page;
        Position last = after.position;
        for (const pqxx::row& row : direct.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters))) {
            page.rows.push_back(read_row(row));
            last = {row[1].as<std::uint64_t>(), page.rows.back().id};
        }
        const bool unmoved = page.rows.empty() && !query.after.empty();
        page.next = unmoved ? query.after : fmt::format("{}-{}-{}", epoch, last.xid, last.id);
        return page;
    });
}

}  // namespace presensi::storage::postgres
