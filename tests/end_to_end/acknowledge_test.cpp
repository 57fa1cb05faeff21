// Between the head of an upload and its OK: what ends it, what the terminal hears, and that nothing of it is stored
// (docs/acknowledge.md).
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

constexpr const char* serial = "TST7240100001";
constexpr const char* target = "/iclock/cdata?SN=TST7240100001&table=ATTLOG";
const std::string punch = "42\t2026-11-20 07:58:30\t0\t1\n";

std::string head(std::string_view more) { return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\n{}\r\n", target, more); }

std::string status_of(const RunningApp& app) { return http_get(app.admin_port(), "/api/v1/status").body; }

// Until so many bytes of bodies have been read.
bool await_bytes(const RunningApp& app, std::size_t bytes) {
    for (int i = 0; i < 3000; ++i) {
        if (status_of(app).find(fmt::format("\"bodies_in_flight\":{}", bytes)) != std::string::npos) return true;
        usleep(10'000);
    }
    return false;
}

}  // namespace

TEST_CASE("a terminal that is suspended while its body is on its way hears no OK, and nothing of it is stored") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const auto set = [&](const char* to) {
        const auto change = fmt::format(R"({{"state":"{}"}})", to);
        return http_patch(app.admin_port(), fmt::format("/api/v1/terminals/{}", serial), change).status;
    };
    RawConnection terminal(app.terminal_port());
    terminal.send(head(fmt::format("Content-Length: {}\r\n", punch.size())) + punch.substr(0, 10));
    REQUIRE(await_bytes(app, 10));
    REQUIRE(set("suspended") == 200);
    terminal.send(punch.substr(10));
    const auto answer = terminal.receive();
    CHECK(answer.status == 403);
    CHECK(answer.body == "UNKNOWN DEVICE\n");
    CHECK(count_rows(state.path(), "punch") == 0);
    REQUIRE(set("approved") == 200);
    CHECK(exchange(app.terminal_port(), post_request(target, punch)).body == "OK: 1");
}

TEST_CASE("more lines than any terminal sends are 413 and an alarm, and nothing of them is stored") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    std::string lines;
    for (int i = 0; i < 1'000'001; ++i) lines += "1\n";
    const auto answer = exchange(app.terminal_port(), post_request(target, lines));
    CHECK(answer.status == 413);
    CHECK(answer.body == "PAYLOAD TOO LARGE\n");
    CHECK(status_of(app).find("body_too_large") != std::string::npos);
    CHECK(count_rows(state.path(), "reject") == 0);
    CHECK(exchange(app.terminal_port(), post_request(target, punch)).body == "OK: 1");
    CHECK(status_of(app).find("body_too_large") == std::string::npos);
}

TEST_CASE("who has not said who it is may send results of commands and no more") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const auto answer_to = [&](std::size_t size) {
        std::string results = fmt::format("SN={}\nID=1\nReturn=0\nCMD=CHECK\n", serial);
        results.resize(size, '\n');
        return exchange(app.terminal_port(), post_request("/iclock/devicecmd", results));
    };
    CHECK(answer_to(16 * 1024).body == "OK");
    const auto refused = answer_to(16 * 1024 + 1);
    CHECK(refused.status == 413);
    CHECK(refused.body == "PAYLOAD TOO LARGE\n");
}

TEST_CASE("who asks whether to go on is told so, and who leaves instead has sent nothing") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string asks = head(fmt::format("Content-Length: {}\r\nExpect: 100-continue\r\n", punch.size()));
    for (int i = 0; i < 20; ++i) {
        RawConnection leaves(app.terminal_port());
        leaves.send(asks);
        const linger at_once{1, 0};
        setsockopt(leaves.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    CHECK(count_rows(state.path(), "delivery") == 0);
    RawConnection goes_on(app.terminal_port());
    goes_on.send(asks);
    CHECK(goes_on.receive().status == 100);
    goes_on.send(punch);
    CHECK(goes_on.receive().body == "OK: 1");
}

TEST_CASE("a body in chunks: too much altogether is 413, a line of a chunk that never ends is 400, nothing is stored") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.limits.body = 100'000;
    RunningApp app(settings);
    const std::string start = head("Transfer-Encoding: chunked\r\n");
    std::string line = punch;
    line.resize(50'000, '\n');
    const std::string chunk = fmt::format("{:x}\r\n{}\r\n", line.size(), line);
    const struct {
        const char* name;
        std::string body;
        int status;
    } cases[] = {{"as much as there may be", chunk + chunk + "0\r\n\r\n", 200},
                 {"too much", chunk + chunk + "1\r\nx\r\n0\r\n\r\n", 413},
                 {"a size of 9,000 digits", chunk + std::string(9000, '0'), 400},
                 {"a field of 9,000 bytes behind it", chunk + "0\r\nX: " + std::string(9000, 'x'), 400},
                 {"cut behind a chunk", chunk, 0}};
    for (const auto& c : cases) {
        CAPTURE(c.name);
        RawConnection terminal(app.terminal_port());
        terminal.send(start + c.body);
        terminal.end_of_sending();
        const auto answer = terminal.receive();
        CHECK(answer.status == c.status);
        CHECK((answer.body.find("OK") != std::string::npos) == (c.status == 200));
    }
    CHECK(count_rows(state.path(), "punch") == 1);
    CHECK(count_rows(state.path(), "delivery") == 1);
}

TEST_CASE("a body that finds no more room half-way is 503, nothing of it is stored, and who came first is taken") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.limits.body = 200'000;
    settings.limits.bodies_in_flight = 200'000;
    RunningApp app(settings);
    std::string history = punch;
    history.resize(150'000, '\n');
    const std::string whole = head(fmt::format("Content-Length: {}\r\n", history.size())) + history;
    const auto all_but = [&](std::size_t bytes) { return std::string_view(whole).substr(0, whole.size() - bytes); };
    RawConnection first(app.terminal_port());
    first.send(all_but(60'000));
    REQUIRE(await_bytes(app, 90'000));
    // There is room for its beginning.
    RawConnection second(app.terminal_port());
    second.send(whole);
    const auto refused = second.receive();
    CHECK(refused.status == 503);
    CHECK(refused.body == "ERROR\n");
    REQUIRE(await_bytes(app, 90'000));
    CHECK(count_rows(state.path(), "delivery") == 0);
    first.send(std::string_view(whole).substr(whole.size() - 60'000));
    CHECK(first.receive().body == "OK: 1");
    CHECK(exchange(app.terminal_port(), whole).body == "OK: 1");
    CHECK(count_rows(state.path(), "punch") == 1);
}

TEST_CASE("an OK that nobody hears stands all the same, and the upload again is known") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string upload = post_request(target, punch);
    {
        RawConnection terminal(app.terminal_port());
        terminal.send(upload);
        const linger at_once{1, 0};
        setsockopt(terminal.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        // What it sent is read even though it is gone.
        for (int i = 0; i < 3000 && count_rows(state.path(), "punch") == 0; ++i) usleep(10'000);
    }
    CHECK(exchange(app.terminal_port(), upload).body == "OK: 1");
    CHECK(count_rows(state.path(), "punch") == 1);
    CHECK(count_rows(state.path(), "delivery") == 1);
}
