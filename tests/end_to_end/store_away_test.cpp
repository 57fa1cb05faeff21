// A store that cannot write: later, never a false OK, and back by itself.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "tests/end_to_end/fire.hpp"
#include "tests/end_to_end/pulled_terminals.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

// Holds the lock for writing, as another program may.
class Intruder {
public:
    explicit Intruder(const std::filesystem::path& folder) {
        REQUIRE(sqlite3_open((folder / "presensi.db").c_str(), &database_) == SQLITE_OK);
        run("BEGIN IMMEDIATE");
    }
    ~Intruder() { sqlite3_close(database_); }
    Intruder(const Intruder&) = delete;
    Intruder& operator=(const Intruder&) = delete;
    void run(const char* sql) { REQUIRE(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK); }

private:
    sqlite3* database_ = nullptr;
};

// Its file is not at its place: intake stores nothing, everything else goes on.
class Moved {
public:
    explicit Moved(const std::filesystem::path& folder) : file_(folder / "presensi.db") {
        std::filesystem::rename(file_, elsewhere());
    }
    ~Moved() { std::filesystem::rename(elsewhere(), file_); }
    Moved(const Moved&) = delete;
    Moved& operator=(const Moved&) = delete;

private:
    std::filesystem::path elsewhere() const { return file_.string() + ".elsewhere"; }
    std::filesystem::path file_;
};

constexpr const char* a_serial = "TST7240100001";

std::string upload_of(std::string_view table, std::string_view body, std::string_view serial = a_serial) {
    return post_request(fmt::format("/iclock/cdata?SN={}&table={}&Stamp=9999", serial, table), body);
}

config::Settings with_pulled(const TemporaryFolder& state, const PulledTerminal& terminal) {
    auto settings = RunningApp::settings(state.path());
    settings.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
    settings.terminals.push_back(pulled(terminal.serial(), terminal.port()));
    return settings;
}

}  // namespace

TEST_CASE("while the database is locked uploads hear 503 without OK, polls go on, and it comes back by itself") {
    constexpr const char* serial = "TST7240100001";
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string upload = post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial),
                                            "1\t2026-11-20 07:58:30\t0\t1\n");

    Intruder intruder(state.path());
    const auto refused = exchange(app.terminal_port(), upload);
    CHECK(refused.status == 503);
    CHECK(refused.body == "ERROR\n");
    CHECK(exchange(app.terminal_port(), get_request(fmt::format("/iclock/getrequest?SN={}", serial))).body == "OK");
    CHECK(exchange(app.terminal_port(), get_request(fmt::format("/iclock/cdata?SN={}&options=all", serial))).status ==
          200);
    CHECK(http_get(app.admin_port(), "/readyz").status == 503);
    const auto status = http_get(app.admin_port(), "/api/v1/status").body;
    CHECK(status.find("store_unavailable") != std::string::npos);
    CHECK(status.find("The store cannot write") != std::string::npos);
    CHECK(status.find("Penyimpanan tidak dapat menulis") != std::string::npos);
    CHECK(status.find("\"state\":\"unavailable\"") != std::string::npos);
    intruder.run("ROLLBACK");

    CHECK(exchange(app.terminal_port(), upload).body == "OK: 1");
    CHECK(http_get(app.admin_port(), "/readyz").status == 200);
    CHECK(http_get(app.admin_port(), "/api/v1/status").body.find("store_unavailable") == std::string::npos);
    CHECK(count_rows(state.path(), "punch") == 1);
}

TEST_CASE("two changes of one terminal at once: none undoes the other") {
    constexpr const char* serial = "TST7240100001";
    const std::string target = fmt::format("/api/v1/terminals/{}", serial);
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    Intruder intruder(state.path());
    int suspended = 0;
    int renamed = 0;
    std::thread first([&] { suspended = http_patch(app.admin_port(), target, R"({"state":"suspended"})").status; });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::thread second([&] { renamed = http_patch(app.admin_port(), target, R"({"name":"Apel IV"})").status; });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    intruder.run("ROLLBACK");
    first.join();
    second.join();
    CHECK(suspended == 200);
    CHECK(renamed == 200);
    const auto now = http_get(app.admin_port(), target).body;
    CHECK(now.find("\"state\":\"suspended\"") != std::string::npos);
    CHECK(now.find("\"name\":\"Apel IV\"") != std::string::npos);
    CHECK(stored_texts(state.path(), "SELECT state || ' ' || name FROM terminal") ==
          std::vector<std::string>{"suspended Apel IV"});
}

TEST_CASE("a reload while the store is away is refused with what to do, and the next one takes effect") {
    const TemporaryFolder state;
    const auto file = state.path() / "presensi.yaml";
    const std::string settings =
        "storage: { sqlite: { path: presensi.db } }\nterminal_listener: { address: 127.0.0.1, port: 0 }\n"
        "admin_listener: { port: 0 }\n";
    write_file(file, settings);
    DaemonProcess daemon(file, state.path());
    const auto has_said = [&](const std::string& words) {
        const auto is_there = [&] {
            return http_get(daemon.admin_port(), "/api/v1/status").body.find(words) != std::string::npos;
        };
        return await(is_there, std::chrono::seconds(60));
    };
    Intruder intruder(state.path());
    write_file(file, settings + "unknown_terminals: approve\n");
    daemon.signal(SIGHUP);
    CHECK(has_said("so reload once more when /readyz says 200"));
    CHECK(has_said("\"unknown_terminals\":\"hold\""));
    intruder.run("ROLLBACK");
    daemon.signal(SIGHUP);
    CHECK(has_said("\"unknown_terminals\":\"approve\""));
    CHECK(has_said("\"last_reload_error\":null"));
}

TEST_CASE("while the store is away the log says which path was asked, and not the query with its names") {
    const TemporaryFolder state;
    const auto file = state.path() / "presensi.yaml";
    write_file(file,
               "storage: { sqlite: { path: presensi.db } }\nterminal_listener: { address: 127.0.0.1, port: 0 }\n"
               "admin_listener: { port: 0 }\n");
    const DaemonProcess daemon(file, state.path());
    Intruder intruder(state.path());
    const auto refused = exchange(daemon.admin_port(),
                                  post_request("/api/v1/units?dry_run=1",
                                               "units:\n  - { code: a, name: Dinas A, kind: dinas, from: 2020-05-04, "
                                               "source: Perbup }\n"));
    CHECK(refused.status == 503);
    intruder.run("ROLLBACK");
    // Lines are written beside what they tell of.
    const auto says_path = [&] { return daemon.log().find("path=/api/v1/units ") != std::string::npos; };
    for (int tries = 0; tries < 300 && !says_path(); ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(says_path());
    CHECK(daemon.log().find("dry_run") == std::string::npos);
}

TEST_CASE(
    "while the database is locked everything that a terminal sends hears 503 without OK, and is taken afterwards") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {a_serial});
    settings.unknown_terminals = config::UnknownTerminals::approve;
    RunningApp app(settings);
    const struct {
        const char* name;
        std::string request;
        std::string taken;
    } cases[] = {
        {"punches", upload_of("ATTLOG", "1\t2026-11-20 07:58:30\t0\t1\n"), "OK: 1"},
        {"what it tells of itself", upload_of("OPERLOG", "OPLOG 4\t0\t2026-11-20 07:00:00\t0\t0\t0\t0\n"), "OK: 1"},
        {"a table that nobody reads", upload_of("NEWTHING", "a\nb\n"), "OK: 2"},
        {"results of commands",
         post_request(fmt::format("/iclock/devicecmd?SN={}", a_serial), "ID=1&Return=0&CMD=CHECK"), "OK"},
        {"the first punches on trial", upload_of("ATTLOG", "1\t2026-11-20 07:58:30\t0\t1\n", "TRIAL1"), "OK: 1"},
    };
    {
        Intruder intruder(state.path());
        std::vector<std::unique_ptr<RawConnection>> terminals;
        for (const auto& c : cases) {
            terminals.push_back(std::make_unique<RawConnection>(app.terminal_port()));
            terminals.back()->send(c.request);
        }
        for (std::size_t i = 0; i < terminals.size(); ++i) {
            CAPTURE(cases[i].name);
            const auto refused = terminals[i]->receive();
            CHECK(refused.status == 503);
            CHECK(refused.body == "ERROR\n");
        }
        intruder.run("ROLLBACK");
    }
    CHECK(count_rows(state.path(), "delivery") == 0);
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(exchange(app.terminal_port(), c.request).body == c.taken);
    }
    CHECK(count_rows(state.path(), "punch") == 2);
    CHECK(count_rows(state.path(), "terminal_event") == 1);
    CHECK(count_rows(state.path(), "delivery") == 4);
    CHECK(stored_texts(state.path(), "SELECT state FROM terminal WHERE serial = 'TRIAL1'") ==
          std::vector<std::string>{"approved"});
}

TEST_CASE("an error of the store that nobody expects: no answer at all, the daemon lives on, and it is taken later") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {a_serial}));
    const std::string upload = upload_of("ATTLOG", "1\t2026-11-20 07:58:30\t0\t1\n");
    Intruder intruder(state.path());
    intruder.run("ALTER TABLE punch RENAME TO elsewhere; COMMIT");
    CHECK(exchange(app.terminal_port(), upload).status == 0);
    CHECK(exchange(app.terminal_port(), get_request(fmt::format("/iclock/getrequest?SN={}", a_serial))).body == "OK");
    intruder.run("ALTER TABLE elsewhere RENAME TO punch");
    CHECK(count_rows(state.path(), "punch") == 0);
    CHECK(exchange(app.terminal_port(), upload).body == "OK: 1");
    const auto says_so = [&] {
        return http_get(app.admin_port(), "/api/v1/status").body.find("own_mistake") != std::string::npos;
    };
    CHECK(await(says_so, std::chrono::seconds(60)));
}

TEST_CASE(
    "with four fifths of the connections at work a history hears 503 before its body is read, live punches wait") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {a_serial});
    settings.limits.connections = 20;
    settings.limits.connections_per_address = 20;
    RunningApp app(settings);
    std::vector<std::unique_ptr<RawConnection>> at_work;
    {
        Intruder intruder(state.path());
        for (int pin = 0; pin < 17; ++pin) {
            at_work.push_back(std::make_unique<RawConnection>(app.terminal_port()));
            at_work.back()->send(upload_of("ATTLOG", fmt::format("{}\t2026-11-20 07:58:30\t0\t1\n", pin)));
        }
        RawConnection history(app.terminal_port());
        history.send(
            fmt::format("POST /iclock/cdata?SN={}&table=ATTLOG HTTP/1.1\r\nContent-Length: 20000\r\n\r\n", a_serial));
        CHECK(history.receive().status == 503);
        intruder.run("ROLLBACK");
    }
    for (const auto& terminal : at_work) CHECK(terminal->receive().body == "OK: 1");
    CHECK(count_rows(state.path(), "punch") == 17);
}

TEST_CASE("a pulled log that the store does not take: failed with a sentence, nothing of it stored, and pulled again") {
    const TemporaryFolder state;
    PulledTerminal terminal;
    terminal.machine().set_log(punches(100));
    RunningApp app(with_pulled(state, terminal));
    REQUIRE(test::pull(app.admin_port(), terminal.serial()).find("\"state\":\"done\"") != std::string::npos);
    terminal.machine().set_log(punches(120));
    {
        const Moved moved(state.path());
        const auto failed = test::pull(app.admin_port(), terminal.serial());
        CAPTURE(failed);
        CHECK(failed.find("\"state\":\"failed\"") != std::string::npos);
        CHECK(failed.find("The store could not take what was pulled; it is pulled again.") != std::string::npos);
        CHECK_FALSE(terminal.machine().is_disabled());
    }
    CHECK(count_rows(state.path(), "punch") == 100);
    const auto done = test::pull(app.admin_port(), terminal.serial());
    CAPTURE(done);
    CHECK(done.find("\"new\":20") != std::string::npos);
    CHECK(stored_punches(state.path()) == terminal.expected());
}

TEST_CASE("a pull whose end cannot be written down is written down later, and none is left as running") {
    const TemporaryFolder state;
    ZkLine line;
    line.bytes_per_second = 50'000;
    PulledTerminal terminal({}, {}, {}, line);
    terminal.machine().set_log(punches(1000));
    RunningApp app(with_pulled(state, terminal));
    const std::string pulls = fmt::format("/api/v1/terminals/{}/pulls", terminal.serial());
    REQUIRE(exchange(app.admin_port(), post_request(pulls, "{}")).status == 202);
    while (terminal.machine().sessions() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto state_of_pull = [&] { return stored_texts(state.path(), "SELECT state FROM pull_run").at(0); };
    {
        Intruder intruder(state.path());
        // What it told of itself, then its end: each waits 5 s for the lock, and the pull itself takes one.
        std::this_thread::sleep_for(std::chrono::seconds(13));
        CHECK(state_of_pull() == "running");
        intruder.run("ROLLBACK");
    }
    for (int tries = 0; tries < 300 && state_of_pull() == "running"; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(state_of_pull() == "failed");
    CHECK(stored_texts(state.path(), "SELECT reason FROM pull_run").at(0).find("it is pulled again") !=
          std::string::npos);
    CHECK(count_rows(state.path(), "punch") == 0);
    CHECK(test::pull(app.admin_port(), terminal.serial()).find("\"new\":1000") != std::string::npos);
}

TEST_CASE("a pull that ends by an error nobody expects: failed with a sentence, nothing stored, and pulled again") {
    const TemporaryFolder state;
    PulledTerminal terminal;
    terminal.machine().set_log(punches(100));
    RunningApp app(with_pulled(state, terminal));
    {
        Intruder intruder(state.path());
        intruder.run("ALTER TABLE punch RENAME TO elsewhere; COMMIT");
        const auto failed = test::pull(app.admin_port(), terminal.serial());
        CAPTURE(failed);
        CHECK(failed.find("It ended by an error that nobody expected; see the log.") != std::string::npos);
        intruder.run("ALTER TABLE elsewhere RENAME TO punch");
    }
    CHECK(count_rows(state.path(), "punch") == 0);
    CHECK(test::pull(app.admin_port(), terminal.serial()).find("\"new\":100") != std::string::npos);
}

TEST_CASE(
    "a file that the store does not take is 503 and on record as not taken to its end, and may be brought again") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {a_serial}));
    const auto bring = [&] {
        return exchange(app.admin_port(), post_request(fmt::format("/api/v1/terminals/{}/uploads", a_serial),
                                                       "        1\t2026-11-20 07:30:00\t1\t0\t1\t0\r\n"))
            .status;
    };
    {
        const Moved moved(state.path());
        CHECK(bring() == 503);
    }
    CHECK(count_rows(state.path(), "punch") == 0);
    CHECK(stored_texts(state.path(), "SELECT state FROM upload") == std::vector<std::string>{"taking"});
    CHECK(bring() == 201);
    CHECK(count_rows(state.path(), "punch") == 1);
}
