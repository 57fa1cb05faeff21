// What the round trip from a line to the feed keeps, and what counts once.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

constexpr const char* serial = "TST7240100001";
const std::string attlog = fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial);

json::array punches(const RunningApp& app, const std::string& query = "") {
    app.settle();
    const auto response = http_get(app.admin_port(), "/api/v1/punches" + query);
    REQUIRE(response.status == 200);
    return json::parse(response.body).at("punches").as_array();
}

std::string push(RunningApp& app, const std::string& body, const std::string& target = attlog) {
    return exchange(app.terminal_port(), post_request(target, body)).body;
}

std::string handshake(RunningApp& app, const std::string& extra = "&pushver=2.4.1") {
    return exchange(app.terminal_port(), get_request(fmt::format("/iclock/cdata?SN={}&options=all{}", serial, extra)))
        .body;
}

std::string line_of(const std::string& block, const std::string& key) {
    const auto at = block.find("\n" + key + "=");
    if (at == std::string::npos) return "absent";
    return block.substr(at + key.size() + 2, block.find('\n', at + 1) - at - key.size() - 2);
}

}  // namespace

TEST_CASE("07:59:30 WITA is 23:59:30Z of the day before") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}), "2026-11-19T23:59:32Z");
    CHECK(push(app, "0042\t2026-11-20 07:59:30\t0\t1\t\t0\t0\n") == "OK: 1");
    const auto list = punches(app);
    REQUIRE(list.size() == 1);
    const auto& punch = list[0].as_object();
    CHECK(punch.at("terminal") == serial);
    CHECK(punch.at("device_time") == "2026-11-20T07:59:30");
    CHECK(punch.at("zone") == "Asia/Makassar");
    CHECK(punch.at("punched_at") == "2026-11-19T23:59:30Z");
    CHECK(punch.at("received_at") == "2026-11-19T23:59:32.000Z");
    CHECK(punch.at("grade") == "live");
    CHECK(punch.at("counted") == true);
    CHECK(punch.at("work_code").is_null());
    CHECK(punch.at("person").is_null());
    CHECK(json::serialize(punch.at("roads")) == R"(["push"])");
}

TEST_CASE("PINs and states survive the round trip") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const struct {
        const char* name;
        const char* pin;
        const char* state;   // as sent
        const char* stored;  // as JSON
    } cases[] = {
        {"leading zeros", "0007", "0", "0"},
        {"letters", "A12", "1", "1"},
        {"underscore", "5_4968", "2", "2"},
        {"18 digits", "198504122010011003", "3", "3"},
        {"break", "8", "4", "4"},
        {"overtime", "9", "5", "5"},
        {"no state key", "10", "255", "255"},
        {"none", "11", "", "null"},
        {"comma", "1,2", "0", "0"},
        {"hyphen", "a-b", "0", "0"},
    };
    std::string body;
    for (const auto& c : cases) body += fmt::format("{}\t2026-11-20 07:58:30\t{}\t15\t0\n", c.pin, c.state);
    CHECK(push(app, body) == fmt::format("OK: {}", std::size(cases)));
    const auto list = punches(app);
    REQUIRE(list.size() == std::size(cases));
    for (std::size_t i = 0; i < list.size(); ++i) {
        CAPTURE(cases[i].name);
        CHECK(list[i].at("pin") == cases[i].pin);
        CHECK(json::serialize(list[i].at("state")) == cases[i].stored);
        CHECK(list[i].at("verify") == 15);
    }
    CHECK(punches(app, "?pin=7").size() == 1);  // found by its key
}

TEST_CASE("0042, 42 and 000000042 at one instant are one punch, another terminal's is another") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial, "TST7240100002"}));
    CHECK(push(app, "0042\t2026-11-20 07:58:30\t0\t1\n42\t2026-11-20 07:58:30\t0\t1\n") == "OK: 2");
    CHECK(push(app, "000000042\t2026-11-20 07:58:30\t0\t1\n") == "OK: 1");
    CHECK(push(app, "42\t2026-11-20 07:58:31\t0\t1\n") == "OK: 1");
    CHECK(push(app, "42\t2026-11-20 07:58:30\t0\t1\n", "/iclock/cdata?SN=TST7240100002&table=ATTLOG&Stamp=1") ==
          "OK: 1");
    const auto list = punches(app);
    REQUIRE(list.size() == 3);
    CHECK(list[0].at("pin") == "0042");
    CHECK(count_rows(state.path(), "sighting") == 0);
}

TEST_CASE("the same instant with another state is a sighting, not a second punch, re-sent it stores nothing") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    for (int i = 0; i < 3; ++i) {
        CHECK(push(app, "42\t2026-11-20 07:58:30\t0\t1\n") == "OK: 1");
        CHECK(push(app, "42\t2026-11-20 07:58:30\t1\t1\n") == "OK: 1");
    }
    CHECK(count_rows(state.path(), "punch") == 1);
    CHECK(count_rows(state.path(), "sighting") == 1);
    CHECK(count_rows(state.path(), "delivery") == 2);
}

TEST_CASE("a far-future punch is stored, suspect, and moves no stamp") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const auto with_stamp = [](const char* stamp) {
        return fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp={}", serial, stamp);
    };
    CHECK(line_of(handshake(app), "ATTLOGStamp") == "None");
    CHECK(line_of(handshake(app), "Stamp") == "0");
    CHECK(push(app, "42\t2026-11-20 07:58:30\t0\t1\n", with_stamp("845882310")) == "OK: 1");
    CHECK(line_of(handshake(app), "ATTLOGStamp") == "845882310");
    CHECK(line_of(handshake(app), "Stamp") == "845882310");

    CHECK(push(app, "42\t2099-01-01 07:00:00\t0\t1\n43\t2026-11-20 07:59:00\t0\t1\n", with_stamp("3182000000")) ==
          "OK: 2");
    CHECK(line_of(handshake(app), "ATTLOGStamp") == "845882310");
    const auto list = punches(app);
    REQUIRE(list.size() == 3);
    CHECK(list[1].at("grade") == "suspect");
    CHECK(list[1].at("counted") == false);
    CHECK(list[1].at("device_time") == "2099-01-01T07:00:00");
    CHECK(list[2].at("grade") == "live");

    // Old clients take the stamp for the time of the newest record, also of one that nobody can read.
    CHECK(push(app, "42\t2079-13-01 07:00:00\t0\t1\n", with_stamp("2500000000")) == "OK: 1");
    CHECK(push(app, "42\t2026-11-20 08:00:00\t0\t1\n42\t2079-13-02 07:00:00\t0\t1\n", with_stamp("2500000001")) ==
          "OK: 2");
    CHECK(line_of(handshake(app), "Stamp") == "845882310");
    CHECK(push(app, "42\t2026-11-20 08:00:01\t0\t1\nno punch\n", with_stamp("845882400")) == "OK: 2");
    CHECK(line_of(handshake(app), "Stamp") == "845882400");
}

TEST_CASE("a PIN may begin like a scrambled upload") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(push(app, "LZO1\t2026-11-20 07:58:30\t0\t1\n5\t2026-11-20 07:58:31\t0\t1\n") == "OK: 2");
    CHECK(push(app, std::string("LZO1\x40\x1f\0\0\x13", 9)) == "ERROR\n");
}

TEST_CASE("what was made while nobody had approved the terminal is late, not late_online") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {}), "2026-11-20T00:00:00Z");
    const std::string poll = fmt::format("/iclock/getrequest?SN={}", serial);
    for (const char* now : {"2026-11-20T00:00:00Z", "2026-11-20T00:04:00Z", "2026-11-20T00:08:00Z"}) {
        app.set_now(now);
        CHECK(exchange(app.terminal_port(), get_request(poll)).status == 403);
    }
    CHECK(http_patch(app.admin_port(), fmt::format("/api/v1/terminals/{}", serial), R"({"state":"approved"})").status ==
          200);
    app.set_now("2026-11-20T00:10:00Z");
    CHECK(push(app, "42\t2026-11-20 08:03:00\t0\t1\n") == "OK: 1");  // seven minutes ago, WITA
    const auto list = punches(app);
    REQUIRE(list.size() == 1);
    CHECK(list[0].at("grade") == "late");
}

TEST_CASE("stamps: per table, of live uploads only, and they outlive a restart") {
    const TemporaryFolder state;
    const auto settings = RunningApp::settings(state.path(), {serial});
    {
        RunningApp app(settings);
        push(app, "42\t2026-11-20 07:58:30\t0\t1\n", fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=100", serial));
        push(app, "OPLOG 4\t0\t2026-11-20 07:40:01\t0\t0\t0\t0\n",
             fmt::format("/iclock/cdata?SN={}&table=OPERLOG&OpStamp=200", serial));
        // An answer to a query, a stamp that is none, a duplicate with a newer stamp.
        push(app, "43\t2026-11-20 07:58:30\t0\t1\n",
             fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=1&CmdId=7", serial));
        push(app, "44\t2026-11-20 07:58:30\t0\t1\n",
             fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=a%0Ab", serial));
        CHECK(line_of(handshake(app), "ATTLOGStamp") == "100");
        push(app, "42\t2026-11-20 07:58:30\t0\t1\n", fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=101", serial));
        CHECK(line_of(handshake(app), "ATTLOGStamp") == "101");
    }
    RunningApp app(settings);
    const auto block = handshake(app);
    CHECK(line_of(block, "ATTLOGStamp") == "101");
    CHECK(line_of(block, "OPERLOGStamp") == "200");
    CHECK(line_of(block, "OpStamp") == "200");
    CHECK(block.ends_with("UserCount,TransactionCount\n"));
    CHECK(handshake(app, "&pushver=2.0.1").ends_with("MaxPostSize=1048576\n"));
    CHECK(line_of(block, "TimeZone") == "8");
}

TEST_CASE("content that a store could refuse never fails a batch") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    using namespace std::string_literals;
    const std::string body = "1\t2026-11-20 07:00:01\t0\t1\tA\0B\n"s +             // NUL in the work code
                             "2\t2026-11-20 07:00:02\t0\t1\t\xff\xfe\n" +          // not UTF-8
                             "3\t2026-11-20 07:00:03\t0\t1\t\xd5\xc5\xce\xb0\n" +  // GB18030
                             "4\0\t2026-11-20 07:00:04\t0\t1\n"s +                 // NUL in the PIN
                             "\xd5\xc5\t2026-11-20 07:00:05\t0\t1\n" + "6\t2026-11-20 07:00:06\t0\t1\n";
    CHECK(push(app, body) == "OK: 6");
    const auto list = punches(app);
    REQUIRE(list.size() == 4);
    CHECK(list[0].at("work_code") == "A\\x00B");
    CHECK(list[1].at("work_code") == "\\xFF\\xFE");
    CHECK(list[3].at("pin") == "6");
    const auto rejects = json::parse(http_get(app.admin_port(), "/api/v1/rejects").body).at("rejects").as_array();
    REQUIRE(rejects.size() == 2);
    CHECK(rejects[0].at("reason") == "bad_pin");
    CHECK(rejects[0].at("line") == 4);
    CHECK(rejects[0].at("text").as_string().starts_with("4\\x00"));

    // A Chinese name in an operation log is archived as it came.
    CHECK(push(app, "USER PIN=7\tName=\xd5\xc5\xce\xb0\tPri=0\tPasswd=\tCard=\n",
               fmt::format("/iclock/cdata?SN={}&table=OPERLOG&Stamp=9999", serial)) == "OK: 1");
}

TEST_CASE("an over-long line becomes a reject and never blocks its body") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string body =
        "1\t2026-11-20 07:00:01\t0\t1\n" + std::string(100'000, '!') + "\n2\t2026-11-20 07:00:02\t0\t1\n";
    CHECK(push(app, body) == "OK: 3");
    CHECK(punches(app).size() == 2);
    const auto rejects = json::parse(http_get(app.admin_port(), "/api/v1/rejects").body).at("rejects").as_array();
    REQUIRE(rejects.size() == 1);
    CHECK(rejects[0].at("reason") == "line_too_long");
    CHECK(rejects[0].at("length") == 100'000);
}

TEST_CASE("batches of duplicates only and of unreadable lines only are answered with their lines") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string good = "1\t2026-11-20 07:00:01\t0\t1\n2\t2026-11-20 07:00:02\t0\t1\n";
    const std::string bad = "this is no punch\nnor is\tthis\n\t2026-11-20 07:00:02\n";
    for (int i = 0; i < 3; ++i) {
        CHECK(push(app, good) == "OK: 2");
        CHECK(push(app, bad) == "OK: 3");
    }
    const auto& database = state.path();
    CHECK(count_rows(database, "punch") == 2);
    CHECK(count_rows(database, "reject") == 3);
    CHECK(count_rows(database, "delivery") == 2);
}
