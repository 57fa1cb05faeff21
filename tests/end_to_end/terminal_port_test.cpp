// What real terminals and hostile peers say to the terminal listener.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

constexpr const char* serial = "TST7240100001";
const std::string punch = "42\t2026-11-20 07:58:30\t0\t1\n";

struct Case {
    const char* name;
    std::string request;
    int status;
    std::string body;
};

void check_all(RunningApp& app, const std::vector<Case>& cases) {
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const RawResponse response = exchange(app.terminal_port(), c.request);
        CHECK(response.status == c.status);
        CHECK(response.body == c.body);
    }
}

}  // namespace

TEST_CASE("the forms of a target that terminals use") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string query = fmt::format("?SN={}", serial);
    check_all(
        app,
        {
            {"aspx", get_request("/iclock/ping.aspx" + query), 200, "OK"},
            {"php", get_request("/iclock/getrequest.php" + query), 200, "OK"},
            {"doubled prefix", get_request("/iclock/iclock/getrequest" + query), 200, "OK"},
            {"no prefix", get_request("/getrequest" + query), 200, "OK"},
            {"trailing slash", get_request("/iclock/getrequest/" + query), 200, "OK"},
            {"upper case", get_request("/ICLOCK/GetRequest" + query), 200, "OK"},
            {"absolute form", get_request("http://192.0.2.1:9/iclock/getrequest" + query), 200, "OK"},
            {"key in lower case", get_request(fmt::format("/iclock/getrequest?sn={}", serial)), 200, "OK"},
            {"raw space", get_request(fmt::format("/iclock/getrequest?SN={}&INFO=Ver 8.0.4.7,1,2,3", serial)), 200,
             "OK"},
            {"missing &", post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG Stamp=9999", serial), punch), 200,
             "OK: 1"},
            {"table in lower case", post_request(fmt::format("/iclock/cdata?SN={}&table=attlog", serial), punch), 200,
             "OK: 1"},
            {"no table, Stamp", post_request(fmt::format("/iclock/cdata?SN={}&Stamp=5", serial), punch), 200, "OK: 1"},
            {"no table, nothing", post_request("/iclock/cdata" + query, punch), 200, "OK: 1"},
            {"edata", post_request("/iclock/edata" + query + "&table=ATTLOG", punch), 200, "OK: 1"},
            {"no table, OpStamp",
             post_request(fmt::format("/iclock/cdata?SN={}&OpStamp=5", serial),
                          "OPLOG 0\t0\t2026-11-20 07:00:00\t0\t0\t0\t0\n"),
             200, "OK: 1"},
            {"command result at cdata", post_request("/iclock/cdata" + query, "ID=1&Return=0&CMD=CHECK\n"), 200, "OK"},
            {"photo by fdata",
             post_request("/iclock/fdata" + query + "&PIN=20260105-1.jpg&PhotoStamp=1",
                          std::string("PIN=20260105-1.jpg\nCMD=uploadphoto\0\xff\xd8", 36)),
             200, "OK"},
            {"unknown table", post_request("/iclock/cdata" + query + "&table=NEWTHING", "a\nb\n"), 200, "OK: 2"},
            {"GET with empty body on an upload path", get_request("/iclock/cdata" + query + "&table=ATTLOG&Stamp=1"),
             200, "OK"},
            {"POST without lines, ATTLOG", post_request("/iclock/cdata" + query + "&table=ATTLOG", ""), 200, "OK: 0"},
            {"POST without lines, OPERLOG", post_request("/iclock/cdata" + query + "&table=OPERLOG", "\r\n"), 200,
             "OK: 1"},
            {"travelling employee", get_request("/iclock/cdata" + query + "&table=RemoteAtt&PIN=1"), 200, "NONE"},
            {"background verification", post_request("/iclock/cdata" + query + "&type=PostVerifyData", "x"), 404,
             "NOT FOUND\n"},
            {"scrambled", post_request("/iclock/cdata" + query + "&table=ATTLOG", std::string("LZO1\x10\0\0\0abc", 11)),
             500, "ERROR\n"},
            {"firmware file", get_request("/iclock/file" + query), 404, "NOT FOUND\n"},
            {"nothing administrative here", get_request("/api/v1/status" + query), 404, "NOT FOUND\n"},
            {"health is not here", get_request("/healthz" + query), 404, "NOT FOUND\n"},
            {"exchange", post_request("/iclock/exchange" + query + "&type=publickey", "x"), 200, "OK"},
        });
    // After /exchange the handshake announces a version without encryption.
    const auto block =
        exchange(app.terminal_port(), get_request("/iclock/cdata" + query + "&options=all&pushver=2.4.1")).body;
    CHECK(block.find("\nPushProtVer=2.2.14\n") != std::string::npos);
    CHECK(count_rows(state.path(), "punch") == 1);
}

TEST_CASE("who is not approved hears neither OK nor options, whatever it asks") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial, "SUSPENDED1", "RETIRED1"});
    RunningApp app(settings);
    CHECK(http_patch(app.admin_port(), "/api/v1/terminals/SUSPENDED1", R"({"state":"suspended"})").status == 200);
    CHECK(http_patch(app.admin_port(), "/api/v1/terminals/RETIRED1", R"({"state":"retired"})").status == 200);
    for (const char* who : {"?SN=UNKNOWN1", "?SN=SUSPENDED1", "?SN=RETIRED1", "", "?SN=", "?SN=bad%20serial",
                            "?SN=a%0d%0ab", "?SN=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
        const std::string q = *who == '\0' ? "?x=1" : who;
        check_all(app,
                  {
                      {who, get_request("/iclock/cdata" + q + "&options=all&pushver=2.4.1"), 403, "UNKNOWN DEVICE\n"},
                      {who, post_request("/iclock/cdata" + q + "&table=ATTLOG", punch), 403, "UNKNOWN DEVICE\n"},
                      {who, get_request("/iclock/getrequest" + q), 403, "UNKNOWN DEVICE\n"},
                      {who, post_request("/iclock/devicecmd" + q, "ID=1&Return=0&CMD=CHECK"), 403, "UNKNOWN DEVICE\n"},
                      {who, post_request("/iclock/registry" + q, "x"), 403, "UNKNOWN DEVICE\n"},
                      {who, get_request("/iclock/ping" + q), 403, "UNKNOWN DEVICE\n"},
                      {who, get_request("/whatever" + q), 403, "UNKNOWN DEVICE\n"},
                  });
    }
    CHECK(count_rows(state.path(), "delivery") == 0);

    // Approved later, it continues by itself; the unknown one left one row.
    CHECK(http_patch(app.admin_port(), "/api/v1/terminals/UNKNOWN1", R"({"state":"approved"})").status == 200);
    CHECK(exchange(app.terminal_port(), post_request("/iclock/cdata?SN=UNKNOWN1&table=ATTLOG", punch)).body == "OK: 1");
    // The serial in the body, when the target has none.
    CHECK(exchange(app.terminal_port(), post_request("/iclock/devicecmd", "ID=1\nSN=UNKNOWN1\nReturn=0\nCMD=Shell\n"))
              .body == "OK");
}

TEST_CASE("unknown_terminals: approve takes everyone, for trials, but not who was suspended") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path());
    settings.unknown_terminals = config::UnknownTerminals::approve;
    RunningApp app(settings);
    CHECK(exchange(app.terminal_port(), post_request("/iclock/cdata?SN=TRIAL1&table=ATTLOG", punch)).body == "OK: 1");
    CHECK(http_patch(app.admin_port(), "/api/v1/terminals/TRIAL1", R"({"state":"suspended"})").status == 200);
    CHECK(exchange(app.terminal_port(), get_request("/iclock/ping?SN=TRIAL1")).status == 403);
}

TEST_CASE("unknown_terminals: approve also takes, and stores, who was only seen before") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path());
    {
        RunningApp app(settings);
        CHECK(exchange(app.terminal_port(), get_request("/iclock/ping?SN=TRIAL1")).status == 403);
    }
    settings.unknown_terminals = config::UnknownTerminals::approve;
    RunningApp app(settings);
    CHECK(exchange(app.terminal_port(), post_request("/iclock/cdata?SN=TRIAL1&table=ATTLOG", punch)).body == "OK: 1");
    CHECK(stored_texts(state.path(), "SELECT state FROM terminal") == std::vector<std::string>{"approved"});
}

TEST_CASE("a terminal with networks is heard only from there") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial, "TST2"});
    settings.terminals[0].networks.push_back(*config::Network::decode("10.20.0.0/16"));
    settings.terminals[1].networks.push_back(*config::Network::decode("127.0.0.0/8"));
    RunningApp app(settings);
    CHECK(exchange(app.terminal_port(), post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG", serial), punch))
              .status == 403);
    CHECK(exchange(app.terminal_port(), post_request("/iclock/cdata?SN=TST2&table=ATTLOG", punch)).body == "OK: 1");
}

TEST_CASE("the ACC dialect is refused so that no pointer moves") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string q = fmt::format("?SN={}", serial);
    const std::string row =
        "time=2026-11-20 "
        "08:02:11\tpin=445966\tcardno=0\teventaddr=1\tevent=3\tinoutstatus=0\tverifytype=1\tindex=41\r\n";
    check_all(
        app,
        {
            {"hello", get_request("/iclock/cdata" + q + "&options=all&pushver=3.1.2&DeviceType=acc"), 200, "OK"},
            {"registry", post_request("/iclock/registry" + q, "DeviceType=acc"), 406, "NOT ACCEPTABLE\n"},
            {"push", post_request("/iclock/push" + q, ""), 404, "NOT FOUND\n"},
            {"push by GET", get_request("/iclock/push" + q), 404, "NOT FOUND\n"},
            {"rtdata", get_request("/iclock/rtdata" + q + "&type=time"), 404, "NOT FOUND\n"},
            {"rtlog", post_request("/iclock/cdata" + q + "&table=rtlog", row), 503, "ERROR\n"},
            {"rtstate", post_request("/iclock/cdata" + q + "&table=rtstate", "time=2026-11-20 08:02:11\tsensor=00\n"),
             503, "ERROR\n"},
            {"tabledata",
             post_request("/iclock/cdata" + q + "&table=tabledata&tablename=user&count=1", "user uid=1\tpin=1\n"), 503,
             "ERROR\n"},
            {"querydata",
             post_request("/iclock/querydata" + q + "&type=tabledata&tablename=transaction&count=1",
                          "transaction pin=1\n"),
             503, "ERROR\n"},
        });
    CHECK(count_rows(state.path(), "delivery") == 0);
    const auto status = boost::json::parse(http_get(app.admin_port(), "/api/v1/status").body);
    const auto& alarms = status.at("alarms").as_array();
    REQUIRE(alarms.size() == 1);
    CHECK(alarms[0].at("id") == "access_dialect");
    CHECK(alarms[0].at("terminal") == serial);
}

TEST_CASE("keep-alive only for HTTP/1.1 that says so") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const struct {
        const char* name;
        const char* version;
        const char* header;
        const char* answer;
    } cases[] = {
        {"1.1 silent", "HTTP/1.1", "", "close"},
        {"1.1 close", "HTTP/1.1", "Connection: close\r\n", "close"},
        {"1.1 keep-alive", "HTTP/1.1", "Connection: keep-alive\r\n", "keep-alive"},
        {"1.1 Keep-Alive", "HTTP/1.1", "Connection: Keep-Alive\r\n", "keep-alive"},
        {"1.1 starting", "HTTP/1.1", "Connection: starting\r\n", "close"},
        {"1.0 silent", "HTTP/1.0", "", "close"},
        {"1.0 keep-alive", "HTTP/1.0", "Connection: keep-alive\r\n", "close"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        RawConnection connection(app.terminal_port());
        connection.send(fmt::format("GET /iclock/ping?SN={} {}\r\nHost: h\r\n{}\r\n", serial, c.version, c.header));
        const auto response = connection.receive();
        CHECK(response.body == "OK");
        CHECK(response.header("Connection") == c.answer);
        if (std::string(c.answer) == "close") CHECK(connection.receive_to_end().empty());
    }
    // Through a proxy: many requests of several terminals on one connection, two of them sent at once.
    RawConnection connection(app.terminal_port());
    for (int i = 0; i < 20; ++i) {
        const std::string body = fmt::format("{}\t2026-11-20 07:58:30\t0\t1\n", i);
        const std::string request = fmt::format(
            "POST /iclock/cdata?SN={}&table=ATTLOG HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n"
            "Content-Length: {}\r\n\r\n{}",
            serial, body.size(), body);
        connection.send(request +
                        fmt::format("GET /iclock/ping?SN={} HTTP/1.1\r\nConnection: keep-alive\r\n\r\n", serial));
        CHECK(connection.receive().body == "OK: 1");
        CHECK(connection.receive().body == "OK");
    }
    CHECK(count_rows(state.path(), "punch") == 20);
}

TEST_CASE("framing: chunked is read, everything doubtful is refused without OK") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string start = fmt::format("POST /iclock/cdata?SN={}&table=ATTLOG HTTP/1.1\r\nHost: h\r\n", serial);
    const std::string body = "7\t2026-11-20 07:58:30\t0\t1\n";
    CHECK(exchange(app.terminal_port(),
                   start + fmt::format("Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                                       body.substr(0, 5), body.size() - 5, body.substr(5)))
              .body == "OK: 1");
    const struct {
        const char* name;
        std::string request;
    } bad[] = {
        {"no length", start + "\r\n" + body},
        {"length and chunked", start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"two lengths", start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + body},
        {"length is no number", start + "Content-Length: abc\r\n\r\n" + body},
        {"negative length", start + "Content-Length: -1\r\n\r\n" + body},
        {"chunk is no number", start + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + body},
        {"not HTTP", "hello there\r\n\r\n"},
        {"binary", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n\r\n\r\n", 17)},
        {"header name with a space", start + "Content Length: 5\r\n\r\n" + body},
    };
    for (const auto& c : bad) {
        CAPTURE(c.name);
        const auto response = exchange(app.terminal_port(), c.request);
        CHECK(response.status == 400);
        CHECK(response.body == "BAD REQUEST\n");
    }
    CHECK(exchange(app.terminal_port(), "GET /iclock/ping?SN=" + std::string(9000, 'x') + " HTTP/1.1\r\n\r\n").status ==
          431);
    CHECK(exchange(app.terminal_port(), std::string(9000, 'x')).status == 431);
    CHECK(exchange(app.terminal_port(), start + "X: " + std::string(9000, 'x') + "\r\n\r\n").status == 431);
    CHECK(exchange(app.terminal_port(), "\r\n\r\n" + get_request(fmt::format("/iclock/ping?SN={}", serial))).body ==
          "OK");
    CHECK(count_rows(state.path(), "punch") == 1);
}

TEST_CASE("a body over the limit is 413, names the terminal in an alarm, and the next upload clears it") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.limits.body = 100'000;
    RunningApp app(settings);
    const std::string target = fmt::format("/iclock/cdata?SN={}&table=ATTLOG", serial);
    const auto alarm = [&] { return http_get(app.admin_port(), "/api/v1/status").body; };
    const auto response = exchange(app.terminal_port(), post_request(target, std::string(100'001, 'x')));
    CHECK(response.status == 413);
    CHECK(response.body == "PAYLOAD TOO LARGE\n");
    CHECK(alarm().find("body_too_large") != std::string::npos);
    CHECK(alarm().find(serial) != std::string::npos);
    const std::string chunked = fmt::format("POST {} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", target);
    CHECK(exchange(app.terminal_port(), chunked + "186a1\r\n" + std::string(100'001, 'x') + "\r\n0\r\n\r\n").status ==
          413);
    CHECK(exchange(app.terminal_port(), post_request(target, punch)).body == "OK: 1");
    CHECK(alarm().find("body_too_large") == std::string::npos);
}

TEST_CASE("over bodies_in_flight the answer is 503 and the terminal may come again") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.limits.bodies_in_flight = 200'000;
    settings.limits.body = 200'000;
    RunningApp app(settings);
    const std::string head = fmt::format(
        "POST /iclock/cdata?SN={}&table=ATTLOG HTTP/1.1\r\nHost: h\r\nContent-Length: 150000\r\n\r\n", serial);
    RawConnection slow(app.terminal_port());
    slow.send(head + std::string(149'999, '\n'));
    for (int i = 0; i < 1000 && http_get(app.admin_port(), "/api/v1/status").body.find("\"bodies_in_flight\":149999") ==
                                    std::string::npos;
         ++i)
        usleep(10'000);
    const auto refused = exchange(app.terminal_port(), head + std::string(150'000, '\n'));
    CHECK(refused.status == 503);
    CHECK(refused.body == "ERROR\n");
    slow.send("\n");
    CHECK(slow.receive().body == "OK: 0");
    CHECK(exchange(app.terminal_port(), head + std::string(150'000, '\n')).body == "OK: 0");
}

TEST_CASE("Date is sent while our clock may be trusted") {
    const struct {
        config::SendDate when;
        bool synchronised;
        bool sent;
    } cases[] = {{config::SendDate::always, false, true},
                 {config::SendDate::always, true, true},
                 {config::SendDate::never, true, false},
                 {config::SendDate::automatic, true, true},
                 {config::SendDate::automatic, false, false}};
    for (const auto& c : cases) {
        CAPTURE(static_cast<int>(c.when));
        CAPTURE(c.synchronised);
        const TemporaryFolder state;
        auto settings = RunningApp::settings(state.path(), {serial});
        settings.send_date = c.when;
        RunningApp app(settings, "2026-11-20T00:00:00Z");
        app.set_synchronised(c.synchronised);
        // Looked at every second.
        std::string date = "?";
        for (int i = 0; i < 400; ++i) {
            date = exchange(app.terminal_port(), get_request(fmt::format("/iclock/ping?SN={}", serial))).header("Date");
            if (date.empty() != c.sent) break;
            usleep(10'000);
        }
        CHECK(date == (c.sent ? "Fri, 20 Nov 2026 00:00:00 GMT" : ""));
    }
}
