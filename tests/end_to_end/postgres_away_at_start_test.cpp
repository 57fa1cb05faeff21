// A daemon that is started before its database: after a power cut nobody knows which of them comes first.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <thread>

#include "daemon/without_store.hpp"
#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_server.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;

namespace {

// Nobody listens there; whoever is told it may.
std::uint16_t free_port() {
    boost::asio::io_context io;
    boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
    return acceptor.local_endpoint().port();
}

bool is_listening(std::uint16_t port) {
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket socket(io);
    boost::system::error_code error;
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
    return !error;
}

config::Settings settings_of(const TemporaryFolder& state, const std::string& url, const TinyHttp& receiver) {
    config::Settings settings;
    settings.state_folder = state.path();
    settings.terminal_listener = {"127.0.0.1", free_port()};
    settings.admin_listener = {"127.0.0.1", free_port()};
    settings.storage.backend = config::Backend::postgres;
    settings.storage.postgres_url = url;
    settings.storage.postgres_owner_url = url;
    settings.alarms.webhook = {{false, "127.0.0.1", receiver.port(), "/"}, config::Secret("made-up-secret")};
    return settings;
}

}  // namespace

TEST_CASE("before the database was ever there terminals hear 503, and people are told") {
    PostgresCluster cluster;
    cluster.stop();
    const TemporaryFolder state;
    TinyHttp receiver;
    const auto settings = settings_of(state, cluster.url(), receiver);
    std::atomic<std::int64_t> later_by{0};  // s
    AppHooks hooks;
    hooks.now = [&] { return system_now() + std::chrono::seconds(later_by); };
    hooks.notify.news.gather = 100ms;
    hooks.notify.look_every = 50ms;
    auto served = std::async(std::launch::async, [&] { serve_without_store(settings, hooks, "it is away"); });

    const auto terminals = settings.terminal_listener.port;
    const auto people = settings.admin_listener.port;
    REQUIRE(await([&] { return is_listening(terminals) && is_listening(people); }, 30s));
    const auto upload = "/iclock/cdata?SN=TST7240100001&table=ATTLOG&Stamp=1";
    CHECK(presensi::test::exchange(terminals, post_request(upload, "1\t2026-11-20 07:30:00\t0\t1\n")).status == 503);
    CHECK(http_get(terminals, "/iclock/cdata?SN=TST7240100001&options=all").status == 503);
    CHECK(http_get(people, "/healthz").status == 200);
    CHECK(http_get(people, "/readyz").status == 503);
    CHECK(http_get(people, "/api/v1/status").body.find("\"detail\":\"the database cannot be reached") !=
          std::string::npos);
    CHECK(http_get(people, "/metrics").body.find("presensi_store_available 0\n") != std::string::npos);
    const auto page = http_get(people, "/");
    CHECK(page.status == 503);
    CHECK(page.body.find("<h1>Basis data belum dapat dihubungi</h1>") != std::string::npos);
    CHECK(receiver.count() == 0);  // it may be there in a moment

    later_by = 61;
    REQUIRE(await([&] { return receiver.count() == 1; }, 30s));
    CHECK(receiver.taken()[0].body.find("store_unavailable") != std::string::npos);
    CHECK(receiver.taken()[0].body.find("it is away") != std::string::npos);

    cluster.start();
    REQUIRE(served.wait_for(30s) == std::future_status::ready);
    served.get();
    REQUIRE(receiver.count() == 2);
    CHECK(receiver.taken()[1].body.find("\"raised\":[]") != std::string::npos);
}

TEST_CASE("what makes a start impossible ends the wait for the database") {
    PostgresCluster cluster;
    const TemporaryFolder state;
    const TinyHttp receiver;
    auto settings = settings_of(state, cluster.url(), receiver);
    SUBCASE("a schema that nobody may bring up") {
        settings.storage.migrate = false;
        CHECK_THROWS_WITH_AS(serve_without_store(settings, {}, "it was away"), doctest::Contains("schema"),
                             std::runtime_error);
    }
    SUBCASE("a port that somebody else has") {
        settings.terminal_listener.port = receiver.port();
        CHECK_THROWS_WITH_AS(serve_without_store(settings, {}, "it was away"), doctest::Contains("terminal_listener"),
                             std::runtime_error);
    }
}

TEST_CASE("a daemon that starts before its database answers at its ports, and serves there when it comes") {
    PostgresCluster cluster;
    cluster.stop();
    const TemporaryFolder folder;
    const auto terminals = free_port();
    const auto people = free_port();
    const auto config = write_fleet_config(
        folder.path(), fmt::format("storage: {{ backend: postgres, postgres: {{ url: \"{}\" }} }}\n", cluster.url()),
        terminals, people, busy_fleet());
    const std::jthread later([&] {
        CHECK(await([&] { return is_listening(terminals) && is_listening(people); }, 30s));
        CHECK(http_get(terminals, "/iclock/getrequest?SN=TST7240100001").status == 503);
        CHECK(http_get(people, "/readyz").status == 503);
        cluster.start();
    });
    const DaemonProcess daemon(config, folder.path());
    CHECK(daemon.log().find("waiting for the database") != std::string::npos);
    CHECK(daemon.admin_port() == people);
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
