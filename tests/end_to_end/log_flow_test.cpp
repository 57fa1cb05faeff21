// The log of the real process: nobody who does not read it holds up a terminal, nobody forges it, and it names no
// person.
#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <set>
#include <sstream>

#include "tests/end_to_end/callers.hpp"
#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* serial = "TST7240100001";

std::filesystem::path write_config(const std::filesystem::path& folder, std::uint16_t terminal_port,
                                   std::uint16_t admin_port, const std::string& more) {
    const auto file = folder / "presensi.yaml";
    write_file(file,
               fmt::format("clock: {{ send_date: always }}\nterminal_listener: {{ address: 127.0.0.1, port: {} }}\n"
                           "admin_listener: {{ address: 127.0.0.1, port: {} }}\nterminals:\n  - serial: {}\n{}",
                           terminal_port, admin_port, serial, more));
    return file;
}

// presensid with standard error in a pipe that only we read.
class Piped {
public:
    Piped(const std::filesystem::path& config, const std::filesystem::path& folder, bool full, const char* more,
          bool for_journal = false) {
        REQUIRE(pipe2(ends_, O_CLOEXEC) == 0);
        fcntl(ends_[0], F_SETFL, O_NONBLOCK);
        if (full) {
            fcntl(ends_[1], F_SETFL, O_NONBLOCK);
            const std::string filling(4096, '#');
            while (write(ends_[1], filling.data(), filling.size()) > 0) filled_ += filling.size();
            fcntl(ends_[1], F_SETFL, 0);
        }
        struct stat file {};
        REQUIRE(fstat(ends_[1], &file) == 0);
        const std::string journal = fmt::format("JOURNAL_STREAM={}:{}", file.st_dev, file.st_ino);
        const std::string state = "STATE_DIRECTORY=" + folder.string();
        const std::string path = config.string();
        pid_ = fork();
        if (pid_ != 0) {
            close(ends_[1]);
            return;
        }
        dup2(ends_[1], 2);
        const std::string program = PRESENSI_BIN_DIR "/presensid";
        const char* arguments[]{program.c_str(), "run", "--config", path.c_str(), more, nullptr};
        const char* environment[]{state.c_str(), for_journal ? journal.c_str() : nullptr, nullptr};
        execve(program.c_str(), const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
        _exit(127);
    }
    ~Piped() {
        if (pid_ > 0) kill(pid_, SIGKILL);
        if (pid_ > 0) waitpid(pid_, nullptr, 0);
        close(ends_[0]);
    }

    // What came since the last time, without what the pipe was filled with.
    const std::string& read_more() {
        std::array<char, 65536> piece{};
        for (ssize_t count = 0; (count = read(ends_[0], piece.data(), piece.size())) > 0;) {
            std::string_view text(piece.data(), static_cast<std::size_t>(count));
            const auto skipped = std::min(filled_, text.size());
            filled_ -= skipped;
            text_ += text.substr(skipped);
        }
        return text_;
    }
    void signal(int number) const { kill(pid_, number); }
    int wait() {
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    int ends_[2]{};
    pid_t pid_ = -1;
    std::size_t filled_ = 0;
    std::string text_;
};

bool serves(std::uint16_t port) {
    try {
        return http_get(port, "/healthz").status == 200;
    } catch (const std::exception&) {
        return false;
    }
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

RawResponse push_to(std::uint16_t port, const std::string& table, const std::string& body) {
    return presensi::test::exchange(
        port, post_request(fmt::format("/iclock/cdata?SN={}&table={}&Stamp=1", serial, table), body));
}

}  // namespace

TEST_CASE("F06: standard error is a full pipe, and every punch is acknowledged all the same") {
    const TemporaryFolder folder;
    const auto terminals = steady_port();
    const auto admin = steady_port();
    Piped daemon(write_config(folder.path(), terminals, admin, ""), folder.path(), true, "--debug");
    REQUIRE(await([&] { return serves(admin); }, 60s));
    // Two megabytes of log at least; one may wait.
    const std::string handshake = fmt::format(
        "GET /iclock/cdata?SN={}&options=all&pushver={} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", serial,
        std::string(250, '2'));
    RawConnection connection(terminals);
    for (int i = 0; i < 6000; ++i) {
        connection.send(handshake);
        REQUIRE(connection.receive().status == 200);
        if (i % 60 != 0) continue;
        const auto answer = push_to(terminals, "ATTLOG", fmt::format("{}\t2026-11-20 07:59:00\t0\t15\t0\n", i + 1));
        CHECK(answer.body == "OK: 1");
    }
    const auto metrics = http_get(admin, "/metrics").body;
    const auto at = metrics.find("presensi_log_lines_total{outcome=\"dropped\"} ");
    REQUIRE(at != metrics.npos);
    CHECK(std::stod(metrics.substr(at + 44)) > 100);
    SUBCASE("when somebody reads again, it says how many lines were lost") {
        REQUIRE(await([&] { return daemon.read_more().find("id=log.dropped") != std::string::npos; }, 60s));
        for (const auto& line : lines_of(daemon.read_more())) {
            CAPTURE(line);
            if (!line.empty() && line.front() != '#') CHECK(line.starts_with("time="));
        }
        daemon.signal(SIGTERM);
        CHECK(daemon.wait() == 0);
        CHECK(daemon.read_more().find("id=stop.done") != std::string::npos);
    }
    SUBCASE("it stops although nobody ever reads") {
        const auto began = std::chrono::steady_clock::now();
        daemon.signal(SIGTERM);
        CHECK(daemon.wait() == 0);
        CHECK(std::chrono::steady_clock::now() - began < 60s);
    }
}

TEST_CASE("F06: a start that fails says so, also into a pipe that nobody reads, and ends") {
    const TemporaryFolder folder;
    const auto port = steady_port();
    Piped first(write_config(folder.path(), port, steady_port(), ""), folder.path(), false, nullptr);
    REQUIRE(await([&] { return first.read_more().find("id=start.serves") != std::string::npos; }, 60s));
    const TemporaryFolder other;
    const auto config = write_config(other.path(), port, steady_port(), "");
    {
        Piped second(config, other.path(), false, nullptr);
        CHECK(second.wait() == 1);
        CHECK(second.read_more().find("id=daemon.failed") != std::string::npos);
        CHECK(second.read_more().find("cannot listen on 127.0.0.1") != std::string::npos);
    }
    Piped third(config, other.path(), true, nullptr);
    CHECK(third.wait() == 1);
}

TEST_CASE("in the journal each line has its priority") {
    const TemporaryFolder folder;
    const auto admin = steady_port();
    Piped daemon(write_config(folder.path(), steady_port(), admin, ""), folder.path(), false, nullptr, true);
    REQUIRE(await([&] { return daemon.read_more().find("id=start.serves") != std::string::npos; }, 60s));
    bool warned = false;
    for (const auto& line : lines_of(daemon.read_more())) {
        CAPTURE(line);
        CHECK(line.starts_with(line.find(" level=info ") != line.npos ? "<6>time=" : "<4>time="));
        warned = warned || line.starts_with("<4>");
    }
    CHECK(warned);  // nobody has an account
}

TEST_CASE("T11: whatever a peer sends, each line of the JSON log is one object") {
    const TemporaryFolder folder;
    const auto terminals = steady_port();
    const auto admin = steady_port();
    Piped daemon(write_config(folder.path(), terminals, admin, "log: { format: json }\n"), folder.path(), false,
                 "--debug");
    REQUIRE(await([&] { return serves(admin); }, 60s));
    const std::string controls[] = {"%0d%0a",    "\x1b[31m",     "%00",      "\x01",
                                    "%e2%80%a8", "\xe2\x80\xa8", "%ff\xff",  "\"}{\"level\":\"error\"",
                                    "\\",        "%c2%9b",       "\xc2\x9b", "%0alevel=error",
                                    "<3>"};
    for (const auto& control : controls) {
        for (const auto& target :
             {fmt::format("/iclock/cdata?SN={}{}&options=all", serial, control),
              fmt::format("/iclock/cdata?SN={}&options=all&pushver=2{}", serial, control),
              fmt::format("/iclock/{}?SN={}", control, serial), fmt::format("/iclock/{}?SN=NEW1", control),
              fmt::format("/iclock/getrequest?SN={}&INFO={},1,2", serial, control)}) {
            try {
                presensi::test::exchange(terminals, get_request(target));
            } catch (const std::exception&) {
                // Refused before it was a request: that is an answer, too.
            }
        }
        push_to(terminals, "ATTLOG", control + "\t2026-11-20 07:59:00\t0\t15\t0\nnonsense" + control + "\n");
        push_to(terminals, "options", "FWVersion=" + control + ",DeviceName=" + control);
        presensi::test::exchange(
            terminals, post_request(fmt::format("/iclock/devicecmd?SN={}", serial), "ID=1&Return=0&CMD=" + control));
        presensi::test::exchange(terminals, "POST " + control + " nonsense\r\n\r\n");
        ask(admin, "GET", "/api/v1/punches", fmt::format("Authorization: Basic {}\r\n", "x"));
    }
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    const auto lines = lines_of(daemon.read_more());
    CHECK(lines.size() > 20);
    const std::set<std::string> levels{"error", "warning", "info", "debug"};
    for (const auto& line : lines) {
        CAPTURE(line);
        boost::system::error_code broken;
        const auto object = json::parse(line, broken);
        REQUIRE_FALSE(broken);
        REQUIRE(object.is_object());
        CHECK(levels.contains(std::string(object.at("level").as_string())));
        CHECK(std::none_of(line.begin(), line.end(),
                           [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    }
}

TEST_CASE("each start says that nobody has an account, and that every terminal is let in") {
    const TemporaryFolder folder;
    const auto terminals = steady_port();
    const auto admin = steady_port();
    const auto log_of_start = [&](const std::string& more, bool then_account) {
        Piped daemon(write_config(folder.path(), terminals, admin, more), folder.path(), false, nullptr);
        REQUIRE(await([&] { return serves(admin); }, 60s));
        if (then_account) create_account(admin, "", "root", "super-admin");
        daemon.signal(SIGTERM);
        CHECK(daemon.wait() == 0);
        return daemon.read_more();
    };
    for (const bool then_account : {false, true}) {
        const std::string log = log_of_start("unknown_terminals: approve\n", then_account);
        CHECK(log.find("id=start.open") != log.npos);
        CHECK(log.find("id=start.trial") != log.npos);
    }
    const std::string log = log_of_start("", false);
    CHECK(log.find("id=start.serves") != log.npos);
    CHECK(log.find("id=start.open") == log.npos);
    CHECK(log.find("id=start.trial") == log.npos);
}

TEST_CASE("a reload tells what units_file brought, and which terminals of it nobody knows") {
    const TemporaryFolder folder;
    const auto terminals = steady_port();
    const auto admin = steady_port();
    Piped daemon(write_config(folder.path(), terminals, admin, ""), folder.path(), false, nullptr);
    REQUIRE(await([&] { return serves(admin); }, 60s));
    write_file(folder.path() / "units.yaml",
               "units:\n  - { code: dinkes, name: Dinas Kesehatan, kind: dinas, from: 2020-05-04, source: Perbup }\n"
               "assignments:\n  - { terminal: TST9, units: all, for: apel, from: 2026-01-01, source: Perbup }\n");
    write_config(folder.path(), terminals, admin, "units_file: units.yaml\n");
    daemon.signal(SIGHUP);
    const std::string& log = daemon.read_more();
    CHECK(await([&] { return daemon.read_more().find("id=reload.done") != log.npos; }, 30s));
    CHECK(log.find("id=organisation.imported") != log.npos);
    CHECK(log.find("id=organisation.unknown_terminal") != log.npos);
    CHECK(log.find("terminal=TST9") != log.npos);
}

TEST_CASE("no PIN, name, number or password comes into the log, by whatever road") {
    const TemporaryFolder folder;
    const auto terminals = steady_port();
    const auto admin = steady_port();
    Piped daemon(write_config(folder.path(), terminals, admin, ""), folder.path(), false, nullptr);
    REQUIRE(await([&] { return serves(admin); }, 60s));
    const std::string pin = "70004711";
    const std::string name = "CANARYNAME";
    const std::string secret = "CANARYSECRET";
    const std::string nip = "198501012010011001";
    push_to(terminals, "ATTLOG", fmt::format("{}\t2026-11-20 07:59:00\t0\t15\t0\n{} is {}\n", pin, pin, name));
    push_to(terminals, "ATTLOG", fmt::format("{}\t2099-11-20 07:59:00\t0\t15\t0\n", pin));
    push_to(
        terminals, "OPERLOG",
        fmt::format(
            "USER PIN={}\tName={}\tPri=0\tPasswd={}\tCard=123456789\nOPLOG 9\t{}\t2026-11-20 08:00:00\t{}\t0\t0\t0\n",
            pin, name, secret, pin, pin));
    push_to(terminals, "USERINFO", fmt::format("PIN={}\tName={}\tPasswd={}\n", pin, name, secret));
    push_to(terminals, "options", fmt::format("FWVersion=1,Owner={},CommKey={}", name, secret));
    presensi::test::exchange(
        terminals, post_request(fmt::format("/iclock/devicecmd?SN={}", serial),
                                fmt::format("ID=1&Return=0&CMD=DATA UPDATE USERINFO PIN={} Name={}", pin, name)));
    const std::string uploads = fmt::format("/api/v1/terminals/{}/uploads", serial);
    // A table without a header: its first row stands in the refusal.
    const auto refused =
        ask(admin, "POST", uploads, "", fmt::format("{},{},{}\n{},{},{}\n", pin, name, nip, pin, name, nip));
    CHECK(refused.status == 422);
    std::string many;
    for (int i = 0; i < 30; ++i) many += fmt::format("{}\t2026-11-19 07:58:{:02}\t1\t0\t1\t0\r\n", pin, i);
    ask(admin, "POST", uploads, "", many);
    ask(admin, "POST", uploads + "?confirm=1", "", many);
    ask(admin, "POST", "/api/v1/people", "", fmt::format("nip,nama\n{},{}\nx{},{}\n", nip, name, nip, name));
    ask(admin, "GET", fmt::format("/api/v1/people?q={}", name));
    ask(admin, "GET", fmt::format("/api/v1/punches?pin={}", pin));
    ask(admin, "GET", fmt::format("/api/v1/punches?{}={}", name, pin));
    CHECK(presensi::test::http_patch(admin, fmt::format("/api/v1/terminals/{}", serial),
                                     fmt::format(R"({{"name":"Kantor","reason":"for {} {}"}})", name, nip))
              .status == 200);
    create_account(admin, "", "root", "super-admin");
    ask(admin, "GET", fmt::format("/api/v1/people?q={}", name), basic(secret, secret));
    ask(admin, "GET", "/api/v1/me", basic("root", secret));
    ask(admin, "GET", "/api/v1/me", bearer(secret));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    const std::string log = daemon.read_more();
    CHECK(log.find("id=intake.rejects") != log.npos);
    CHECK(log.find("id=upload.refused") != log.npos);
    CHECK(log.find("id=terminal.changed") != log.npos);
    CHECK(log.find("id=access.login_failed") != log.npos);
    for (const auto& canary : {pin, name, secret, nip, std::string("123456789"), std::string(password)}) {
        CAPTURE(canary);
        const auto at = log.find(canary);
        const std::string around = at == log.npos ? "" : log.substr(log.rfind('\n', at) + 1, 400);
        CAPTURE(around);
        CHECK(at == log.npos);
    }
}
