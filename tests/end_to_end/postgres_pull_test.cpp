// Two daemons on one PostgreSQL pull the same terminals.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "tests/end_to_end/pulled_terminals.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;

namespace {

template <typename Condition>
bool await(Condition condition, std::chrono::seconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

}  // namespace

TEST_CASE("two daemons on one PostgreSQL: a terminal is pulled by one at a time, and a killed holder is replaced") {
    const PostgresDatabaseOfTest database;
    ZkLine line;
    line.bytes_per_second = 100'000;
    std::vector<std::unique_ptr<PulledTerminal>> terminals;
    std::string listed;
    for (int i = 0; i < 4; ++i) {
        ZkIdentity identity;
        identity.serial = fmt::format("TSTPULL{:05}", i);
        terminals.push_back(std::make_unique<PulledTerminal>(identity, ZkShape{}, ZkFaults{}, line));
        terminals.back()->machine().set_log(punches(2500));  // a second's reading
        listed += fmt::format("  - serial: {}\n    pull: {{ address: 127.0.0.1, port: {} }}\n", identity.serial,
                              terminals.back()->port());
    }
    struct Daemon {
        TemporaryFolder folder;
        std::unique_ptr<DaemonProcess> process;
    };
    std::vector<Daemon> daemons(2);
    for (auto& daemon : daemons) {
        write_file(daemon.folder.path() / "p.yaml",
                   fmt::format("terminal_listener: {{ address: 127.0.0.1, port: 0 }}\nadmin_listener: {{ port: 0 }}\n"
                               "storage:\n  backend: postgres\n  postgres: {{ url: \"{}\", owner_url: \"{}\" }}\n"
                               "pull: {{ networks: [127.0.0.0/8], every: 2s }}\nterminals:\n{}",
                               database.url(), database.owner_url(), listed));
        daemon.process = std::make_unique<DaemonProcess>(daemon.folder.path() / "p.yaml", daemon.folder.path());
    }
    const auto sessions = [&] {
        int least = 1 << 30;
        for (const auto& terminal : terminals) least = std::min(least, terminal->machine().sessions());
        return least;
    };
    CHECK(await([&] { return sessions() >= 3; }, 120s));
    for (const auto& terminal : terminals) CHECK(terminal->machine().most_open_sessions() == 1);

    // In the middle of some pull of either.
    REQUIRE(await(
        [&] {
            return std::any_of(terminals.begin(), terminals.end(),
                               [](const auto& terminal) { return terminal->machine().open_sessions() > 0; });
        },
        30s));
    daemons[0].process->signal(SIGKILL);
    CHECK(daemons[0].process->wait() == 128 + SIGKILL);
    const int before = sessions();
    // A lease falls after 30 s of silence; every terminal is pulled on.
    CHECK(await([&] { return sessions() >= before + 2; }, 120s));
    for (const auto& terminal : terminals) CHECK(terminal->machine().most_open_sessions() == 1);
    const auto stored = stored_punches_at(database.superuser_url());
    std::set<StoredPunch> expected;
    for (const auto& terminal : terminals) expected.merge(terminal->expected());
    CHECK(stored == expected);
}

TEST_CASE("a killed daemon's lease falls within its time, and its pulls are not left as running") {
    const PostgresDatabaseOfTest database;
    ZkLine line;
    line.bytes_per_second = 20'000;
    PulledTerminal terminal({}, {}, {}, line);
    terminal.machine().set_log(punches(20'000));  // 40 s
    const TemporaryFolder folder;
    write_file(folder.path() / "p.yaml",
               fmt::format("terminal_listener: {{ address: 127.0.0.1, port: 0 }}\nadmin_listener: {{ port: 0 }}\n"
                           "storage:\n  backend: postgres\n  postgres: {{ url: \"{}\", owner_url: \"{}\" }}\n"
                           "pull: {{ networks: [127.0.0.0/8], every: 366d }}\nterminals:\n"
                           "  - serial: {}\n    pull: {{ address: 127.0.0.1, port: {} }}\n",
                           database.url(), database.owner_url(), terminal.serial(), terminal.port()));
    DaemonProcess holder(folder.path() / "p.yaml", folder.path());
    const DaemonProcess heir(folder.path() / "p.yaml", folder.path());
    const auto ask = [&](std::uint16_t port) {
        const auto begun = test::exchange(port, post_request("/api/v1/terminals/" + terminal.serial() + "/pulls", ""));
        REQUIRE(begun.status == 202);
        return std::string(boost::json::parse(begun.body).at("pull").as_string());
    };
    const auto lost = ask(holder.admin_port());
    REQUIRE(await([&] { return terminal.machine().open_sessions() == 1; }, 30s));
    const auto waiting = ask(heir.admin_port());
    const auto is = [&](const std::string& id, const char* state) {
        return boost::json::parse(http_get(heir.admin_port(), "/api/v1/pulls/" + id).body).at("state").as_string() ==
               state;
    };
    holder.signal(SIGKILL);
    CHECK(holder.wait() == 128 + SIGKILL);
    CHECK(is(lost, "running"));
    CHECK(await([&] { return is(waiting, "running"); }, 3 * 30s));
    CHECK(is(lost, "failed"));
}

TEST_CASE("more terminals than may be at work: who waits holds no lease, and each is pulled by one daemon at a time") {
    const PostgresDatabaseOfTest database;
    ZkLine line;
    line.bytes_per_second = 40'000;
    std::vector<std::unique_ptr<PulledTerminal>> terminals;
    for (int i = 0; i < 70; ++i) {
        ZkIdentity identity;
        identity.serial = fmt::format("TSTPULL{:05}", i);
        terminals.push_back(std::make_unique<PulledTerminal>(identity, ZkShape{}, ZkFaults{}, line));
        terminals.back()->machine().set_log(punches(3000));  // 3 s
    }
    // A waiting holder's lease would fall while the first 64 are read.
    const pull::LeaseTimes times{100ms, 1000ms, 1500ms};
    struct Daemon {
        TemporaryFolder folder;
        std::unique_ptr<RunningApp> app;
    };
    std::vector<Daemon> daemons(2);
    for (auto& daemon : daemons) {
        auto settings = RunningApp::settings(daemon.folder.path());
        settings.storage.backend = config::Backend::postgres;
        settings.storage.postgres_url = database.url();
        settings.storage.postgres_owner_url = database.owner_url();
        settings.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
        settings.pull.every = std::chrono::hours(24 * 365);
        for (const auto& terminal : terminals)
            settings.terminals.push_back(pulled(terminal->serial(), terminal->port()));
        daemon.app = std::make_unique<RunningApp>(settings, "2026-12-01T00:00:00Z", times);
    }
    std::vector<std::pair<std::uint16_t, std::string>> asked;
    for (const auto& daemon : daemons) {
        for (const auto& terminal : terminals) {
            const auto begun = test::exchange(daemon.app->admin_port(),
                                              post_request("/api/v1/terminals/" + terminal->serial() + "/pulls", ""));
            REQUIRE(begun.status == 202);
            asked.emplace_back(daemon.app->admin_port(), boost::json::parse(begun.body).at("pull").as_string());
        }
    }
    for (const auto& [port, id] : asked) {
        const auto path = "/api/v1/pulls/" + id;
        std::string state;
        CHECK(await(
            [&, port = port] {
                state = boost::json::parse(http_get(port, path).body).at("state").as_string();
                return state == "done" || state == "failed";
            },
            120s));
        CHECK(state == "done");
    }
    for (const auto& terminal : terminals) CHECK(terminal->machine().most_open_sessions() == 1);
}
