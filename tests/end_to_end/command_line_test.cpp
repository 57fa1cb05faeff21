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

TEST_CASE("card: a page to print for a terminal, with what the file and the store say of it") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "presensi.yaml";
    const auto card = folder.path() / "card.html";
    write_file(file, small);
    const auto print = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words{"card", "--config", file.string()};
        words.insert(words.end(), more.begin(), more.end());
        return run_presensid(words);
    };
    const auto unreachable = print({"TST1"});
    CHECK(unreachable.code == 1);
    CHECK(unreachable.output.find("terminal_listener.address is 127.0.0.1, which no terminal can reach") !=
          std::string::npos);
    const auto strange = print({"TST 1", "--address", "10.20.0.5"});
    CHECK(strange.code == 1);
    CHECK(strange.output.find("'TST 1' is no serial number") != std::string::npos);

    const auto to_screen = print({"TST1", "--address", "10.20.0.5"});
    CHECK(to_screen.code == 0);
    CHECK(to_screen.output.starts_with("<!doctype html>"));
    CHECK(to_screen.output.find("10.20.0.5") != std::string::npos);
    CHECK(to_screen.output.find("lang=\"id\"") != std::string::npos);

    DaemonProcess daemon(file, folder.path());
    CHECK(http_patch(daemon.admin_port(), "/api/v1/terminals/TST1", R"({"name":"Lobi <b>"})").status == 200);
    const auto to_file = print({"TST1", "--address", "10.20.0.5", "--lang", "en", "--to", card.string()});
    CHECK(to_file.code == 0);
    CHECK(to_file.output.find("open it in a browser and print it") != std::string::npos);
    const std::string page = read_file(card);
    CHECK(page.find("Lobi &lt;b&gt;") != std::string::npos);
    CHECK(page.find("lang=\"en\"") != std::string::npos);
    CHECK(print({"TST1", "--address", "10.20.0.5", "--to", (folder.path() / "none" / "card.html").string()}).code == 1);
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
