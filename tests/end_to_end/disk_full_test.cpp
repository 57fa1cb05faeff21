// F03: the disk of the state folder is full.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

bool may_mount(const SmallDisk& disk) {
    if (disk.mounted()) return true;
    MESSAGE("SKIPPED: a small disk needs the right to mount (" << disk.problem() << "); run as root");
    return false;
}

std::string upload(int pin) {
    return post_request("/iclock/cdata?SN=TST1&table=ATTLOG&Stamp=1",
                        fmt::format("{}\t2026-11-20 07:58:30\t0\t1\n", pin));
}

template <typename Question>
bool within_30_s(const Question& is_so) {
    for (int i = 0; i < 300; ++i) {
        if (is_so()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
}

}  // namespace

TEST_CASE("F03 the disk is full: 503 and no OK, an alarm, and by itself again once there is room") {
    const SmallDisk disk("size=8m");
    if (!may_mount(disk)) return;
    RunningApp app(RunningApp::settings(disk.path(), {"TST1"}));
    const auto push = [&](int pin) { return exchange(app.terminal_port(), upload(pin)); };
    const auto status = [&] { return http_get(app.admin_port(), "/api/v1/status").body; };
    int pin = 0;
    std::set<int> acknowledged;
    for (; pin < 100; ++pin) {
        REQUIRE(push(pin).body == "OK: 1");
        acknowledged.insert(pin);
    }
    for (int outage = 0; outage < 2; ++outage) {
        CAPTURE(outage);
        disk.fill();
        bool refused = false;
        for (int tries = 0; tries < 2000 && !refused; ++tries, ++pin) {
            const auto answer = push(pin);
            if (answer.body == "OK: 1") {
                acknowledged.insert(pin);  // what there was still room for
            } else {
                CHECK(answer.status == 503);
                CHECK(answer.body == "ERROR\n");
                refused = true;
            }
        }
        REQUIRE(refused);
        CHECK(status().find("store_unavailable") != std::string::npos);
        CHECK(http_get(app.admin_port(), "/readyz").status == 503);
        CHECK(exchange(app.terminal_port(), get_request("/iclock/ping?SN=TST1")).body == "OK");
        CHECK(http_get(app.admin_port(), "/api/v1/punches?limit=1").status == 200);
        disk.make_room();
        CHECK(within_30_s([&] { return http_get(app.admin_port(), "/readyz").status == 200; }));
        CHECK(status().find("store_unavailable") == std::string::npos);
        REQUIRE(push(pin).body == "OK: 1");
        acknowledged.insert(pin++);
    }
    app.stop();
    std::set<int> stored;
    for (const auto& text : stored_texts(disk.path(), "SELECT pin FROM punch")) stored.insert(std::stoi(text));
    for (const int one : acknowledged) CHECK(stored.contains(one));
    CHECK(stored_texts(disk.path(), "PRAGMA integrity_check") == std::vector<std::string>{"ok"});
}

TEST_CASE("F03 the disk is full at the start: a sentence, and the next start works") {
    const SmallDisk disk("size=2m");
    if (!may_mount(disk)) return;
    const TemporaryFolder elsewhere;
    write_file(elsewhere.path() / "presensi.yaml",
               "terminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { port: 0 }\n"
               "terminals: [{ serial: TST1 }]\n");
    const auto config = elsewhere.path() / "presensi.yaml";
    disk.fill();
    const auto start = [&] {
        setenv("STATE_DIRECTORY", disk.path().c_str(), 1);
        const auto result = run_presensid({"migrate", "--config", config.string()});
        unsetenv("STATE_DIRECTORY");
        return result;
    };
    const auto refused = start();
    CHECK(refused.code == 1);
    CHECK(refused.output.find("presensid: ") != std::string::npos);
    disk.make_room();
    CHECK(start().code == 0);
}

TEST_CASE("F03 no inode is left for the store's files: as with a full disk") {
    const SmallDisk disk("size=8m,nr_inodes=8");
    if (!may_mount(disk)) return;
    RunningApp app(RunningApp::settings(disk.path(), {"TST1"}));
    for (int i = 0; i < 16; ++i) {
        const int file = ::open((disk.path() / std::to_string(i)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (file >= 0) ::close(file);
    }
    // Its files are there already, so punches go on.
    for (int pin = 0; pin < 50; ++pin) CHECK(exchange(app.terminal_port(), upload(pin)).body == "OK: 1");
    // An upload needs a file of its own.
    std::string file;
    while (file.size() < 400'000) file += fmt::format("{}\t2026-11-20 07:00:00\t1\t0\t1\t0\r\n", file.size());
    CHECK(exchange(app.admin_port(), post_request("/api/v1/terminals/TST1/uploads", file)).status == 503);
    for (int i = 0; i < 16; ++i) ::unlink((disk.path() / std::to_string(i)).c_str());
    CHECK(exchange(app.admin_port(), post_request("/api/v1/terminals/TST1/uploads", file)).status == 201);
}

TEST_CASE("F03 a file that finds no room on the disk is refused whole, punches go on, and it is taken later") {
    const SmallDisk disk("size=24m");
    if (!may_mount(disk)) return;
    RunningApp app(RunningApp::settings(disk.path(), {"TST1"}));
    std::string file;
    for (int i = 0; file.size() < 4'000'000; ++i)
        file += fmt::format("{}\t2026-{:02}-20 07:{:02}:00\t1\t0\t1\t0\r\n", i, 1 + i % 11, i % 60);
    const auto bring = [&] {
        return exchange(app.admin_port(), post_request("/api/v1/terminals/TST1/uploads?dry_run=1", file)).status;
    };
    CHECK(bring() == 200);
    // Room for some commits, not for the file.
    disk.fill();
    REQUIRE(::truncate((disk.path() / "filler").c_str(),
                       static_cast<off_t>(std::filesystem::file_size(disk.path() / "filler") - 1'500'000)) == 0);
    CHECK(bring() == 503);
    for (int pin = 0; pin < 20; ++pin) CHECK(exchange(app.terminal_port(), upload(pin)).body == "OK: 1");
    CHECK(http_get(app.admin_port(), "/api/v1/status").body.find("\"bodies_in_flight\":0") != std::string::npos);
    disk.make_room();
    CHECK(bring() == 200);
}
