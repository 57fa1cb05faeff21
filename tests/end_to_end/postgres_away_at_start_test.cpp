// A daemon that is started before its database: after a power cut nobody knows which of them comes first.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <future>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <thread>

#include "daemon/doctor/ports.hpp"
#include "daemon/without_store.hpp"
#include "storage/store_error.hpp"
#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_server.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;

namespace {

// When a test ends, however it does.
class Finally {
public:
    explicit Finally(std::function<void()> work) : work_(std::move(work)) {}
    ~Finally() { work_(); }
    Finally(const Finally&) = delete;
    Finally& operator=(const Finally&) = delete;

private:
    std::function<void()> work_;
};

bool is_listening(std::uint16_t port) {
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket socket(io);
    boost::system::error_code error;
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
    return !error;
}

config::Settings settings_of(const TemporaryFolder& state, const TinyHttp& receiver) {
    config::Settings settings;
    settings.state_folder = state.path();
    settings.terminal_listener = {"127.0.0.1", steady_port()};
    settings.admin_listener = {"127.0.0.1", steady_port()};
    settings.storage.backend = config::Backend::postgres;
    settings.alarms.webhook = {{false, "127.0.0.1", receiver.port(), "/"}, config::Secret("made-up-secret")};
    return settings;
}

}  // namespace

TEST_CASE("before the database was ever there terminals hear 503, and people are told") {
    const TemporaryFolder state;
    TinyHttp receiver;
    const auto settings = settings_of(state, receiver);
    std::atomic<std::int64_t> later_by{0};  // s
    AppHooks hooks;
    hooks.now = [&] { return system_now() + std::chrono::seconds(later_by); };
    hooks.notify.news.gather = 100ms;
    hooks.notify.look_every = 50ms;
    std::atomic<bool> starting{false};
    std::atomic<int> attempts{0};
    std::atomic<bool> there{false};
    const auto start = [&] {
        ++attempts;
        if (!there) throw storage::StoreUnavailable(starting ? "it is starting up" : "it is away");
    };
    auto served = std::async(std::launch::async, [&] {
        return serve_without_store(settings, hooks, {64, 64}, "it is away", start);
    });
    const Finally finally([&] { there = true; });

    const auto terminals = settings.terminal_listener.port;
    const auto people = settings.admin_listener.port;
    REQUIRE(await([&] { return is_listening(terminals) && is_listening(people); }, 30s));
    const auto upload = "/iclock/cdata?SN=TST7240100001&table=ATTLOG&Stamp=1";
    const auto answer = presensi::test::exchange(terminals, post_request(upload, "1\t2026-11-20 07:30:00\t0\t1\n"));
    CHECK(answer.status == 503);
    CHECK(answer.header("Date").empty());
    CHECK(http_get(terminals, "/iclock/cdata?SN=TST7240100001&options=all").status == 503);
    CHECK(http_get(people, "/healthz").status == 200);
    CHECK(http_get(people, "/readyz").status == 503);
    CHECK(http_get(people, "/api/v1/status").body.find("\"detail\":\"the database cannot be reached") !=
          std::string::npos);
    CHECK(http_get(people, "/metrics").body.find("presensi_store_available 0\n") != std::string::npos);
    const auto page = http_get(people, "/");
    CHECK(page.status == 503);
    CHECK(page.header("Content-Security-Policy").find("default-src") != std::string::npos);
    CHECK(page.body.find("<h1>Basis data belum dapat dihubungi</h1>") != std::string::npos);
    CHECK(doctor::check_daemon(settings).english.find("its store cannot write") != std::string::npos);
    CHECK(receiver.count() == 0);  // it may be there in a moment

    starting = true;
    const int before = attempts;
    REQUIRE(await([&] { return attempts > before + 1; }, 30s));
    later_by = 61;
    REQUIRE(await([&] { return receiver.count() == 1; }, 30s));
    const auto raised = receiver.taken()[0].body;
    CHECK(raised.find("store_unavailable") != std::string::npos);
    CHECK(raised.find("it is starting up") != std::string::npos);  // the latest reason

    there = true;
    REQUIRE(served.wait_for(30s) == std::future_status::ready);
    notify::News told = served.get();
    CHECK_FALSE(is_listening(terminals));  // the ports are for the daemon that has a store
    CHECK_FALSE(is_listening(people));
    // Who goes on from there tells that it is over, and whoever begins anew does not.
    const auto look = [](notify::News& news) {
        const auto at = notify::News::Steady::now();
        news.look({}, system_now(), at);
        return news.look({}, system_now(), at + 1min);
    };
    const auto over = look(told);
    REQUIRE(over);
    REQUIRE(over->cleared.size() == 1);
    CHECK(over->cleared[0].id == "store_unavailable");
    notify::News anew(hooks.notify.news);
    CHECK_FALSE(look(anew));
}

TEST_CASE("what makes a start impossible ends the wait for the database") {
    const TemporaryFolder state;
    const TinyHttp receiver;
    auto settings = settings_of(state, receiver);
    SUBCASE("a store that cannot be used") {
        const auto start = [] { throw storage::StoreUnusable("its schema is of another year"); };
        CHECK_THROWS_WITH_AS(serve_without_store(settings, {}, {64, 64}, "it was away", start),
                             "its schema is of another year", storage::StoreUnusable);
    }
    SUBCASE("a port that somebody else has") {
        settings.terminal_listener.port = receiver.port();
        CHECK_THROWS_WITH_AS(serve_without_store(settings, {}, {64, 64}, "it was away", [] {}),
                             doctest::Contains("terminal_listener cannot listen"), std::runtime_error);
    }
}

TEST_CASE("a daemon that starts before its database answers at its ports, and serves there when it comes") {
    PostgresCluster cluster;
    cluster.stop();
    const TemporaryFolder folder;
    const auto terminals = steady_port();
    const auto people = steady_port();
    const auto config = write_fleet_config(
        folder.path(), fmt::format("storage: {{ backend: postgres, postgres: {{ url: \"{}\" }} }}\n", cluster.url()),
        terminals, people, busy_fleet());
    auto heard = std::async(std::launch::async, [&] {
        const bool listens = await([&] { return is_listening(terminals) && is_listening(people); }, 30s);
        const Finally then([&] { cluster.start(); });
        return !listens ? std::pair(0, 0)
                        : std::pair(http_get(terminals, "/iclock/getrequest?SN=TST7240100001").status,
                                    http_get(people, "/readyz").status);
    });
    const DaemonProcess daemon(config, folder.path());
    CHECK(heard.get() == std::pair(503, 503));
    CHECK(daemon.log().find("waiting for the database") != std::string::npos);
    CHECK(daemon.admin_port() == people);
    CHECK(http_get(people, "/readyz").status == 200);
}

TEST_CASE("a daemon whose tables answer nothing at the start waits without opening and closing its ports") {
    PostgresCluster cluster;
    const TemporaryFolder folder;
    const auto people = steady_port();
    const auto config = write_fleet_config(
        folder.path(), fmt::format("storage: {{ backend: postgres, postgres: {{ url: \"{}\" }} }}\n", cluster.url()),
        steady_port(), people, busy_fleet());
    { const DaemonProcess creates_the_tables(config, folder.path()); }
    pqxx::connection intruder(cluster.url());
    pqxx::nontransaction session(intruder);
    session.exec("BEGIN");
    session.exec("LOCK TABLE presensi.terminal IN ACCESS EXCLUSIVE MODE");
    auto refused = std::async(std::launch::async, [&] {
        const Finally then([&] { session.exec("ROLLBACK"); });
        if (!await([&] { return is_listening(people); }, 30s)) return -1;
        int count = 0;
        for (int i = 0; i < 100; ++i) {
            count += is_listening(people) ? 0 : 1;
            std::this_thread::sleep_for(100ms);
        }
        return count;
    });
    const DaemonProcess daemon(config, folder.path());
    CHECK(refused.get() == 0);
    const std::string log = daemon.log();
    const auto first = log.find("waiting for the database");
    REQUIRE(first != std::string::npos);
    CHECK(log.find("waiting for the database", first + 1) == std::string::npos);
    CHECK(http_get(people, "/readyz").status == 200);
}

TEST_CASE("a daemon that starts while its database answers nothing in time waits for it") {
    PostgresCluster cluster;
    const TemporaryFolder folder;
    const auto config = write_fleet_config(
        folder.path(), fmt::format("storage: {{ backend: postgres, postgres: {{ url: \"{}\" }} }}\n", cluster.url()), 0,
        0, busy_fleet());
    { const DaemonProcess creates_the_tables(config, folder.path()); }
    pqxx::connection intruder(cluster.url());
    pqxx::nontransaction session(intruder);
    session.exec("BEGIN");
    session.exec("LOCK TABLE presensi.punch IN ACCESS EXCLUSIVE MODE");
    const std::jthread later([&] {
        std::this_thread::sleep_for(10s);  // longer than its patience
        session.exec("ROLLBACK");
    });
    const DaemonProcess daemon(config, folder.path());
    CHECK(daemon.log().find("waiting for the database") != std::string::npos);
    CHECK(http_get(daemon.admin_port(), "/readyz").status == 200);
}
