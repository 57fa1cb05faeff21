// Pulls as an operator and a person at a laptop make them, and what a daemon that is killed leaves behind.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <csignal>
#include <fstream>

#include "tests/end_to_end/pulled_terminals.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;

namespace {

class Office {
public:
    explicit Office(const PulledTerminal& terminal, const std::string& more = {}) : config_(folder_.path() / "p.yaml") {
        write_file(config_, fmt::format("terminal_listener: {{ address: 127.0.0.1, port: 0 }}\n"
                                        "admin_listener: {{ port: {} }}\n"
                                        "pull: {{ networks: [127.0.0.0/8], every: 366d }}\nterminals:\n"
                                        "  - serial: {}\n    pull: {{ address: 127.0.0.1, port: {}{} }}\n",
                                        admin_, terminal.serial(), terminal.port(), more));
    }
    CommandResult run(std::vector<std::string> words) const {
        words.insert(words.begin() + 1, {"--config", config_.string()});
        return run_presensid(words);
    }
    DaemonProcess daemon() const { return {config_, folder_.path()}; }
    std::set<StoredPunch> stored() const { return stored_punches(folder_.path()); }
    const std::filesystem::path& folder() const { return folder_.path(); }
    std::uint16_t admin_port() const { return admin_; }

private:
    TemporaryFolder folder_;
    std::filesystem::path config_;
    std::uint16_t admin_ = steady_port();
};

template <typename Condition>
bool await(Condition condition, std::chrono::seconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

}  // namespace

TEST_CASE("pull --terminal and import: by the running daemon, and without one") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(800));
    const Office office(terminal);
    const auto file = (office.folder() / "log.pull").string();
    const auto to_file = run_presensid({"pull", fmt::format("127.0.0.1:{}", terminal.port()), "--to", file});
    CAPTURE(to_file.output);
    CHECK(to_file.code == 0);
    CHECK(to_file.output.find("800 records of terminal " + terminal.serial()) != std::string::npos);
    CHECK(to_file.output.find('\r') == std::string::npos);  // no bar where nobody looks
    std::string expected_new = "800 new, 0 known";
    for (const bool beside_daemon : {false, true}) {
        std::unique_ptr<DaemonProcess> daemon;
        if (beside_daemon) daemon = std::make_unique<DaemonProcess>(office.folder() / "p.yaml", office.folder());
        CAPTURE(beside_daemon);
        const auto imported = office.run({"import", "--terminal", terminal.serial(), file, file});
        CAPTURE(imported.output);
        CHECK(imported.code == 0);
        CHECK(imported.output.find(expected_new) != std::string::npos);
        expected_new = "0 new, 800 known";
        CHECK(imported.output.find(expected_new) != std::string::npos);
        const auto pulled = office.run({"pull", "--terminal", terminal.serial()});
        CAPTURE(pulled.output);
        CHECK(pulled.code == 0);
        CHECK(pulled.output.find("done: 800 records, 0 new, 800 known, 0 rejected") != std::string::npos);
        CHECK(office.run({"pull", "--terminal", "TSTUNKNOWN"}).code == 1);
        write_file(office.folder() / "bad.pull", "presensi-pull 1\n{}\n");
        const auto bad =
            office.run({"import", "--terminal", terminal.serial(), (office.folder() / "bad.pull").string()});
        CHECK(bad.code == 1);
        CHECK(bad.output.find("not whole") != std::string::npos);
    }
    CHECK(office.stored() == terminal.expected());
}

TEST_CASE("pull --to: a whole file, or none") {
    ZkFaults faults;
    faults.fault = ZkFault::smaller_size;
    faults.sessions = 99;
    PulledTerminal terminal({}, {}, faults);
    terminal.machine().set_log(punches(500));
    const TemporaryFolder folder;
    const auto file = folder.path() / "log.pull";
    const auto result = run_presensid({"pull", fmt::format("127.0.0.1:{}", terminal.port()), "--to", file.string()});
    CAPTURE(result.output);
    CHECK(result.code == 1);
    CHECK(result.output.find("nothing is written: ") != std::string::npos);
    CHECK(std::filesystem::is_empty(folder.path()));
    CHECK(run_presensid({"pull", "127.0.0.1:0", "--to", file.string()}).code == 1);
    CHECK(run_presensid({"pull"}).code != 0);
    CHECK(run_presensid({"pull", "127.0.0.1"}).code != 0);
}

TEST_CASE("probe says what a machine is and the lines to paste") {
    ZkIdentity identity;
    identity.comm_key = 4711;
    PulledTerminal terminal(identity);
    terminal.machine().set_log(punches(12));
    const auto place = fmt::format("127.0.0.1:{}", terminal.port());
    const auto locked = run_presensid({"probe", place});
    CHECK(locked.code == 0);
    CHECK(locked.output.find("--comm-key-file") != std::string::npos);

    const TemporaryFolder folder;
    write_file(folder.path() / "key", "4711\n");
    const auto found = run_presensid({"probe", place, "--comm-key-file", (folder.path() / "key").string()});
    CAPTURE(found.output);
    CHECK(found.code == 0);
    for (const std::string& expected :
         {std::string("TCP: a terminal answers"), std::string("UDP: a terminal answers"),
          "serial    " + terminal.serial(), std::string("K-TEST/ID"), std::string("12 records, 40 users"),
          fmt::format("pull: {{ address: 127.0.0.1, port: {}, comm_key_file: \"{}\" }}", terminal.port(),
                      (folder.path() / "key").string())}) {
        CAPTURE(expected);
        CHECK(found.output.find(expected) != std::string::npos);
    }
    const auto nobody = run_presensid({"probe", fmt::format("127.0.0.1:{}", steady_port())});
    CHECK(nobody.code == 1);
    CHECK(nobody.output.find("Look at its menu") != std::string::npos);
}

TEST_CASE("kill -9 during a pull at an address that somebody named: enabled there, and although it was suspended") {
    ZkLine line;
    line.bytes_per_second = 20'000;
    PulledTerminal terminal({}, {}, {}, line);
    terminal.machine().set_log(punches(20'000));
    const TemporaryFolder folder;
    const auto config = folder.path() / "p.yaml";
    write_file(config,
               fmt::format("terminal_listener: {{ address: 127.0.0.1, port: 0 }}\nadmin_listener: {{ port: 0 }}\n"
                           "pull: {{ networks: [127.0.0.0/8] }}\nterminals:\n  - serial: {}\n",
                           terminal.serial()));
    {
        DaemonProcess daemon(config, folder.path());
        const auto body =
            fmt::format(R"({{"address":"127.0.0.1","port":{},"disable_while_reading":true}})", terminal.port());
        const auto path = "/api/v1/terminals/" + terminal.serial();
        REQUIRE(test::exchange(daemon.admin_port(), post_request(path + "/pulls", body)).status == 202);
        REQUIRE(await([&] { return terminal.machine().is_disabled(); }, 30s));
        const std::string patch = R"({"state":"suspended"})";
        REQUIRE(test::exchange(daemon.admin_port(),
                               fmt::format("PATCH {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                                           "application/json\r\nContent-Length: {}\r\n\r\n{}",
                                           path, patch.size(), patch))
                    .status == 200);
        daemon.signal(SIGKILL);
        daemon.wait();
    }
    CHECK(terminal.machine().is_disabled());
    const DaemonProcess again(config, folder.path());
    CHECK(await([&] { return !terminal.machine().is_disabled(); }, 90s));
}

TEST_CASE("terminals that lie or never end stay within memory") {
    for (const char* fault : {"endless-prepare", "larger-size", "larger-prefix"}) {
        CAPTURE(std::string(fault));
        ZkFaults faults;
        faults.fault = *zk_fault(fault);
        faults.sessions = 99;
        PulledTerminal terminal({}, {}, faults);
        terminal.machine().set_log(punches(5000));  // 200 kB
        const Office office(terminal);
        const DaemonProcess daemon = office.daemon();
        const auto before = daemon.resident_kib("VmHWM");
        const auto pulled = pull(daemon.admin_port(), terminal.serial());
        CAPTURE(pulled);
        CHECK(pulled.find("\"state\":\"failed\"") != std::string::npos);
        CHECK(daemon.resident_kib("VmHWM") - before < memory_factor * 16 * 1024);
        CHECK(office.stored().empty());
    }
}

TEST_CASE("kill -9 during a pull that disabled the terminal: it is enabled at the next start") {
    ZkLine line;
    line.bytes_per_second = 20'000;
    PulledTerminal terminal({}, {}, {}, line);
    terminal.machine().set_log(punches(20'000));
    const Office office(terminal, ", disable_while_reading: true");
    {
        DaemonProcess daemon = office.daemon();
        CHECK(test::exchange(office.admin_port(), post_request("/api/v1/terminals/" + terminal.serial() + "/pulls", ""))
                  .status == 202);
        REQUIRE(await([&] { return terminal.machine().is_disabled(); }, 30s));
        std::this_thread::sleep_for(300ms);  // in the middle of the log
        daemon.signal(SIGKILL);
        CHECK(daemon.wait() == 128 + SIGKILL);
    }
    CHECK(terminal.machine().is_disabled());
    DaemonProcess again = office.daemon();
    CHECK(await([&] { return !terminal.machine().is_disabled(); }, 45s));
    CHECK(office.stored().empty());
    CHECK(await([&] { return count_rows(office.folder(), "terminal_disabled WHERE enabled_at IS NULL") == 0; }, 30s));
    // A polite stop in the middle enables it, too.
    CHECK(test::exchange(office.admin_port(), post_request("/api/v1/terminals/" + terminal.serial() + "/pulls", ""))
              .status == 202);
    REQUIRE(await([&] { return terminal.machine().is_disabled(); }, 30s));
    again.signal(SIGTERM);
    CHECK(again.wait() == 0);
    CHECK_FALSE(terminal.machine().is_disabled());
    CHECK(office.stored().empty());
}
