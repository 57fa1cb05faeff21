#include "daemon/stored_counts.hpp"

#include <doctest/doctest.h>

#include "storage/intake.hpp"
#include "storage/store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::storage;

TEST_CASE("what is stored is counted in steps, up to where it was at the start") {
    const test::TemporaryFolder folder;
    const auto store = open_sqlite({.path = folder.path() / "presensi.db"});
    const auto database = store->open_database();
    const auto intake = store->open_intake();
    TerminalRepository terminals(*database);
    const auto upload = [&](std::int64_t terminal, const char* pin) {
        Delivery delivery;
        delivery.terminal_id = terminal;
        delivery.table = "ATTLOG";
        Punch punch;
        punch.pin = punch.pin_key = pin;
        punch.line = 1;
        delivery.punches.push_back(punch);
        const Delivery* one = &delivery;
        intake->append({&one, 1});
    };
    for (const char* serial : {"TST1", "TST2"}) {
        TerminalRow row;
        row.serial = serial;
        row.time_zone = "Asia/Makassar";
        const auto id = terminals.save(row);
        upload(id, "1");
        upload(id, "2");
    }

    StoredCounts counts(*database, terminals.load_all());
    upload(1, "3");
    for (const char* serial : {"TST1", "TST2"}) {
        CHECK_FALSE(counts.complete());
        const auto part = counts.count_next(*database);
        CHECK(part.serial == serial);
        CHECK(part.of_terminal.punches == 2);
        CHECK(part.deliveries == 0);
    }
    const auto last = counts.count_next(*database);
    CHECK(last.serial.empty());
    CHECK(last.deliveries == 4);
    CHECK(counts.complete());
}
