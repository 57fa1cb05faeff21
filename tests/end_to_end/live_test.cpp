// GET /api/v1/live: what changes, to those who may see it, for as long as they may.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/callers.hpp"
#include "tests/support/event_stream.hpp"
#include "tests/support/running_app.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;
namespace json = boost::json;
using Steady = std::chrono::steady_clock;

namespace {

constexpr const char* live = "/api/v1/live";

std::string push(RunningApp& app, const std::string& serial, const std::string& body) {
    return exchange(app.terminal_port(),
                    post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial), body))
        .body;
}

std::set<std::string> serials_in(const json::object& event) {
    std::set<std::string> serials;
    for (const auto& terminal : event.at("terminals").as_array()) serials.emplace(terminal.at("serial").as_string());
    return serials;
}

// That terminal in an event; null: it is not in it.
const json::object* terminal_in(const json::object& event, std::string_view serial) {
    for (const auto& terminal : event.at("terminals").as_array()) {
        if (terminal.at("serial").as_string() == serial) return &terminal.get_object();
    }
    return nullptr;
}

// The next event with that terminal in it, as it then is.
json::object next_about(EventStream& stream, std::string_view serial) {
    for (int events = 0; events < 100; ++events) {
        auto event = stream.next();
        REQUIRE(event);
        if (terminal_in(*event, serial) != nullptr) return *event;
    }
    FAIL("nothing changes about " << serial);
    return {};
}

// The event in which that terminal has so many punches.
json::object until_punches(EventStream& stream, std::string_view serial, std::int64_t punches) {
    for (;;) {
        json::object event = next_about(stream, serial);
        if (terminal_in(event, serial)->at("counts").at("punches") == punches) return event;
    }
}

// Whether the stream ends within that time.
bool ends_within(EventStream& stream, std::chrono::seconds time) {
    const auto until = Steady::now() + time;
    while (Steady::now() < until) {
        if (stream.next_block().empty()) return Steady::now() < until;
    }
    return false;
}

config::Settings office(const std::filesystem::path& folder) {
    config::Settings settings = RunningApp::settings(folder, {"A1", "UNITB1", "APEL1"});
    settings.terminals[0].unit = "dinas-a";
    settings.terminals[1].unit = "dinas-b";
    settings.terminals[2].unit = "dinas-a";
    settings.terminals[2].role = config::TerminalRole::apel;
    return settings;
}

using Serials = std::set<std::string>;

}  // namespace

TEST_CASE("live: everything at once, then only what changed, within seconds") {
    const TemporaryFolder state;
    config::Settings settings = office(state.path());
    settings.send_date = config::SendDate::automatic;  // so that an unsynchronised clock is an alarm
    RunningApp app(settings, "2026-11-20T00:00:30Z");
    push(app, "A1", "1\t2026-11-20 07:58:30\t0\t1\n2\t2026-11-20 07:58:31\t0\t1\n");
    EventStream stream(app.admin_port(), live);
    REQUIRE(stream.status() == 200);
    CHECK(stream.head().find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(stream.head().find("Cache-Control: no-store\r\n") != std::string::npos);
    const auto first = stream.next();
    REQUIRE(first);
    CHECK(first->at("whole") == true);
    CHECK(first->at("now") == "2026-11-20T00:00:30.000Z");
    CHECK(first->at("zone") == "Asia/Makassar");
    CHECK(first->at("ready") == true);
    CHECK(first->at("version") == PRESENSI_VERSION);
    CHECK(first->at("counts").at("punches") == 2);
    CHECK(first->at("store").at("state") == "available");
    CHECK(first->at("alarms").is_array());
    CHECK(serials_in(*first) == Serials{"A1", "APEL1", "UNITB1"});
    const auto& minutes = first->at("per_minute").as_array();
    REQUIRE(minutes.size() == 60);
    CHECK(minutes[59] == 2);
    CHECK(minutes[58] == 0);
    CHECK(first->at("last_minute") == 2);

    // What the store tells of today comes with it or soon after.
    json::value today = terminal_in(*first, "A1")->at("today");
    while (today.is_null()) {
        const auto event = next_about(stream, "A1");
        today = terminal_in(event, "A1")->at("today");
    }
    CHECK(today == 2);

    app.set_now("2026-11-20T00:00:40Z");
    const auto pushed = Steady::now();
    push(app, "UNITB1", "1\t2026-11-20 07:59:30\t0\t1\n");
    const auto second = next_about(stream, "UNITB1");
    CHECK(Steady::now() - pushed < 10s);
    CHECK(second.at("whole") == false);
    CHECK(serials_in(second) == Serials{"UNITB1"});
    CHECK(second.at("terminals").at(0).at("last_punch") == "2026-11-20T07:59:30");
    CHECK(second.at("counts").at("punches") == 3);
    CHECK(second.at("last_minute") == 3);
    CHECK_FALSE(second.contains("per_minute"));
    for (auto event = second; terminal_in(event, "UNITB1")->at("today") != 1;) event = next_about(stream, "UNITB1");

    // A new minute brings the hour again, and an alarm all that stand.
    app.set_now("2026-11-20T00:01:10Z");
    app.set_synchronised(false);
    bool has_hour = false;
    bool has_alarm = false;
    for (int events = 0; events < 20 && !(has_hour && has_alarm); ++events) {
        const auto event = stream.next();
        REQUIRE(event);
        if (const auto* hour = event->if_contains("per_minute")) {
            has_hour = true;
            CHECK(hour->at(58) == 3);
            CHECK(hour->at(59) == 0);
        }
        if (const auto* alarms = event->if_contains("alarms")) has_alarm = has_alarm || !alarms->as_array().empty();
    }
    CHECK(has_hour);
    CHECK(has_alarm);

    // A change by a person is seen as soon as one of a terminal.
    http_patch(app.admin_port(), "/api/v1/terminals/A1", R"({"state":"suspended","name":"Apel <b>IV</b>"})");
    const auto changed = next_about(stream, "A1");
    CHECK(terminal_in(changed, "A1")->at("state") == "suspended");
    CHECK(terminal_in(changed, "A1")->at("name") == "Apel <b>IV</b>");
}

TEST_CASE("live: a sign of life while nothing changes") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"A1"}));
    EventStream stream(app.admin_port(), live);
    REQUIRE(stream.next());
    bool is_alive = false;
    for (int blocks = 0; blocks < 10 && !is_alive; ++blocks) {
        const auto since = Steady::now();
        is_alive = stream.next_block() == ": still there\n\n";
        if (is_alive) CHECK(Steady::now() - since > 10s);
    }
    CHECK(is_alive);
}

TEST_CASE("live: only what the viewer may see, and all of it anew when that changes") {
    const TemporaryFolder state;
    RunningApp app(office(state.path()), "2026-11-20T00:00:00Z");
    const auto port = app.admin_port();
    create_account(port, "", "root", "super-admin");
    const std::string root = basic("root", password);
    const std::string admin = bearer(create_token(port, root, "admin-a", "admin", {"dinas-a"}));
    for (const char* serial : {"A1", "UNITB1", "APEL1"}) push(app, serial, "7\t2031-01-01 07:00:00\t0\t1\n");
    EventStream whole(port, live, root);
    EventStream narrow(port, live, admin);
    const auto of_whole = whole.next();
    const auto of_narrow = narrow.next();
    REQUIRE(of_whole);
    REQUIRE(of_narrow);
    CHECK(serials_in(*of_whole) == Serials{"A1", "APEL1", "UNITB1"});
    CHECK(serials_in(*of_narrow) == Serials{"A1"});
    CHECK(json::serialize(of_whole->at("alarms")).find("UNITB1") != std::string::npos);
    CHECK(json::serialize(of_narrow->at("alarms")).find("A1") != std::string::npos);
    CHECK(json::serialize(of_narrow->at("alarms")).find("UNITB1") == std::string::npos);
    CHECK(json::serialize(of_narrow->at("alarms")).find("APEL1") == std::string::npos);

    app.set_now("2026-11-20T00:00:05Z");
    for (const char* serial : {"UNITB1", "APEL1"}) push(app, serial, "8\t2026-11-20 07:00:00\t0\t1\n");
    until_punches(whole, "UNITB1", 2);
    push(app, "A1", "8\t2026-11-20 07:00:00\t0\t1\n");
    for (std::int64_t punches = 0; punches != 2;) {
        const auto event = narrow.next();
        REQUIRE(event);
        CHECK_FALSE(serials_in(*event).contains("UNITB1"));
        CHECK_FALSE(serials_in(*event).contains("APEL1"));
        if (const auto* terminal = terminal_in(*event, "A1")) {
            punches = terminal->at("counts").at("punches").to_number<std::int64_t>();
        }
    }

    // Another unit's terminal becomes theirs, and theirs another's.
    CHECK(ask(port, "PATCH", "/api/v1/terminals/UNITB1", root, R"({"unit":"dinas-a"})").status == 200);
    CHECK(ask(port, "PATCH", "/api/v1/terminals/A1", root, R"({"unit":"dinas-b"})").status == 200);
    Serials now;
    for (int events = 0; events < 20 && now != Serials{"UNITB1"}; ++events) {
        const auto event = narrow.next();
        REQUIRE(event);
        if (event->at("whole") == true) now = serials_in(*event);
    }
    CHECK(now == Serials{"UNITB1"});
}

TEST_CASE("live: ends within ten seconds of a revocation, a log-out, or the first account") {
    const TemporaryFolder state;
    RunningApp app(office(state.path()), "2026-11-20T00:00:00Z");
    const auto port = app.admin_port();
    EventStream anonymous(port, live);
    REQUIRE(anonymous.next());
    create_account(port, "", "root", "super-admin");
    CHECK(ends_within(anonymous, 10s));

    const std::string root = basic("root", password);
    create_account(port, root, "adi", "reader");
    const auto in =
        ask(port, "POST", "/api/v1/session", "", fmt::format(R"({{"name":"adi","password":"{}"}})", password));
    REQUIRE(in.status == 200);
    const std::string given = in.header("Set-Cookie");
    const std::string cookie = "Cookie: " + given.substr(0, given.find(';')) + "\r\n";
    const std::string token = bearer(create_token(port, root, "wall", "reader"));
    EventStream by_session(port, live, cookie);
    EventStream by_password(port, live, basic("adi", password));
    EventStream by_token(port, live, token);
    EventStream of_root(port, live, root);
    for (auto* stream : {&by_session, &by_password, &by_token, &of_root}) REQUIRE(stream->next());
    CHECK(ask(port, "DELETE", "/api/v1/session", cookie + "Origin: http://127.0.0.1\r\n").status == 204);
    CHECK(ends_within(by_session, 10s));
    CHECK(ask(port, "POST", "/api/v1/accounts/adi/revoke", root).status == 200);
    CHECK(ends_within(by_password, 10s));
    CHECK(ask(port, "POST", "/api/v1/tokens/wall/revoke", root).status == 200);
    CHECK(ends_within(by_token, 10s));
    push(app, "A1", "1\t2026-11-20 07:58:30\t0\t1\n");
    until_punches(of_root, "A1", 1);
}

TEST_CASE("live: bounded for each viewer and for all, and a stream that ends makes room") {
    const TemporaryFolder state;
    RunningApp app(office(state.path()), "2026-11-20T00:00:00Z");
    const auto port = app.admin_port();
    create_account(port, "", "root", "super-admin");
    const std::string root = basic("root", password);
    std::vector<std::unique_ptr<EventStream>> streams;
    for (int viewer = 0; viewer < 5; ++viewer) {
        const std::string token = bearer(create_token(port, root, fmt::format("wall{}", viewer), "reader"));
        for (int i = 0; i < 40; ++i) {
            streams.push_back(std::make_unique<EventStream>(port, live, token));
            REQUIRE(streams.back()->status() == 200);
        }
        const auto one_more = ask(port, "GET", live, token);
        CHECK(one_more.status == 503);
        CHECK(one_more.header("Content-Type") == "application/problem+json");
        CHECK(one_more.header("Retry-After") == "60");
    }
    CHECK(ask(port, "GET", live, root).status == 503);
    CHECK(ask(port, "GET", "/api/v1/status", root).status == 200);
    for (auto& stream : streams) CHECK(stream->next());
    CHECK(push(app, "A1", "1\t2026-11-20 07:58:30\t0\t1\n") == "OK: 1");
    for (auto& stream : streams) until_punches(*stream, "A1", 1);
    streams.clear();
    // A closed one is noticed at the next thing that would be sent.
    bool has_room = false;
    for (int tries = 0; tries < 60 && !has_room; ++tries) {
        push(app, "A1", fmt::format("1\t2026-11-20 08:{:02}:30\t0\t1\n", tries));
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        has_room = EventStream(port, live, root).status() == 200;
    }
    CHECK(has_room);
}

TEST_CASE("live: a thousand terminals, a reader who does not read, and nobody else waits") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path());
    for (int i = 0; i < 1000; ++i) {
        config::TerminalSettings terminal;
        terminal.serial = fmt::format("TST{:05}", i);
        terminal.name = fmt::format("Kantor {} {}", i, std::string(150, 'x'));
        settings.terminals.push_back(terminal);
    }
    RunningApp app(settings, "2026-11-20T00:00:00Z");
    EventStream lazy(app.admin_port(), live);
    const int small = 4096;
    setsockopt(lazy.connection().descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    EventStream diligent(app.admin_port(), live);
    const auto first = diligent.next();
    REQUIRE(first);
    CHECK(serials_in(*first).size() == 1000);
    for (int round = 0; round < 5; ++round) {
        app.set_now(fmt::format("2026-11-20T00:00:{:02}Z", 10 * round + 1));
        for (int i = 0; i < 1000; i += 20) {
            const auto serial = fmt::format("TST{:05}", i);
            CHECK(push(app, serial, fmt::format("1\t2026-11-20 07:00:{:02}\t0\t1\n", round)) == "OK: 1");
        }
        until_punches(diligent, "TST00980", round + 1);
    }
    CHECK(lazy.status() == 200);
}
