// Simulated terminals against the real executable: kill -9, SIGTERM, and a whole morning with faults.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_store.hpp"
#include "tests/terminals/comparison.hpp"
#include "tests/terminals/fleet.hpp"

using namespace presensi::test;
using namespace presensi::terminals;

TEST_CASE(
    "kill -9 at random moments under 64 terminals: what was acknowledged is stored, at every look, and nothing twice") {
    const unsigned kills = from_environment("PRESENSI_KILLS", 10);
    FleetOptions options = busy_fleet();
    MESSAGE("seed " << options.seed << ", " << kills << " kills");
    std::mt19937_64 random(options.seed);
    const TemporaryFolder folder;
    const auto& database = folder.path();

    const auto config =
        write_fleet_config(folder.path(), storage_in_yaml(folder.path()), steady_port(), steady_port(), options);
    auto daemon = std::make_unique<DaemonProcess>(config, folder.path());
    options.server = Url::decode(fmt::format("http://127.0.0.1:{}", daemon->terminal_port()));
    Crowd crowd(options);
    std::size_t acknowledged_before = 0;
    for (unsigned kill = 0; kill < kills; ++kill) {
        CAPTURE(kill);
        // Somewhere in the middle of the work, at a moment that nobody chose.
        REQUIRE(await([&] { return crowd.fleet.ledger().acknowledged().size() > acknowledged_before + 100; },
                      std::chrono::seconds(60)));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
        daemon->signal(SIGKILL);
        CHECK(daemon->wait() == 128 + SIGKILL);
        const auto acknowledged = crowd.fleet.ledger().acknowledged();
        const auto stored = stored_punches(database);  // throws if a punch is there twice
        const auto lost = missing(acknowledged, stored);
        CHECK(lost.empty());
        acknowledged_before = acknowledged.size();
        daemon = std::make_unique<DaemonProcess>(config, folder.path());
    }
    crowd.fleet.stop_creating();
    REQUIRE(await([&] { return crowd.fleet.settled(); }, std::chrono::seconds(120)));
    const Comparison comparison =
        compare_with_feed(Url::decode(fmt::format("http://127.0.0.1:{}", daemon->admin_port())), options.serial_prefix,
                          crowd.fleet.ledger());
    CAPTURE(comparison.error);
    CAPTURE(comparison.example);
    CHECK(comparison.holds());
    CHECK(comparison.created_missing == 0);
    const auto created = crowd.fleet.ledger().created();
    const auto stored = stored_punches(database);
    CHECK(std::equal(created.begin(), created.end(), stored.begin(), stored.end()));
    const Totals totals = crowd.fleet.totals();
    CAPTURE(totals.first_complaint);
    CHECK(totals.wrong_count == 0);
    CHECK(totals.bad_options == 0);
    MESSAGE(kills << " kills: " << created.size() << " punches created, all stored once; " << totals.no_answer
                  << " uploads without an answer");
}

TEST_CASE("SIGTERM under load loses nothing, gives no false OK, and ends with 0") {
    FleetOptions options = busy_fleet();
    const TemporaryFolder folder;
    const auto config =
        write_fleet_config(folder.path(), storage_in_yaml(folder.path()), steady_port(), steady_port(), options);
    auto daemon = std::make_unique<DaemonProcess>(config, folder.path());
    options.server = Url::decode(fmt::format("http://127.0.0.1:{}", daemon->terminal_port()));
    Crowd crowd(options);
    std::size_t acknowledged_before = 0;
    for (int round = 0; round < 5; ++round) {
        CAPTURE(round);
        REQUIRE(await([&] { return crowd.fleet.ledger().acknowledged().size() > acknowledged_before + 200; },
                      std::chrono::seconds(60)));
        daemon->signal(SIGTERM);
        CHECK(daemon->wait() == 0);
        CHECK(daemon->log().find("everything that was accepted is stored") != std::string::npos);
        const auto acknowledged = crowd.fleet.ledger().acknowledged();
        const auto lost = missing(acknowledged, stored_punches(folder.path()));
        CHECK(lost.empty());
        acknowledged_before = acknowledged.size();
        daemon = std::make_unique<DaemonProcess>(config, folder.path());
    }
    crowd.fleet.stop_creating();
    CHECK(await([&] { return crowd.fleet.settled(); }, std::chrono::seconds(120)));
}

TEST_CASE("a morning with an outage and every fault: the feed holds exactly what was created") {
    FleetOptions options = busy_fleet();
    options.terminals = 60;
    options.employees = 4000;
    options.scenario = Scenario::morning;
    options.speed = 1000;
    options.outage = std::chrono::minutes(30);
    options.faults = {5, 5, 5, 5};
    const TemporaryFolder folder;
    DaemonProcess daemon(write_fleet_config(folder.path(), storage_in_yaml(folder.path()), 0, 0, options),
                         folder.path());
    options.server = Url::decode(fmt::format("http://127.0.0.1:{}", daemon.terminal_port()));
    Crowd crowd(options);
    REQUIRE(await([&] { return crowd.fleet.settled(); }, std::chrono::seconds(120)));
    const Comparison comparison =
        compare_with_feed(Url::decode(fmt::format("http://127.0.0.1:{}", daemon.admin_port())), options.serial_prefix,
                          crowd.fleet.ledger());
    CAPTURE(comparison.error);
    CAPTURE(comparison.example);
    CHECK(comparison.holds());
    CHECK(comparison.stored == 4000);
    CHECK(comparison.created_missing == 0);
    const Totals totals = crowd.fleet.totals();
    CHECK(totals.wrong_count == 0);
    CHECK(totals.bad_options == 0);
    CHECK(totals.cut > 0);
    CHECK(totals.lost > 0);
    CHECK(totals.duplicates > 0);
}
