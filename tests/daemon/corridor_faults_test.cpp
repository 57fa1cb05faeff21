// The corridor (Ingest, and what pulls and files bring through it) on a store that goes away at any of its calls.
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <set>

#include "daemon/ingest.hpp"
#include "daemon/pull/record.hpp"
#include "daemon/upload/take_file.hpp"
#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"
#include "tests/support/faulty_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using storage::ContentRefused;
using storage::StoreUnavailable;

namespace {

const Instant now_of_test = *decode_utc("2026-11-20T00:00:00Z");

// What is stored, as text, without what depends on how often it was tried.
constexpr const char* stored_facts =
    "SELECT 'punch ' || pin || ' ' || device_time || ' ' || road FROM punch"
    " UNION ALL SELECT 'reject ' || table_name || ' ' || line FROM reject"
    " UNION ALL SELECT 'event ' || kind || ' ' || detail FROM terminal_event"
    " UNION ALL SELECT 'user ' || pin || ' ' || name FROM terminal_user"
    " UNION ALL SELECT 'stamp ' || table_name || ' ' || stamp FROM terminal_stamp"
    " UNION ALL SELECT 'delivery ' || road || ' ' || table_name FROM delivery";

using Facts = std::multiset<std::string>;

// A store that is new: made once, copied for each desk, because a migration waits for the disk many times.
std::filesystem::path new_store(const TemporaryFolder& folder) {
    static const TemporaryFolder made;
    static const std::filesystem::path first = [] {
        const auto file = made.path() / "presensi.db";
        storage::open_sqlite({.path = file});
        return file;
    }();
    const auto file = folder.path() / "presensi.db";
    std::filesystem::copy_file(first, file);
    return file;
}

// A corridor with one terminal, on a store of its own.
struct Desk {
    Desk() {
        storage::TerminalRow row;
        row.serial = "TST7240100001";
        row.state = storage::TerminalState::approved;
        row.time_zone = "Asia/Makassar";
        const auto database = store.open_sound_database();
        row.id = storage::TerminalRepository(*database).save(row);
        registry.load({row}, {});
        terminal = registry.contact(row.serial, "192.0.2.7");
    }

    template <typename Result>
    Result run(boost::asio::awaitable<Result> work) {
        auto result = boost::asio::co_spawn(io, std::move(work), boost::asio::use_future);
        io.run();
        io.restart();
        return result.get();
    }

    // Of the calls from now on the one with this number, from 0, fails; nothing: none. `done`: only once it is done.
    void fail(std::optional<int> number, bool done) {
        calls = 0;
        struck = false;
        const auto strike = [this, number] {
            if (calls - 1 != number) return;
            struck = true;
            throw StoreUnavailable("away");
        };
        store.faults.before = [this, done, strike](std::string_view) {
            ++calls;
            if (!done) strike();
        };
        store.faults.after = [done, strike](std::string_view) {
            if (done) strike();
        };
    }

    Facts facts(const char* sql = stored_facts) {
        Facts found;
        for (const auto& row : store.open_sound_database()->query(sql)) found.insert(row.text(0));
        return found;
    }

    upload::Corridor corridor(config::SecondApproval approval = config::SecondApproval::off) {
        return {ingest, worker, now, 64 * 1024, approval};
    }

    TemporaryFolder folder;
    boost::asio::io_context io;
    FaultyStore store{storage::open_sqlite({.path = new_store(folder)})};
    config::Settings settings;
    Now now = [] { return now_of_test; };
    TerminalRegistry registry{settings, now};
    Alarms alarms;
    StoreWorker worker{io, store, {}};
    Ingest ingest{worker, registry, alarms, now};
    Terminal* terminal = nullptr;
    std::atomic<int> calls{0};
    std::atomic<bool> struck{false};
};

Punch punch_of(const char* pin, int minute) {
    Punch punch;
    punch.pin = pin;
    punch.pin_key = pin_key(pin);
    punch.device_time = *decode_device_time(fmt::format("2026-11-20 07:{:02}:00", minute));
    punch.state = 0;
    punch.line = 1;
    return punch;
}

Delivery attlog() {
    Delivery delivery;
    delivery.table = "ATTLOG";
    delivery.received_at = now_of_test;
    delivery.body = "7\t2026-11-20 07:58:00\t0\n";
    delivery.punches = {punch_of("7", 58)};
    delivery.stamp = StampMove{"ATTLOG", "77"};
    return delivery;
}

// Two events and a user, a stamp with them.
struct Log {
    Delivery delivery;
    std::vector<TerminalEvent> events;
    std::vector<TerminalUser> users;
};

Log terminal_log() {
    Log log;
    log.delivery.table = "OPERLOG";
    log.delivery.received_at = now_of_test;
    log.delivery.body = "made up for a test";
    log.delivery.stamp = StampMove{"OPERLOG", "5"};
    for (const char* number : {"1", "2"}) {
        TerminalEvent event;
        event.kind = "clock_set";
        event.detail = number;
        event.sha256 = sha256(number);
        log.events.push_back(event);
    }
    log.users = {{1, "7", "7", "Ani Contoh"}};
    return log;
}

pull::Outcome pulled() {
    pull::Outcome outcome;
    auto& attendance = outcome.result.attendance.emplace();
    attendance.raw = "a log as it came";
    attendance.batch.punches = {punch_of("7", 58), punch_of("8", 59)};
    auto& users = outcome.result.users.emplace();
    users.raw = "users as they came";
    users.people = {{1, "7", "7", "Ani Contoh"}};
    auto& operations = outcome.result.operations.emplace();
    operations.raw = "operations as they came";
    operations.batch.events = terminal_log().events;
    return outcome;
}

upload::Brought file() {
    upload::Brought brought;
    brought.bytes = "        7\t2026-11-20 07:58:00\t1\t0\t1\t0\r\n        8\t2026-11-20 07:59:00\t1\t0\t1\t0\r\n";
    brought.by = "account:ani";
    return brought;
}

// Does `work` with the store failing at each of its calls, before it or after; then `check`, and `work` once more,
// after which everything is as if nothing had happened.
template <typename Work, typename Check>
void at_any_call(Work work, Check check, const char* sql = stored_facts) {
    Facts undisturbed;
    {
        Desk desk;
        work(desk);
        undisturbed = desk.facts(sql);
    }
    for (const bool done : {false, true}) {
        int number = 0;
        for (bool struck = true; struck; ++number) {
            CAPTURE(done);
            CAPTURE(number);
            Desk desk;
            desk.fail(number, done);
            bool refused = false;
            try {
                work(desk);
            } catch (const StoreUnavailable&) {
                refused = true;
            }
            struck = desk.struck;
            CHECK(refused == struck);
            check(desk);
            desk.fail({}, false);
            work(desk);
            CHECK(desk.facts(sql) == undisturbed);
            REQUIRE(number < 100);
        }
        CHECK(number > 1);
    }
}

void nothing_more(Desk&) {}

}  // namespace

TEST_CASE("a delivery that the store does not take: counted as refused, contact broken, an alarm, and no stamp moves") {
    for (const bool done : {false, true}) {
        CAPTURE(done);
        Desk desk;
        const auto standing = [&] { return desk.alarms.stands("store_unavailable", ""); };
        REQUIRE(desk.terminal->online_since);
        desk.fail(0, done);
        CHECK_THROWS_AS(desk.run(desk.ingest.record(*desk.terminal, attlog())), StoreUnavailable);
        CHECK(desk.ingest.counts().refused == 1);
        CHECK(desk.ingest.of(Road::push).refused == 1);
        CHECK(desk.ingest.of(Road::push).deliveries == 0);
        CHECK(desk.ingest.counts().punches == 0);
        CHECK_FALSE(desk.terminal->online_since);
        CHECK(desk.terminal->stamps.empty());
        CHECK(desk.terminal->punches == 0);
        CHECK(desk.terminal->last_punch.empty());
        CHECK(standing());
        CHECK_FALSE(desk.ingest.store_available());

        // It comes again. What was committed, and nobody knew, is known.
        const Receipt receipt = desk.run(desk.ingest.record(*desk.terminal, attlog()));
        CHECK(receipt.new_punches == (done ? 0u : 1u));
        CHECK(receipt.known_punches == (done ? 1u : 0u));
        CHECK(desk.terminal->stamps.at("ATTLOG") == "77");
        CHECK(desk.ingest.counts().refused == 1);
        CHECK_FALSE(standing());
        CHECK(desk.ingest.store_available());
        CHECK(desk.facts() == Facts{"delivery push ATTLOG", "punch 7 2026-11-20T07:58:00 push", "stamp ATTLOG 77"});
    }
}

TEST_CASE("a mistake of the store's own is no StoreUnavailable, and no receipt either") {
    Desk desk;
    desk.store.faults.before = [](std::string_view) { throw std::logic_error("no such table"); };
    CHECK_THROWS_AS(desk.run(desk.ingest.record(*desk.terminal, attlog())), std::logic_error);
    CHECK(desk.ingest.of(Road::push).deliveries == 0);
    CHECK(desk.terminal->stamps.empty());
    CHECK(desk.facts().empty());
}

TEST_CASE("a delivery of which the store takes only the bytes is acknowledged, and moves no stamp") {
    Desk desk;
    int refused = 0;
    desk.store.faults.before = [&](std::string_view call) {
        // As it came, then with its punches as rejects.
        if (call == "append" && ++refused <= 2) throw ContentRefused("this content");
    };
    const Receipt receipt = desk.run(desk.ingest.record(*desk.terminal, attlog()));
    CHECK(receipt.delivery_id != 0);
    CHECK(receipt.new_punches == 0);
    CHECK(desk.terminal->stamps.empty());
    CHECK(desk.facts() == Facts{"delivery push ATTLOG"});
}

TEST_CASE("what a terminal tells of itself, the store away at any call: refused, and sent again it is whole") {
    at_any_call(
        [](Desk& desk) {
            Log log = terminal_log();
            desk.run(desk.ingest.record_log(*desk.terminal, std::move(log.delivery), std::move(log.events),
                                            std::move(log.users)));
            CHECK(desk.terminal->stamps.at("OPERLOG") == "5");
        },
        [](Desk& desk) {
            // The stamp last: with it the terminal would not send again what is missing.
            const bool has_stamp = !desk.facts("SELECT stamp FROM terminal_stamp").empty();
            const auto events = desk.facts("SELECT kind FROM terminal_event").size();
            const auto users = desk.facts("SELECT name FROM terminal_user").size();
            if (has_stamp) CHECK(events == 2);
            if (has_stamp) CHECK(users == 1);
        });
}

TEST_CASE("events that the store refuses: their bytes are kept, the stamp stays where it was, and it is acknowledged") {
    for (const char* refused :
         {"INSERT INTO terminal_event", "INSERT INTO terminal_user", "INSERT INTO terminal_stamp"}) {
        CAPTURE(std::string(refused));
        Desk desk;
        desk.store.faults.before = [refused](std::string_view call) {
            if (call.starts_with(refused)) throw ContentRefused("this content");
        };
        Log log = terminal_log();
        desk.run(desk.ingest.record_log(*desk.terminal, std::move(log.delivery), std::move(log.events),
                                        std::move(log.users)));
        CHECK(desk.terminal->stamps.empty());
        const Facts facts = desk.facts();
        CHECK(facts.contains("delivery push OPERLOG"));
        CHECK_FALSE(facts.contains("stamp OPERLOG 5"));
        CHECK(desk.facts("SELECT CAST(body AS TEXT) FROM delivery") == Facts{"made up for a test"});
    }
}

TEST_CASE("a pulled log, the store away at any call: refused, and pulled again it is whole, each record once") {
    at_any_call(
        [](Desk& desk) {
            pull::Outcome outcome = pulled();
            desk.run(pull::record(desk.ingest, desk.worker, *desk.terminal, outcome, now_of_test, true));
        },
        nothing_more);
}

TEST_CASE(
    "a file, the store away at any call: refused, nothing counts without who brought it, brought again it is whole") {
    at_any_call(
        [](Desk& desk) {
            const auto corridor = desk.corridor();
            const upload::Taken taken = desk.run(upload::take_file(corridor, *desk.terminal, file()));
            CHECK(taken.refusal.empty());
        },
        [](Desk& desk) {
            const auto punches = desk.facts("SELECT pin FROM punch").size();
            const auto states = desk.facts("SELECT state || ' ' || uploaded_by FROM upload");
            const auto audits = desk.facts("SELECT actor FROM audit WHERE action = 'upload.take'");
            CHECK((punches == 0 || punches == 2));
            CHECK(states.size() == audits.size());
            if (punches > 0) {
                REQUIRE(states.size() == 1);
                CHECK(states.begin()->ends_with("account:ani"));
            }
        });
}

TEST_CASE(
    "a file that waits, the store away at any call of its approval: refused, nothing counts without who approved it") {
    constexpr const char* decided = "SELECT decided_by FROM upload WHERE state IN ('taking', 'taken')";
    at_any_call(
        [](Desk& desk) {
            const auto corridor = desk.corridor(config::SecondApproval::always);
            if (desk.facts("SELECT state FROM upload").empty()) {
                const Faults armed = desk.store.faults;
                desk.store.faults = {};
                REQUIRE_FALSE(desk.run(upload::take_file(corridor, *desk.terminal, file())).waits_for.empty());
                desk.store.faults = armed;
            }
            const auto taken = desk.run(upload::take_waiting(corridor, *desk.terminal, 1, "account:budi"));
            // The commit of its end may be what nobody heard of.
            if (!taken.refusal.empty()) CHECK(desk.facts("SELECT state FROM upload") == Facts{"taken"});
        },
        [&](Desk& desk) {
            if (!desk.facts("SELECT pin FROM punch").empty()) CHECK(desk.facts(decided) == Facts{"account:budi"});
        });
}
