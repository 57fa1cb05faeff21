#include "storage/sqlite/sqlite_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage::sqlite {
namespace {

constexpr std::size_t epoch_digits = 8;

std::string load_epoch(Connection& connection) {
    Statement statement = Statement::prepare(connection, "SELECT epoch FROM store_identity");
    Cursor row = statement.select();
    if (!row.next()) throw StoreUnavailable("the database has lost its identity (store_identity is empty)");
    return row.text(0);
}

bool is_epoch(std::string_view text) {
    return text.size() == epoch_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Only what encode_cursor can have written: no sign, no leading zero.
std::optional<std::int64_t> decode_id(std::string_view text) {
    if (text.empty() || text.front() == '-' || (text.front() == '0' && text.size() > 1)) return std::nullopt;
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return id;
}

FeedRow read_row(const Cursor& cursor) {
    FeedRow row;
    row.id = cursor.integer(0);
    row.serial = cursor.text(1);
    row.zone = cursor.text(2);
    row.pin = cursor.text(3);
    row.device_time = cursor.text(4);
    row.punched_at = cursor.text(5);
    row.state = cursor.integer_or_null(6);
    row.verify = cursor.integer_or_null(7);
    row.work_code = cursor.text_or_null(8);
    row.grade = cursor.text(9);
    row.received_at = cursor.text(10);
    row.roads.push_back(cursor.text(11));
    return row;
}

}  // namespace

SqliteFeed::SqliteFeed(Connection connection)
    : connection_(std::move(connection)),
      find_roads_(Statement::prepare(connection_, "SELECT road FROM sighting WHERE punch_id = ? ORDER BY id")),
      newest_(Statement::prepare(connection_, "SELECT COALESCE(max(id), 0) FROM punch")),
      epoch_(load_epoch(connection_)) {
    connection_.execute("PRAGMA query_only=ON");
}

FeedPage SqliteFeed::read(const FeedQuery& query) {
    const std::int64_t after = decode_cursor(query.after);
    std::string sql =
        "SELECT p.id, t.serial, t.time_zone, p.pin, p.device_time, p.punched_at, p.state, p.verify, p.work_code,"
        " p.grade, p.received_at, p.road FROM punch p JOIN terminal t ON t.id = p.terminal_id WHERE p.id > ?";
    if (query.serial) sql += " AND p.terminal_id = (SELECT id FROM terminal WHERE serial = ?)";
    if (query.unit) sql += " AND p.terminal_id IN (SELECT id FROM terminal WHERE unit = ?)";
    if (query.pin_key) sql += " AND p.pin_key = ?";
    if (query.from) sql += " AND p.device_time >= ?";
    if (query.to) sql += " AND p.device_time < ?";
    sql += " ORDER BY p.id LIMIT ?";

    const std::string from = query.from ? format_device_time(*query.from) : std::string();
    const std::string to = query.to ? format_device_time(*query.to) : std::string();
    Statement statement = Statement::prepare(connection_, sql);
    int index = 0;
    statement.bind(++index, after);
    if (query.serial) statement.bind(++index, *query.serial);
    if (query.unit) statement.bind(++index, *query.unit);
    if (query.pin_key) statement.bind(++index, *query.pin_key);
    if (query.from) statement.bind(++index, from);
    if (query.to) statement.bind(++index, to);
    statement.bind(++index, query.limit);

    FeedPage page;
    Cursor cursor = statement.select();
    while (cursor.next()) {
        page.rows.push_back(read_row(cursor));
        read_roads(page.rows.back());
    }
    if (!page.rows.empty()) {
        page.next = encode_cursor(page.rows.back().id);
    } else {
        page.next = query.after.empty() ? encode_cursor(0) : query.after;
    }
    return page;
}

void SqliteFeed::read_roads(FeedRow& row) {
    Cursor cursor = find_roads_.select(row.id);
    while (cursor.next()) {
        std::string road = cursor.text(0);
        if (std::find(row.roads.begin(), row.roads.end(), road) == row.roads.end())
            row.roads.push_back(std::move(road));
    }
}

std::int64_t SqliteFeed::decode_cursor(const std::string& cursor) {
    if (cursor.empty() || cursor == "0") return 0;
    const std::string_view text = cursor;
    const std::string_view epoch = text.substr(0, epoch_digits);
    std::optional<std::int64_t> id;
    if (is_epoch(epoch) && text.size() > epoch_digits && text[epoch_digits] == '-') {
        id = decode_id(text.substr(epoch_digits + 1));
    }
    if (!id) throw BadCursor("this is not a cursor of the feed; start with after=0 and then follow next");
    if (epoch != epoch_) {
        throw CursorExpired("this cursor is of another database; start anew with after=0");
    }
    // Ids are never used twice, so this one was given out by what a restored backup does not hold.
    Cursor newest = newest_.select();
    if (newest.next() && *id > newest.integer(0)) {
        throw CursorExpired("this cursor is newer than the database, which was restored; start anew with after=0");
    }
    return *id;
}

std::string SqliteFeed::encode_cursor(std::int64_t id) const { return fmt::format("{}-{}", epoch_, id); }

}  // namespace presensi::storage::sqlite
