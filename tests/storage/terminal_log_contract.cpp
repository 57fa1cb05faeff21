#include "tests/storage/terminal_log_contract.hpp"

#include <doctest/doctest.h>

#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"
#include "storage/terminal_log_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

constexpr std::string_view body = "OPLOG …";

TerminalEvent make_event(int number) {
    TerminalEvent event;
    event.line = static_cast<std::uint32_t>(number);
    event.kind = "clock_set";
    event.operation = 21;
    event.operator_pin = "9";
    event.device_time = decode_device_time("2026-11-20 07:58:30");
    event.detail = std::to_string(number);
    event.sha256 = sha256(event.detail);
    return event;
}

TerminalUser make_user(std::string_view pin, std::string_view name) {
    TerminalUser user;
    user.pin = pin;
    user.pin_key = pin;
    user.name = name;
    return user;
}

TerminalLog make_log(std::int64_t terminal_id) {
    TerminalLog log;
    log.terminal_id = terminal_id;
    log.table = "OPERLOG";
    log.delivery_sha256 = sha256(body);
    log.received_at = "2026-11-20T01:00:00.123Z";
    return log;
}

void events_are_stored_once(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto terminal = add_terminal(*database, "TST1");
    TerminalLogRepository repository(*database);
    TerminalLog log = make_log(terminal);
    // More than one statement takes, and one of them twice.
    for (int i = 0; i < 450; ++i) log.events.push_back(make_event(i));
    log.events.push_back(make_event(7));
    CHECK(repository.without_known(log).events.size() == 450);
    CHECK_THROWS_AS(repository.record(log), StoreUnavailable);
    CHECK(count(*database, "terminal_event") == 0);

    append(*fresh.store().open_intake(), make_unread(terminal, "OPERLOG", body));
    CHECK(repository.record(log).size() == 450);
    CHECK(repository.without_known(log).events.empty());
    CHECK(repository.record(log).empty());
    CHECK(count(*database, "terminal_event") == 450);

    log.events.push_back(make_event(450));
    const auto news = repository.record(log);
    REQUIRE(news.size() == 1);
    CHECK(news[0].detail == "450");

    const auto latest = repository.list_events(terminal, 0, 2);
    REQUIRE(latest.size() == 2);
    CHECK(latest[0].detail == "450");
    CHECK(latest[0].kind == "clock_set");
    CHECK(latest[0].operation == 21);
    CHECK(latest[0].operator_pin == "9");
    CHECK(latest[0].device_time == "2026-11-20T07:58:30");
    CHECK(latest[0].received_at == "2026-11-20T01:00:00.123Z");
    const auto older = repository.list_events(terminal, latest[0].id, 1);
    REQUIRE(older.size() == 1);
    CHECK(older[0].id == latest[1].id);

    // The same event at another terminal is another event.
    log.terminal_id = add_terminal(*database, "TST2");
    CHECK(repository.without_known(log).events.size() == 451);
    CHECK(repository.list_events(log.terminal_id, 0, 10).empty());
}

void events_never_change(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    TerminalLog log = make_log(add_terminal(*database, "TST1"));
    append(*fresh.store().open_intake(), make_unread(log.terminal_id, "OPERLOG", body));
    log.events = {make_event(1)};
    TerminalLogRepository(*database).record(log);
    for (const char* sql : {"UPDATE terminal_event SET kind = 'x'", "DELETE FROM terminal_event"}) {
        CAPTURE(sql);
        CHECK_THROWS_AS(database->execute(sql), ContentRefused);
    }
    CHECK(rows_of(*database, "SELECT kind FROM terminal_event") == std::vector<std::string>{"clock_set"});
}

void users_are_what_was_said_last(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    TerminalLogRepository repository(*database);
    TerminalLog log = make_log(add_terminal(*database, "TST1"));
    for (int i = 0; i < 450; ++i) log.users.push_back(make_user(std::to_string(i), "A"));
    log.users.push_back(make_user("7", "B"));
    log.stamp = StampMove{"OPERLOG", "1234"};
    CHECK(repository.without_known(log).users.size() == 450);
    repository.record(log);
    CHECK(repository.count_users(log.terminal_id) == 450);
    CHECK(rows_of(*database, "SELECT pin, name FROM terminal_user WHERE name <> 'A'") ==
          std::vector<std::string>{"7|B"});
    CHECK(repository.without_known(log).users.empty());

    log.users = {make_user("7", "C"), make_user("8", "A")};
    const auto changed = repository.without_known(log).users;
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].pin == "7");
    log.stamp = StampMove{"OPERLOG", "1235"};
    repository.record(log);
    CHECK(rows_of(*database, "SELECT count(*) FROM terminal_user WHERE name = 'A'") == std::vector<std::string>{"449"});
    CHECK(rows_of(*database, "SELECT table_name, stamp FROM terminal_stamp") ==
          std::vector<std::string>{"OPERLOG|1235"});
}

constexpr Contract contracts[] = {
    {"an event of a terminal is stored once", events_are_stored_once},
    {"an event of a terminal never changes", events_never_change},
    {"users are what their terminal said last", users_are_what_was_said_last},
};

}  // namespace

std::span<const Contract> terminal_log_contract() { return contracts; }

}  // namespace presensi::storage
