#include <doctest/doctest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/format.h>

#include <functional>
#include <set>
#include <string>
#include <thread>

#include "tests/terminals/comparison.hpp"
#include "tests/terminals/fleet.hpp"
#include "tests/terminals/forgetful_server.hpp"

using namespace presensi::terminals;

namespace {

struct Result {
    Totals totals;
    std::size_t created = 0;
    std::size_t open = 0;
    std::size_t stored = 0;
    Comparison comparison;
};

// A fleet and a server on one thread each, until everything is acknowledged.
Result run(ForgetfulServer::Manners manners, FleetOptions options,
           std::chrono::seconds patience = std::chrono::seconds(0)) {
    boost::asio::io_context server_io;
    ForgetfulServer server(server_io, manners);
    std::thread server_thread([&] { server_io.run(); });
    const Url url = Url::decode(fmt::format("http://127.0.0.1:{}", server.port()));
    options.server = url;
    options.speed = 0;
    options.error_delay = std::chrono::milliseconds(5);
    options.date = std::chrono::local_days{std::chrono::year{2026} / 11 / 20};

    boost::asio::io_context io;
    Fleet fleet(io, options);
    fleet.start();
    boost::asio::steady_timer timer(io);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::function<void()> watch = [&] {
        timer.expires_after(std::chrono::milliseconds(10));
        timer.async_wait([&](const boost::system::error_code&) {
            if (fleet.settled() || std::chrono::steady_clock::now() > give_up) {
                fleet.stop();
            } else {
                watch();
            }
        });
    };
    watch();
    io.run();

    Result result;
    result.totals = fleet.totals();
    result.created = fleet.ledger().created().size();
    result.open = fleet.ledger().open();
    result.comparison = compare_with_feed(url, options.serial_prefix, fleet.ledger(), {}, patience);
    result.stored = server.stored();
    boost::asio::post(server_io, [&] { server.stop(); });
    server_thread.join();
    return result;
}

FleetOptions small() {
    FleetOptions options;
    options.terminals = 6;
    options.employees = 120;
    options.profiles = {Profile::x100c, Profile::senseface, Profile::mb10};
    return options;
}

}  // namespace

TEST_CASE("a good server: everything is acknowledged, stored, and the comparison holds") {
    const Result result = run({}, small());
    CHECK(result.created == 120);
    CHECK(result.open == 0);
    CHECK(result.stored == 120);
    CHECK(result.comparison.stored == 120);
    CHECK(result.comparison.holds());
    CHECK(result.totals.bad_polls == 0);
    CHECK(result.totals.wrong_count == 0);
    CHECK(result.totals.bad_options == 0);
    CHECK(result.totals.refused == 0);
}

TEST_CASE("faults on the way: terminals send again until it is acknowledged, nothing is lost or doubled") {
    FleetOptions options = small();
    options.faults = {15, 15, 15, 50};
    const Result result = run({0, 0, 5, 7, 0, false}, options);
    CHECK(result.open == 0);
    CHECK(result.created == 120);
    CHECK(result.comparison.holds());
    CHECK(result.comparison.created_missing == 0);
    CHECK(result.totals.cut > 0);
    CHECK(result.totals.lost > 0);
    CHECK(result.totals.duplicates > 0);
    CHECK(result.totals.refused > 0);
    CHECK(result.totals.no_answer > 0);
}

TEST_CASE("a server that acknowledges what it does not store is caught") {
    const Result result = run({10, 0, 0, 0, 0, false}, small());
    CHECK(result.open == 0);
    CHECK(result.comparison.acknowledged_missing > 0);
    CHECK_FALSE(result.comparison.holds());
    CHECK(result.comparison.example.find("acknowledged but not stored") == 0);
}

TEST_CASE("a feed that shows a punch twice is caught") {
    const Result result = run({0, 50, 0, 0, 0, false}, small());
    CHECK(result.comparison.seen_twice == 2);
    CHECK_FALSE(result.comparison.holds());
}

TEST_CASE("wrong counts and a cut option block are counted") {
    const Result result = run({0, 0, 0, 0, 10, true}, small());
    CHECK(result.totals.wrong_count > 0);
    CHECK(result.totals.bad_options > 0);
}

TEST_CASE("a wrong zone, and polls answered with what is no command, are counted") {
    ForgetfulServer::Manners manners;
    manners.wrong_zone = true;
    manners.chatty = true;
    FleetOptions options = small();
    options.scenario = Scenario::catch_up;
    options.records = 500;
    options.batch = 1;
    const Result result = run(manners, options);
    CHECK(result.totals.bad_options >= 6);
    CHECK(result.totals.bad_polls > 0);
}

TEST_CASE("a store that changes what a punch says is caught") {
    ForgetfulServer::Manners manners;
    manners.forget_states = true;
    const Result result = run(manners, small());
    CHECK(result.comparison.changed > 40);
    CHECK_FALSE(result.comparison.holds());
    CHECK(result.comparison.example.find("stored as '0 ") == 0);
}

TEST_CASE("a feed that is late is read on") {
    ForgetfulServer::Manners manners;
    manners.late_feed = 3;
    CHECK(run(manners, small()).comparison.acknowledged_missing > 40);
    CHECK(run(manners, small(), std::chrono::seconds(60)).comparison.holds());
}

TEST_CASE("a feed with punches that nobody created is caught") {
    Ledger ledger;
    boost::asio::io_context server_io;
    ForgetfulServer server(server_io, {});
    std::thread server_thread([&] { server_io.run(); });
    const Url url = Url::decode(fmt::format("http://127.0.0.1:{}", server.port()));
    boost::asio::io_context io;
    FleetOptions options = small();
    options.server = url;
    options.speed = 0;
    options.terminals = 1;
    options.employees = 3;
    Fleet fleet(io, options);
    fleet.start();
    io.run();  // ends by itself once everything is acknowledged
    const Comparison comparison = compare_with_feed(url, options.serial_prefix, ledger);
    CHECK(comparison.never_created == 3);
    CHECK_FALSE(comparison.holds());
    boost::asio::post(server_io, [&] { server.stop(); });
    server_thread.join();
}

TEST_CASE("catch-up makes as many records as asked, all different") {
    FleetOptions options = small();
    options.scenario = Scenario::catch_up;
    options.records = 300;
    const Result result = run({}, options);
    CHECK(result.created == 6 * 300);
    CHECK(result.stored == 6 * 300);
    CHECK(result.comparison.holds());
}

TEST_CASE("a terminal that is told 403 in the middle begins again with the handshake") {
    FleetOptions options = small();
    options.terminals = 1;
    options.profiles = {Profile::mb10};
    options.batch = 10;
    ForgetfulServer::Manners manners;
    manners.forget_terminal_after = 4;
    const Result result = run(manners, options);
    CHECK(result.totals.refused == 1);
    CHECK(result.open == 0);
    CHECK(result.stored == 120);
    CHECK(result.comparison.holds());
}

TEST_CASE("an answer without a length ends with the connection") {
    ForgetfulServer::Manners manners;
    manners.no_length = true;
    const Result result = run(manners, small());
    CHECK(result.open == 0);
    CHECK(result.totals.no_answer == 0);
    CHECK(result.totals.bad_options == 0);
    CHECK(result.comparison.holds());
}

TEST_CASE("a feed that leads in a circle is an error, not an endless reading") {
    ForgetfulServer::Manners manners;
    manners.circular_feed = true;
    const Result result = run(manners, small());
    CHECK(result.comparison.error.find("circles") != std::string::npos);
    CHECK_FALSE(result.comparison.holds());
}

TEST_CASE("what stood in the feed before the terminals began needs no creator, but it does not hide what is missing") {
    const Key left_by_another_run{"TSTSIM00001", "2026-11-19T07:30:00", "7"};
    boost::asio::io_context server_io;
    ForgetfulServer server(server_io, {});
    std::thread server_thread([&] { server_io.run(); });
    const Url url = Url::decode(fmt::format("http://127.0.0.1:{}", server.port()));
    FleetOptions options = small();
    options.server = url;
    options.speed = 0;
    options.terminals = 1;
    options.employees = 3;
    boost::asio::io_context io;
    Fleet fleet(io, options);
    fleet.start();
    io.run();
    const Feed feed = read_feed(url, options.serial_prefix);
    CHECK(feed.punches == fleet.ledger().created());

    struct Case {
        const char* name;
        std::set<Key> before;
        bool of_the_fleet;  // is the ledger the one of the fleet, or another run's?
        std::size_t never_created;
        std::size_t stored;
        std::size_t acknowledged_missing;
    };
    Ledger of_another_run;
    of_another_run.create(left_by_another_run);
    of_another_run.acknowledge(left_by_another_run);
    const Case cases[] = {
        {"an empty feed at first", {}, true, 0, 3, 0},
        {"the same run once more: all was there", feed.punches, true, 0, 3, 0},
        {"another run, whose punch is missing", feed.punches, false, 0, 0, 1},
        {"another run that did not look first", {}, false, 3, 3, 1},
        {"what was there and is gone counts for nothing", {left_by_another_run}, false, 3, 3, 1},
    };
    for (const auto& c : cases) {
        const std::string name = c.name;
        CAPTURE(name);
        const Comparison comparison =
            compare_with_feed(url, options.serial_prefix, c.of_the_fleet ? fleet.ledger() : of_another_run, c.before,
                              std::chrono::seconds(0));
        CHECK(comparison.never_created == c.never_created);
        CHECK(comparison.stored == c.stored);
        CHECK(comparison.acknowledged_missing == c.acknowledged_missing);
    }
    boost::asio::post(server_io, [&] { server.stop(); });
    server_thread.join();
}
