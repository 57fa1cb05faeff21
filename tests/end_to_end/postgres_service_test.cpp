// Signs of life and leases while PostgreSQL, or the daemon itself, stands still.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <csignal>
#include <pqxx/pqxx>
#include <thread>

#include "tests/end_to_end/fire.hpp"
#include "tests/end_to_end/pulled_terminals.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;

namespace {

constexpr auto serial = "TST7240100001";
constexpr auto sign_of_life = "WATCHDOG=1";
const std::string often = "WATCHDOG_USEC=2000000";  // 2 s: a sign every 0.2 s

std::filesystem::path write_config(const std::filesystem::path& folder, const PostgresDatabaseOfTest& database,
                                   const std::string& more) {
    write_file(folder / "presensi.yaml",
               fmt::format("terminal_listener: {{ address: 127.0.0.1, port: 0 }}\nadmin_listener: {{ port: 0 }}\n"
                           "storage:\n  backend: postgres\n  postgres: {{ url: \"{}\", owner_url: \"{}\" }}\n{}",
                           database.url(), database.owner_url(), more));
    return folder / "presensi.yaml";
}

const std::string one_terminal = fmt::format("terminals:\n  - serial: {}\n", serial);
const std::string upload =
    post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial), "1\t2026-11-20 07:58:30\t0\t1\n");

}  // namespace

TEST_CASE("a writer that is blocked by a lock gives no sign of life until it gets on") {
    const PostgresDatabaseOfTest database;
    const TemporaryFolder folder;
    const NotifySocket manager(folder.path() / "notify");
    DaemonProcess daemon(write_config(folder.path(), database, one_terminal), folder.path(), false,
                         {{manager.variable(), often}, {}});
    REQUIRE(exchange(daemon.terminal_port(), upload).body == "OK: 1");
    REQUIRE(manager.receive_one(sign_of_life) == sign_of_life);
    std::thread second;
    {
        pqxx::connection intruder(database.superuser_url());
        pqxx::work lock(intruder);
        lock.exec("LOCK TABLE presensi.punch IN ACCESS EXCLUSIVE MODE");
        second = std::thread([&] { exchange(daemon.terminal_port(), upload); });
        // The daemon's own patience ends after 8 s.
        CHECK(manager.falls_silent(3s, 30s));
    }
    CHECK(manager.receive_one(sign_of_life) == sign_of_life);
    second.join();
    CHECK(exchange(daemon.terminal_port(), upload).body == "OK: 1");
}

TEST_CASE("while PostgreSQL is away or stands still the signs of life go on: that is no daemon that hangs") {
    PostgresCluster cluster;
    const PostgresDatabaseOfTest database(cluster.url());
    const TemporaryFolder folder;
    const NotifySocket manager(folder.path() / "notify");
    DaemonProcess daemon(write_config(folder.path(), database, one_terminal), folder.path(), false,
                         {{manager.variable(), often}, {}});
    REQUIRE(manager.receive_one(sign_of_life) == sign_of_life);
    cluster.freeze();
    // Every wait for it ends after 8 s, and then there is one: far within the 60 s of the unit.
    CHECK(manager.falls_silent(2s, 60s));
    CHECK(manager.receive_one(sign_of_life, 60s) == sign_of_life);
    CHECK(exchange(daemon.terminal_port(), upload).status == 503);
    CHECK(manager.receive_one(sign_of_life, 60s) == sign_of_life);
    cluster.thaw();
    CHECK(await([&] { return exchange(daemon.terminal_port(), upload).body == "OK: 1"; }, 60s));

    cluster.stop();
    CHECK(await([&] { return http_get(daemon.admin_port(), "/readyz").status == 503; }, 60s));
    for (int i = 0; i < 20; ++i) CHECK(manager.receive_one(sign_of_life) == sign_of_life);
    cluster.start();
    CHECK(await([&] { return http_get(daemon.admin_port(), "/readyz").status == 200; }, 60s));
}

TEST_CASE("a daemon that stood still longer than its lease notices before it writes (F31)") {
    const PostgresDatabaseOfTest database;
    ZkLine line;
    line.bytes_per_second = 100'000;
    PulledTerminal terminal({}, {}, {}, line);
    terminal.machine().set_log(punches(20'000));  // 8 s
    const TemporaryFolder folder;
    const auto config = write_config(folder.path(), database,
                                     fmt::format("pull: {{ networks: [127.0.0.0/8], every: 366d }}\nterminals:\n"
                                                 "  - serial: {}\n    pull: {{ address: 127.0.0.1, port: {} }}\n",
                                                 terminal.serial(), terminal.port()));
    DaemonProcess holder(config, folder.path());
    const DaemonProcess heir(config, folder.path());
    const auto ask = [&](std::uint16_t port) {
        const auto begun =
            presensi::test::exchange(port, post_request("/api/v1/terminals/" + terminal.serial() + "/pulls", ""));
        REQUIRE(begun.status == 202);
        return std::string(boost::json::parse(begun.body).at("pull").as_string());
    };
    const auto is = [&](const std::string& id, const char* state) {
        return boost::json::parse(http_get(heir.admin_port(), "/api/v1/pulls/" + id).body).at("state").as_string() ==
               state;
    };
    const auto lost = ask(holder.admin_port());
    REQUIRE(await([&] { return terminal.machine().open_sessions() == 1; }, 30s));
    holder.signal(SIGSTOP);
    const auto inherited = ask(heir.admin_port());
    // A lease falls after 30 s of silence.
    REQUIRE(await([&] { return is(inherited, "done"); }, 180s));
    CHECK(is(lost, "failed"));
    CHECK(stored_punches_at(database.superuser_url()) == terminal.expected());
    const auto deliveries = [&] {
        pqxx::connection connection(database.superuser_url());
        pqxx::nontransaction session(connection);
        return session.exec("SELECT count(*) FROM presensi.delivery").at(0)[0].as<int>();
    };
    const int before = deliveries();
    holder.signal(SIGCONT);
    CHECK(await([&] { return http_get(holder.admin_port(), "/readyz").status == 200; }, 60s));
    CHECK(await([&] { return terminal.machine().open_sessions() == 0; }, 60s));
    CHECK(is(lost, "failed"));
    CHECK(deliveries() == before);
    CHECK(stored_punches_at(database.superuser_url()) == terminal.expected());
}
