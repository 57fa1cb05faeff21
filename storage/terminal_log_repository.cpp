#include "storage/terminal_log_repository.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage {
namespace {

Blob blob_of(const Sha256& digest) {
    return {std::string(reinterpret_cast<const char*>(digest.data()), digest.size())};
}

Value value_of(const std::optional<int>& number) { return number ? Value(std::int64_t{*number}) : Value(); }

Value value_of(const std::optional<DeviceTime>& time) { return time ? Value(format_device_time(*time)) : Value(); }

// A terminal's whole history may come in one upload: few statements, each with parameters that both stores take.
constexpr std::size_t rows_per_statement = 200;

template <typename Item, typename Work>
void in_chunks(const std::vector<Item>& items, Work work) {
    for (std::size_t at = 0; at < items.size(); at += rows_per_statement)
        work(std::span(items).subspan(at, std::min(rows_per_statement, items.size() - at)));
}

// "$2, $3, …": `count` parameters behind the first `before`.
std::string parameters(std::size_t before, std::size_t count) {
    std::string list;
    for (std::size_t i = 1; i <= count; ++i) list.append(i > 1 ? ", $" : "$").append(std::to_string(before + i));
    return list;
}

// "($1, $2), ($3, $4), …"
std::string tuples(std::size_t count, std::size_t columns) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list.append(i > 0 ? ", (" : "(").append(parameters(i * columns, columns)).append(")");
    return list;
}

std::set<std::string> known_events(Database& database, const TerminalLog& log) {
    std::set<std::string> known;
    in_chunks(log.events, [&](std::span<const TerminalEvent> events) {
        Values values{log.terminal_id};
        for (const auto& event : events) values.emplace_back(blob_of(event.sha256));
        for (const Row& row :
             database.query("SELECT sha256 FROM terminal_event WHERE terminal_id = $1 AND sha256 IN (" +
                                parameters(1, events.size()) + ")",
                            values)) {
            known.insert(row.blob(0));
        }
    });
    return known;
}

// What the store knows of a user, and whether that is all that `user` says.
bool is_same(const Row& row, const TerminalUser& user) { return row.text(1) == user.pin && row.text(2) == user.name; }

std::vector<TerminalUser> new_users(Database& database, const TerminalLog& log) {
    std::map<std::string, TerminalUser> latest;
    for (const auto& user : log.users) latest[user.pin_key] = user;
    std::vector<TerminalUser> users;
    users.reserve(latest.size());
    for (auto& [pin_key, user] : latest) users.push_back(std::move(user));
    std::set<std::string> known;
    in_chunks(users, [&](std::span<const TerminalUser> chunk) {
        Values values{log.terminal_id};
        for (const auto& user : chunk) values.emplace_back(user.pin_key);
        for (const Row& row : database.query("SELECT pin_key, pin, name FROM terminal_user WHERE terminal_id = $1"
                                             " AND pin_key IN (" +
                                                 parameters(1, chunk.size()) + ")",
                                             values)) {
            const auto user =
                std::find_if(chunk.begin(), chunk.end(), [&](const auto& u) { return u.pin_key == row.text(0); });
            if (is_same(row, *user)) known.insert(user->pin_key);
        }
    });
    std::erase_if(users, [&](const TerminalUser& user) { return known.contains(user.pin_key); });
    return users;
}

// Of the delivery that brought the log; none while it is not stored.
std::optional<std::int64_t> find_delivery(Database& database, const TerminalLog& log) {
    const std::vector<Row> rows = database.query(
        "SELECT id FROM delivery WHERE terminal_id = $1 AND table_name = $2 AND sha256 = $3 AND unread = 1",
        {log.terminal_id, log.table, blob_of(log.delivery_sha256)});
    return rows.empty() ? std::nullopt : std::optional(rows.front().integer(0));
}

void insert(Database& database, const TerminalLog& log, std::int64_t delivery_id,
            std::span<const TerminalEvent> events) {
    Values values;
    for (const TerminalEvent& event : events) {
        values.insert(values.end(), {log.terminal_id, delivery_id, std::int64_t{event.line}, event.kind,
                                     value_of(event.operation), event.operator_pin, value_of(event.device_time),
                                     event.detail, log.received_at, blob_of(event.sha256)});
    }
    database.execute(
        "INSERT INTO terminal_event (terminal_id, delivery_id, line, kind, operation, operator_pin, device_time, "
        "detail,"
        " received_at, sha256) VALUES " +
            tuples(events.size(), 10) + " ON CONFLICT (terminal_id, sha256) DO NOTHING",
        values);
}

void upsert(Database& database, const TerminalLog& log, std::span<const TerminalUser> users) {
    Values values;
    for (const TerminalUser& user : users) {
        values.insert(values.end(), {log.terminal_id, user.pin_key, user.pin, user.name, log.received_at});
    }
    database.execute("INSERT INTO terminal_user (terminal_id, pin_key, pin, name, seen_at) VALUES " +
                         tuples(users.size(), 5) +
                         " ON CONFLICT (terminal_id, pin_key) DO UPDATE SET"
                         " pin = excluded.pin, name = excluded.name, seen_at = excluded.seen_at",
                     values);
}

void store_stamp(Database& database, const TerminalLog& log) {
    database.execute(
        "INSERT INTO terminal_stamp (terminal_id, table_name, stamp) VALUES ($1, $2, $3)"
        " ON CONFLICT (terminal_id, table_name) DO UPDATE SET stamp = excluded.stamp"
        " WHERE terminal_stamp.stamp <> excluded.stamp",
        {log.terminal_id, log.stamp->table, log.stamp->stamp});
}

}  // namespace

TerminalLog TerminalLogRepository::without_known(TerminalLog log) {
    std::set<std::string> known = known_events(database_, log);
    std::erase_if(log.events,
                  [&](const TerminalEvent& event) { return !known.insert(blob_of(event.sha256).bytes).second; });
    log.users = new_users(database_, log);
    return log;
}

std::vector<TerminalEvent> TerminalLogRepository::record(TerminalLog log) {
    database_.transaction([&] {
        log = without_known(std::move(log));
        const auto delivery_id = log.events.empty() ? std::nullopt : find_delivery(database_, log);
        if (!log.events.empty() && !delivery_id)
            throw StoreUnavailable("the delivery of these events is not stored yet");
        in_chunks(log.events, [&](auto events) { insert(database_, log, *delivery_id, events); });
        in_chunks(log.users, [&](auto users) { upsert(database_, log, users); });
        if (log.stamp) store_stamp(database_, log);
    });
    return std::move(log.events);
}

namespace {

const std::string select_event =
    "SELECT id, delivery_id, kind, operation, operator_pin, device_time, detail, received_at FROM terminal_event";

std::vector<EventRow> read_events(const std::vector<Row>& rows) {
    std::vector<EventRow> events;
    for (const Row& row : rows) {
        EventRow event;
        event.id = row.integer(0);
        event.delivery_id = row.integer(1);
        event.kind = row.text(2);
        event.operation = row.integer_or_null(3);
        event.operator_pin = row.text(4);
        event.device_time = row.text_or_null(5).value_or("");
        event.detail = row.text(6);
        event.received_at = row.text(7);
        events.push_back(std::move(event));
    }
    return events;
}

}  // namespace

std::vector<EventRow> TerminalLogRepository::list_events(std::int64_t terminal_id, std::int64_t before, int limit) {
    return read_events(
        database_.query(select_event + " WHERE terminal_id = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3",
                        {terminal_id, before, std::int64_t{limit}}));
}

std::vector<EventRow> TerminalLogRepository::list_events_of(const std::string& kind, std::int64_t terminal_id,
                                                            const std::string& from, const std::string& to) {
    return read_events(database_.query(
        select_event + " WHERE terminal_id = $1 AND kind = $2 AND device_time >= $3 AND device_time < $4 ORDER BY id",
        {terminal_id, kind, from, to}));
}

std::vector<TerminalLogRepository::Near> TerminalLogRepository::list_punches_near(std::int64_t terminal_id,
                                                                                  const std::string& from,
                                                                                  const std::string& to, int limit) {
    std::vector<Near> punches;
    for (const Row& row : database_.query(
             "SELECT id, pin, device_time, grade, received_at FROM punch WHERE terminal_id = $1 AND device_time >= $2"
             " AND device_time <= $3 ORDER BY device_time, id LIMIT $4",
             {terminal_id, from, to, std::int64_t{limit}})) {
        punches.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4)});
    }
    return punches;
}

std::int64_t TerminalLogRepository::count_users(std::int64_t terminal_id) {
    return database_.query("SELECT count(*) FROM terminal_user WHERE terminal_id = $1", {terminal_id}).at(0).integer(0);
}

}  // namespace presensi::storage
