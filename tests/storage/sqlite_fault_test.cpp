#include <doctest/doctest.h>

#include "storage/migrate.hpp"
#include "storage/store_error.hpp"
#include "tests/storage/faulty_vfs.hpp"
#include "tests/storage/samples.hpp"
#include "tests/storage/sqlite_fixture.hpp"

namespace presensi::storage {
namespace {

struct Case {
    std::string_view name;
    FaultyVfs::Fault fault;
};

constexpr Case faults[] = {
    {"disk full", FaultyVfs::Fault::full},
    {"write error", FaultyVfs::Fault::write_error},
    {"sync error", FaultyVfs::Fault::sync_error},
};

std::vector<Delivery> make_batch(std::int64_t terminal, int round) {
    std::vector<Punch> punches;
    punches.reserve(40);
    for (int i = 0; i < 40; ++i) punches.push_back(make_punch(std::to_string(i), 100 * round + i));
    Delivery delivery = make_delivery(terminal, punches);
    // Some pages more than a cache line's worth, so that faults meet a commit in its middle.
    delivery.body += std::string(20000, 'x');
    delivery.rejects = {make_reject("odd " + std::to_string(round))};
    delivery.stamp = StampMove{"ATTLOG", std::to_string(round)};
    return {delivery};
}

}  // namespace

TEST_CASE("what append returned for is synced, and a re-send writes nothing") {
    FaultyVfs vfs;
    FreshSqlite fresh;
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::int64_t terminal = add_terminal(*database, "TST1");
    const std::unique_ptr<Intake> intake = fresh.store().open_intake();
    const std::string wal = fresh.path().string() + "-wal";
    for (int round = 0; round < 30; ++round) {
        CAPTURE(round);
        const int syncs = vfs.syncs();
        append(*intake, make_batch(terminal, round));
        CHECK(vfs.syncs() > syncs);
        CHECK(vfs.unsynced().count(wal) == 0);

        const int writes_before = vfs.writes();
        const int syncs_before = vfs.syncs();
        append(*intake, make_batch(terminal, round));
        CHECK(vfs.writes() == writes_before);
        CHECK(vfs.syncs() == syncs_before);
    }
}

TEST_CASE("a disk that fails at any moment of a commit: nothing is stored, and it recovers by itself") {
    for (const Case& c : faults) {
        CAPTURE(c.name);
        FaultyVfs vfs;
        FreshSqlite fresh;
        const std::unique_ptr<Database> database = fresh.store().open_database();
        const std::int64_t terminal = add_terminal(*database, "TST1");
        const std::unique_ptr<Intake> intake = fresh.store().open_intake();
        append(*intake, make_batch(terminal, 0));
        int round = 1;
        int failures = 0;
        for (bool failed = true; failed; ++round) {
            CAPTURE(round);
            const std::vector<Delivery> batch = make_batch(terminal, round);
            vfs.fail(c.fault, round - 1);
            bool thrown = false;
            try {
                append(*intake, batch);
            } catch (const StoreUnavailable&) {
                thrown = true;
            }
            if (thrown) {
                ++failures;
                CHECK(count(*database, "punch") == 40 * round);
                CHECK(count(*database, "delivery") == round);
                CHECK(rows_of(*database, "SELECT stamp FROM terminal_stamp") ==
                      std::vector<std::string>{std::to_string(round - 1)});
                // The disk is still bad.
                vfs.fail(c.fault, 0);
                CHECK_THROWS_AS(append(*intake, batch), StoreUnavailable);
            }
            failed = vfs.heal();
            CHECK(append(*intake, batch).at(0).new_punches == (thrown ? 40u : 0u));
            CHECK(count(*database, "punch") == 40 * (round + 1));
            CHECK(count(*database, "reject") == round + 1);
            REQUIRE(round < 1000);
        }
        CHECK(failures > 0);
        CHECK(rows_of(*database, "PRAGMA integrity_check") == std::vector<std::string>{"ok"});
    }
}

TEST_CASE("a disk that fails while the store is opened for the first time: a sentence, and the next start works") {
    for (const Case& c : faults) {
        CAPTURE(c.name);
        int failures = 0;
        bool failed = true;
        for (int after = 0; failed; ++after) {
            CAPTURE(after);
            FaultyVfs vfs;
            const TemporaryFolder folder;
            const std::filesystem::path path = folder.path() / "presensi.db";
            vfs.fail(c.fault, after);
            try {
                open_sqlite({.path = path});
            } catch (const StoreUnusable&) {
                ++failures;
            }
            failed = vfs.heal();
            const std::unique_ptr<Store> store = open_sqlite({.path = path});
            const std::unique_ptr<Database> database = store->open_database();
            CHECK(count(*database, "schema_version") == static_cast<std::int64_t>(sqlite_migrations().size()));
            CHECK(count(*database, "store_identity") == 1);
            REQUIRE(after < 1000);
        }
        CHECK(failures > 0);
    }
}

}  // namespace presensi::storage
