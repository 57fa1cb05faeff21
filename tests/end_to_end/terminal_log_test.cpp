// What a terminal tells of itself: events, users, facts.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "tests/protocol/captures.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

constexpr const char* serial = "TST7240100001";

RawResponse send(const RunningApp& app, const std::string& table, const std::string& body,
                 const std::string& stamp = "9999") {
    return exchange(app.terminal_port(),
                    post_request(fmt::format("/iclock/cdata?SN={}&table={}&Stamp={}", serial, table, stamp), body));
}

boost::json::object ask(const RunningApp& app, const std::string& path) {
    const auto response = http_get(app.admin_port(), "/api/v1/terminals/" + (serial + path));
    REQUIRE(response.status == 200);
    return boost::json::parse(response.body).as_object();
}

}  // namespace

TEST_CASE("events and users of a terminal are stored once and shown, newest first") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(send(app, "OPERLOG", capture("38-")).body == "OK: 6");
    CHECK(send(app, "OPERLOG", "OPLOG 21\t9\t2026-11-20 07:58:30\t0\t0\t0\t0\n").body == "OK: 1");
    const auto deliveries = count_rows(state.path(), "delivery");
    CHECK(deliveries == 2);

    const auto terminal = ask(app, "");
    const auto& events = terminal.at("events").as_array();
    REQUIRE(events.size() == 6);
    CHECK(events[0].at("kind").as_string() == "clock_set");
    CHECK(events[0].at("operation").as_int64() == 21);
    CHECK(events[0].at("operator").as_string() == "9");
    CHECK(events[0].at("device_time").as_string() == "2026-11-20T07:58:30");
    CHECK(events[0].at("received_at").as_string().starts_with("2026-11-20T00:00:00"));
    CHECK(events[5].at("kind").as_string() == "menu_entered");
    CHECK(terminal.at("known_users").as_int64() == 1);
    CHECK(
        http_get(app.admin_port(), "/api/v1/deliveries/" + std::string(events[0].at("delivery").as_string())).status ==
        200);

    // Sent again, whole, split and mixed: nothing new.
    CHECK(send(app, "OPERLOG", capture("38-")).body == "OK: 6");
    CHECK(send(app, "OPERLOG", "OPLOG 4\t3\t2026-06-25 16:27:43\t3\t0\t0\t0\n").body == "OK: 1");
    CHECK(send(app, "OPERLOG",
               "OPLOG 21\t9\t2026-11-20 07:58:30\t0\t0\t0\t0\nUSER PIN=4\tName=Delta\tPri=0\tPasswd=1\tCard=\n")
              .body == "OK: 2");
    CHECK(count_rows(state.path(), "terminal_event") == 6);
    CHECK(count_rows(state.path(), "delivery") == deliveries);

    const auto page = ask(app, "/events?limit=2&before=" + std::string(events[1].at("id").as_string()));
    REQUIRE(page.at("events").as_array().size() == 2);
    CHECK(page.at("events").as_array()[0] == events[2]);
    CHECK(http_get(app.admin_port(), fmt::format("/api/v1/terminals/{}/events?before=x", serial)).status == 400);
    CHECK(http_get(app.admin_port(), "/api/v1/terminals/NOBODY/events").status == 404);
}

TEST_CASE("a whole history in one upload is stored once, and its stamp with it") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    std::string history;
    for (int i = 0; i < 1200; ++i) {
        fmt::format_to(std::back_inserter(history), "OPLOG 4\t{}\t2026-11-20 07:{:02}:{:02}\t0\n", i % 7, i / 60 % 60,
                       i % 60);
        fmt::format_to(std::back_inserter(history), "USER PIN={}\tName=N{}\n", i % 300, i);
    }
    for (int i = 0; i < 2; ++i) {
        CHECK(send(app, "OPERLOG", history, "77").body == "OK: 2400");
        CHECK(count_rows(state.path(), "terminal_event") == 1200);
        CHECK(count_rows(state.path(), "terminal_user") == 300);
        CHECK(count_rows(state.path(), "delivery") == 1);
    }
    CHECK(stored_texts(state.path(), "SELECT name FROM terminal_user WHERE pin_key = '7'") ==
          std::vector<std::string>{"N907"});
    CHECK(stored_texts(state.path(), "SELECT stamp FROM terminal_stamp") == std::vector<std::string>{"77"});
    const auto newest = ask(app, "/events?limit=1").at("events").as_array();
    CHECK(newest[0].at("device_time").as_string() == "2026-11-20T07:19:59");
}

TEST_CASE("users: the latest name counts, and nothing secret is kept") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(send(app, "OPERLOG", "USER PIN=0042\tName=Ani\tPri=0\tPasswd=4711\tCard=[12345678]\n").body == "OK: 1");
    CHECK(send(app, "USERINFO", "USER PIN=42\tName=Ani B\tPri=14\tPasswd=4711\n").status == 200);
    CHECK(stored_texts(state.path(), "SELECT pin || '|' || name FROM terminal_user") ==
          std::vector<std::string>{"42|Ani B"});
    CHECK(ask(app, "").at("known_users").as_int64() == 1);
    for (const auto& text : all_texts(state.path())) {
        CHECK(text.find("4711") == std::string::npos);
        CHECK(text.find("12345678") == std::string::npos);
    }
}

TEST_CASE(
    "an unreadable line of the operation log is a reject and blocks nobody, another kind of line keeps the upload") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(send(app, "OPERLOG", "OPLOG 4\t0\t2026-13-20 07:58:30\t1\nOPLOG 4\t0\t2026-11-20 07:58:30\t1\n").body ==
          "OK: 2");
    CHECK(count_rows(state.path(), "terminal_event") == 1);
    CHECK(count_rows(state.path(), "reject") == 1);
    CHECK(count_rows(state.path(), "delivery") == 1);
    for (int i = 0; i < 2; ++i) {
        CHECK(send(app, "OPERLOG", "WORKCODE PIN=1\tCODE=2\tNAME=x\n").body == "OK: 1");
        CHECK(count_rows(state.path(), "delivery") == 2);
    }
}

TEST_CASE("the stamp of the operation log moves with its events and comes back in the handshake") {
    const TemporaryFolder state;
    {
        RunningApp app(RunningApp::settings(state.path(), {serial}));
        CHECK(send(app, "OPERLOG", "OPLOG 4\t0\t2026-11-20 07:58:30\t1\n", "1234").body == "OK: 1");
        const auto options =
            exchange(app.terminal_port(), get_request(fmt::format("/iclock/cdata?SN={}&options=all", serial)));
        CHECK(options.body.find("OPERLOGStamp=1234\n") != std::string::npos);
    }
    RunningApp again(RunningApp::settings(state.path(), {serial}));
    const auto options =
        exchange(again.terminal_port(), get_request(fmt::format("/iclock/cdata?SN={}&options=all", serial)));
    CHECK(options.body.find("OPERLOGStamp=1234\n") != std::string::npos);
}

TEST_CASE("the stamp of the operation log stays where times are impossible, the events are kept") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(send(app, "OPERLOG", "OPLOG 4\t0\t2026-11-20 07:58:30\t1\n", "1234").body == "OK: 1");
    CHECK(send(app, "OPERLOG", "OPLOG 21\t0\t2099-01-01 00:00:00\t1\n", "4070908800").body == "OK: 1");
    CHECK(send(app, "OPERLOG", "OPLOG 4\t0\t2026-31-20 07:58:31\t1\n", "5678").body == "OK: 1");
    const auto options =
        exchange(app.terminal_port(), get_request(fmt::format("/iclock/cdata?SN={}&options=all", serial)));
    CHECK(options.body.find("OPERLOGStamp=1234\n") != std::string::npos);
    CHECK(ask(app, "").at("events").as_array().size() == 2);
}

TEST_CASE("facts come from polls and options, survive a restart, and hold no secret") {
    const TemporaryFolder state;
    {
        RunningApp app(RunningApp::settings(state.path(), {serial}));
        exchange(
            app.terminal_port(),
            get_request(fmt::format("/iclock/getrequest?SN={}&INFO=ZAM70-NF24HA-Ver3.3.12,27,73,283,192.0.2.201,13,40,"
                                    "12,3,11110,0,25,0",
                                    serial)));
        CHECK(
            send(app, "options", "~OEMVendor=ZKTECO CO., LTD.,~MaxAttLogCount=10,FaceFunOn=1,authKey=4711,ComPwd=815\n")
                .status == 200);
        const auto terminal = ask(app, "");
        const auto& facts = terminal.at("facts").as_object();
        CHECK(facts.at("ip_address").as_string() == "192.0.2.201");
        CHECK(facts.at("fingerprints").as_string() == "73");
        CHECK(facts.at("faces").as_string() == "3");
        CHECK(facts.at("face_algorithm").as_string() == "40");
        CHECK(facts.at("functions").as_string() == "11110");
        CHECK(facts.at("vendor").as_string() == "ZKTECO CO., LTD.");
        CHECK(facts.at("max_records_ten_thousands").as_string() == "10");
        CHECK(facts.at("reads_faces").as_string() == "1");
        CHECK(terminal.at("users").as_int64() == 27);
        for (const auto& [name, value] : facts) CHECK(value.as_string().find("4711") == std::string::npos);
    }
    RunningApp again(RunningApp::settings(state.path(), {serial}));
    CHECK(ask(again, "").at("facts").as_object().at("vendor").as_string() == "ZKTECO CO., LTD.");
}
