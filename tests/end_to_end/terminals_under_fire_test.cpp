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

#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_store.hpp"
#include "tests/terminals/comparison.hpp"
#include "tests/terminals/fleet.hpp"

using namespace presensi::test;
using namespace presensi::terminals;

namespace {

unsigned from_environment(const char* name, unsigned otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

// A configuration whose ports stay the same from one start to the next.
std::filesystem::path write_config(const TemporaryFolder& folder, std::uint16_t terminal_port, std::uint16_t admin_port,
                                   const FleetOptions& fleet) {
    std::string text = storage_in_yaml(folder.path());
    text += fmt::format(
        "terminal_listener: {{ address: 127.0.0.1, port: {} }}\nadmin_listener: {{ port: {} }}\nterminals:\n",
        terminal_port, admin_port);
    for (int i = 0; i < fleet.terminals; ++i) text += "  - serial: " + serial_of(fleet, i) + "\n";
    write_file(folder.path() / "presensi.yaml", text);
    return folder.path() / "presensi.yaml";
}

FleetOptions busy_fleet() {
    FleetOptions options;
    options.terminals = 64;
    options.profiles = {Profile::x100c, Profile::senseface, Profile::mb10};
    options.scenario = Scenario::trickle;
    options.speed = 0;
    options.error_delay = std::chrono::milliseconds(50);
    options.faults = {2, 2, 2, 0};
    options.date = std::chrono::local_days{std::chrono::year{2026} / 11 / 20};
    options.seed = from_environment("PRESENSI_SEED", 20261120);
    return options;
}

std::set<Key> missing(const std::set<Key>& of, const std::set<StoredPunch>& in) {
    std::set<Key> absent;
    std::set_difference(of.begin(), of.end(), in.begin(), in.end(), std::inserter(absent, absent.end()));
    return absent;
}

bool await(const std::function<bool()>& condition, std::chrono::seconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

// The fleet on its own thread.
class Crowd {
public:
    explicit Crowd(FleetOptions options) : fleet(io, std::move(options)) {
        fleet.start();
        thread_ = std::thread([this] { io.run(); });
    }
    ~Crowd() {
        fleet.stop();
        thread_.join();
    }
    boost::asio::io_context io;
    Fleet fleet;

private:
    std::thread thread_;
};

}  // namespace

TEST_CASE(
    "kill -9 at random moments under 64 terminals: what was acknowledged is stored, at every look, and nothing twice") {
    const unsigned kills = from_environment("PRESENSI_KILLS", 10);
    FleetOptions options = busy_fleet();
    MESSAGE("seed " << options.seed << ", " << kills << " kills");
    std::mt19937_64 random(options.seed);
    const TemporaryFolder folder;
    const auto& database = folder.path();

    const auto config = write_config(folder, steady_port(), steady_port(), options);
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
    const auto config = write_config(folder, steady_port(), steady_port(), options);
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
    DaemonProcess daemon(write_config(folder, 0, 0, options), folder.path());
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
