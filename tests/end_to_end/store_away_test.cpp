// A store that cannot write: later, never a false OK, and back by itself.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <sqlite3.h>

#include <thread>

#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;

TEST_CASE("while the database is locked uploads hear 503 without OK, polls go on, and it comes back by itself") {
    constexpr const char* serial = "TST7240100001";
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string upload = post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial),
                                            "1\t2026-11-20 07:58:30\t0\t1\n");

    sqlite3* intruder = nullptr;
    REQUIRE(sqlite3_open((state.path() / "presensi.db").c_str(), &intruder) == SQLITE_OK);
    REQUIRE(sqlite3_exec(intruder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
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
    REQUIRE(sqlite3_exec(intruder, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(intruder);

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
    sqlite3* intruder = nullptr;
    REQUIRE(sqlite3_open((state.path() / "presensi.db").c_str(), &intruder) == SQLITE_OK);
    REQUIRE(sqlite3_exec(intruder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    int suspended = 0;
    int renamed = 0;
    std::thread first([&] { suspended = http_patch(app.admin_port(), target, R"({"state":"suspended"})").status; });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::thread second([&] { renamed = http_patch(app.admin_port(), target, R"({"name":"Apel IV"})").status; });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    REQUIRE(sqlite3_exec(intruder, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(intruder);
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

TEST_CASE("while the store is away the log says which path was asked, and not the query with its names") {
    const TemporaryFolder state;
    const auto file = state.path() / "presensi.yaml";
    write_file(file,
               "storage: { sqlite: { path: presensi.db } }\nterminal_listener: { address: 127.0.0.1, port: 0 }\n"
               "admin_listener: { port: 0 }\n");
    const DaemonProcess daemon(file, state.path());
    sqlite3* intruder = nullptr;
    REQUIRE(sqlite3_open((state.path() / "presensi.db").c_str(), &intruder) == SQLITE_OK);
    REQUIRE(sqlite3_exec(intruder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    const auto refused = exchange(daemon.admin_port(),
                                  post_request("/api/v1/units?dry_run=1",
                                               "units:\n  - { code: a, name: Dinas A, kind: dinas, from: 2020-05-04, "
                                               "source: Perbup }\n"));
    CHECK(refused.status == 503);
    REQUIRE(sqlite3_exec(intruder, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(intruder);
    // Lines are written beside what they tell of.
    const auto says_path = [&] { return daemon.log().find("path=/api/v1/units ") != std::string::npos; };
    for (int tries = 0; tries < 300 && !says_path(); ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(says_path());
    CHECK(daemon.log().find("dry_run") == std::string::npos);
}
