// The executable as an operator meets it.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi::test;

namespace {

const std::string small =
    "terminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { port: 0 }\nterminals:\n  - serial: TST1\n";

}  // namespace

TEST_CASE("check-config: settings and 0, or every mistake with its place and 1") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "presensi.yaml";
    write_file(file, small);
    const auto good = run_presensid({"check-config", "--config", file.string()});
    CHECK(good.code == 0);
    CHECK(good.output.find("Asia/Makassar") != std::string::npos);

    write_file(file, "time_zone: Asia/Makasar\nterminal_listner: {}\nadmin_listener: { port: 70000 }\n");
    const auto bad = run_presensid({"check-config", "--config", file.string()});
    CHECK(bad.code == 1);
    for (const char* expected :
         {"presensi.yaml:1:12: time_zone: ", "Asia/Makassar",
          "presensi.yaml:2:1: terminal_listner: ", "terminal_listener", "presensi.yaml:3:25: admin_listener.port: "}) {
        CAPTURE(expected);
        CHECK(bad.output.find(expected) != std::string::npos);
    }
    CHECK(run_presensid({"run", "--config", file.string()}).code == 1);
    CHECK(run_presensid({"check-config", "--config", (folder.path() / "none.yaml").string()}).code == 1);
}

TEST_CASE("version, help, and a wrong word") {
    CHECK(run_presensid({"version"}).output.starts_with("presensid "));
    CHECK(run_presensid({"--help"}).code == 0);
    CHECK(run_presensid({"wrong"}).code != 0);
    CHECK(run_presensid({}).code != 0);
}

TEST_CASE("a second daemon on the same database refuses with a sentence, so does a taken port") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "presensi.yaml";
    write_file(file, small);
    DaemonProcess first(file, folder.path());
    std::string message;
    try {
        DaemonProcess second(file, folder.path());
    } catch (const std::runtime_error& error) {
        message = error.what();
    }
    CHECK(message.find("ended with 1") != std::string::npos);
    CHECK(message.find("in use by") != std::string::npos);

    const TemporaryFolder other;
    const auto port = std::to_string(first.terminal_port());
    write_file(other.path() / "presensi.yaml",
               "terminal_listener: { address: 127.0.0.1, port: " + port + " }\nadmin_listener: { port: 0 }\n");
    message.clear();
    try {
        DaemonProcess third(other.path() / "presensi.yaml", other.path());
    } catch (const std::runtime_error& error) {
        message = error.what();
    }
    CHECK(message.find("terminal_listener cannot listen on 127.0.0.1 port " + port) != std::string::npos);
}

TEST_CASE("migrate creates the schema and is repeatable") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "presensi.yaml";
    write_file(file, small);
    for (int i = 0; i < 2; ++i) CHECK(run_presensid({"migrate", "--config", file.string()}).code == 0);
    CHECK(std::filesystem::exists(folder.path() / "presensi.db"));
}

TEST_CASE("doctor says what is wrong and what to do, beside a running daemon too") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "presensi.yaml";
    write_file(file, "time_zone: WITA\n");
    const auto wrong = run_presensid({"doctor", "--config", file.string()});
    CHECK(wrong.code == 1);
    CHECK(wrong.output.find("[!!] Konfigurasi salah. Perbaiki: ") != std::string::npos);
    CHECK(wrong.output.find("presensi.yaml:1:12: time_zone: ") != std::string::npos);

    write_file(file, small);
    const auto before = run_presensid({"doctor", "--config", file.string()});
    CHECK(before.code == 1);
    CHECK(before.output.find("[ok] Konfigurasi ") != std::string::npos);
    CHECK(before.output.find("TIDAK berjalan") != std::string::npos);
    CHECK(before.output.find("belum ada") != std::string::npos);

    std::uint16_t terminal_port = 0;
    std::uint16_t admin_port = 0;
    {
        const DaemonProcess finder(file, folder.path());
        terminal_port = finder.terminal_port();
        admin_port = finder.admin_port();
    }
    write_file(file, "terminal_listener: { address: 127.0.0.1, port: " + std::to_string(terminal_port) +
                         " }\nadmin_listener: { port: " + std::to_string(admin_port) +
                         " }\nterminals:\n  - serial: TST1\n  - { serial: TST2, portable: true }\n");
    DaemonProcess daemon(file, folder.path());
    exchange(daemon.terminal_port(), get_request("/iclock/ping?SN=UNKNOWN7"));
    const auto during = run_presensid({"doctor", "--config", file.string(), "--lang", "en"});
    CHECK(during.output.find("presensid is running") != std::string::npos);
    CHECK(during.output.find("Terminal TST1 has never called") != std::string::npos);
    CHECK(during.output.find("TST2") == std::string::npos);
    CHECK(during.output.find("can be read, schema ") != std::string::npos);
    CHECK(during.output.find("[--] This store (SQLite) is for trials") != std::string::npos);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    const auto after = run_presensid({"doctor", "--config", file.string(), "--lang", "en"});
    CHECK(after.output.find("UNKNOWN7 at 127.0.0.1 waits for approval") != std::string::npos);
}
