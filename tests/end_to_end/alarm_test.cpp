// What a person is told, in both languages, and told no more when it is over: clocks, sources, silence.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "tests/end_to_end/fire.hpp"
#include "tests/end_to_end/pulled_terminals.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/terminals/fleet.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* serial = "TST7240100001";

json::value get(const RunningApp& app, const std::string& path) {
    const auto answer = http_get(app.admin_port(), path);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
}

// The alarm as the API shows it; null: it does not stand.
json::value alarm(const RunningApp& app, const std::string& id) {
    const auto status = get(app, "/api/v1/status");
    for (const auto& one : status.at("alarms").as_array()) {
        if (one.at("id").as_string() == id) return one;
    }
    return nullptr;
}

// It stands, and says what and what to do in both languages.
void check_raised(const RunningApp& app, const std::string& id, const std::string& terminal = serial) {
    CAPTURE(id);
    REQUIRE(await([&] { return !alarm(app, id).is_null(); }, 30s));
    const auto raised = alarm(app, id);
    CHECK((raised.at("terminal").is_null() ? "" : std::string_view(raised.at("terminal").as_string())) == terminal);
    for (const char* key : {"message", "what_to_do", "message_id", "what_to_do_id"}) {
        CAPTURE(key);
        CHECK(raised.at(key).as_string().size() > 20);
    }
    CHECK(raised.at("message") != raised.at("message_id"));
    CHECK(raised.at("what_to_do") != raised.at("what_to_do_id"));
}

void check_cleared(const RunningApp& app, const std::string& id) {
    CAPTURE(id);
    CHECK(await([&] { return alarm(app, id).is_null(); }, 30s));
}

RawResponse send(const RunningApp& app, const std::string& request, const std::string& source = "127.0.0.1") {
    RawConnection connection(app.terminal_port(), source);
    connection.send(request);
    return connection.receive();
}

RawResponse poll(const RunningApp& app, const std::string& source = "127.0.0.1", const std::string& info = {}) {
    return send(app, get_request(fmt::format("/iclock/getrequest?SN={}{}", serial, info)), source);
}

RawResponse handshake(const RunningApp& app, const std::string& more = {}, const std::string& source = "127.0.0.1",
                      const std::string& path = {}) {
    return send(app, get_request(fmt::format("{}/iclock/cdata?SN={}&options=all&pushver=2.4.1{}", path, serial, more)),
                source);
}

RawResponse push(const RunningApp& app, const std::string& lines, const std::string& source = "127.0.0.1") {
    return send(app, post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial), lines), source);
}

std::vector<std::string> grades(const std::filesystem::path& folder) {
    return stored_texts(folder, "SELECT grade FROM punch ORDER BY id");
}

config::Settings with_portable(const TemporaryFolder& state) {
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.terminals[0].role = config::TerminalRole::apel;
    settings.terminals[0].portable = true;
    return settings;
}

}  // namespace

TEST_CASE("a terminal's clock: what is impossible is suspect, what is off is an alarm, and nothing is re-timed") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}), "2026-11-20T00:00:00Z");
    const auto minute = [](int m, int s = 0) { return fmt::format("2026-11-20T00:{:02}:{:02}Z", m, s); };
    SUBCASE("days ahead, and right again") {
        CHECK(push(app, "1\t2026-11-23 08:00:00\t0\t15\t0\n").body == "OK: 1");
        check_raised(app, "clock_off");
        CHECK(alarm(app, "clock_off").at("message") == "The clock of TST7240100001 is off by 3 days ahead.");
        CHECK(alarm(app, "clock_off").at("message_id") == "Jam TST7240100001 meleset 3 hari lebih cepat.");
        CHECK(push(app, "1\t2000-01-01 00:00:12\t0\t15\t0\n").body == "OK: 1");
        check_raised(app, "clock_off");
        CHECK(push(app, "1\t2026-11-20 08:00:00\t0\t15\t0\n").body == "OK: 1");
        check_cleared(app, "clock_off");
        CHECK(grades(state.path()) == std::vector<std::string>{"suspect", "suspect", "live"});
        CHECK(stored_punches(state.path()) == std::set<StoredPunch>{{serial, "2026-11-23T08:00:00", "1"},
                                                                    {serial, "2000-01-01T00:00:12", "1"},
                                                                    {serial, "2026-11-20T08:00:00", "1"}});
    }
    SUBCASE("days ahead, and out of service") {
        CHECK(push(app, "1\t2026-11-23 08:00:00\t0\t15\t0\n").body == "OK: 1");
        check_raised(app, "clock_off");
        http_patch(app.admin_port(), fmt::format("/api/v1/terminals/{}", serial), R"({"state":"retired"})");
        check_cleared(app, "clock_off");
    }
    SUBCASE("one old record among good ones says nothing of the clock") {
        CHECK(push(app, "1\t2026-11-20 08:00:00\t0\t15\t0\n").body == "OK: 1");
        CHECK(push(app, "1\t2000-01-01 00:00:12\t0\t15\t0\n").body == "OK: 1");
        CHECK(alarm(app, "clock_off").is_null());
        CHECK(grades(state.path()) == std::vector<std::string>{"live", "suspect"});
    }
    SUBCASE("half an hour behind, punch after punch") {
        for (int i = 0; i < 5; ++i) {
            app.set_now(minute(i, 1));
            CHECK(push(app, fmt::format("{}\t2026-11-20 07:{:02}:00\t0\t15\t0\n", i + 1, 30 + i)).body == "OK: 1");
            CHECK(alarm(app, "clock_off").is_null() == (i < 4));
        }
        check_raised(app, "clock_off");
        CHECK(alarm(app, "clock_off").at("message") == "The clock of TST7240100001 is off by 1801 s behind.");
        app.set_now(minute(6));
        CHECK(push(app, "9\t2026-11-20 08:05:58\t0\t15\t0\n").body == "OK: 1");
        check_cleared(app, "clock_off");
        const auto terminal = get(app, fmt::format("/api/v1/terminals/{}", serial));
        CHECK(
            await([&] { return !get(app, fmt::format("/api/v1/terminals/{}", serial)).at("clock").as_array().empty(); },
                  30s));
    }
    SUBCASE("a backlog is no wrong clock") {
        for (int i = 0; i < 20; ++i) {
            app.set_now(minute(i, 1));
            CHECK(push(app, fmt::format("7\t2026-11-19 {:02}:10:00\t0\t15\t0\n", i)).body == "OK: 1");
        }
        CHECK(alarm(app, "clock_off").is_null());
    }
}

TEST_CASE("our own clock: unsynchronised, it is an alarm unless somebody vouches for it") {
    for (const auto when : {config::SendDate::never, config::SendDate::always}) {
        const TemporaryFolder state;
        auto settings = RunningApp::settings(state.path(), {serial});
        settings.send_date = when;
        RunningApp app(settings, "2026-11-20T01:30:00Z");
        app.set_synchronised(false);
        if (when == config::SendDate::never) {
            check_raised(app, "clock_unsynchronised", "");
            app.set_synchronised(true);
            check_cleared(app, "clock_unsynchronised");
        } else {
            // Nothing else tells when it looked: two of its seconds.
            CHECK_FALSE(await([&] { return !alarm(app, "clock_unsynchronised").is_null(); }, 3s));
        }
    }
}

TEST_CASE("our own clock: off by an hour and unsynchronised, it tells no time and judges nobody") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.send_date = config::SendDate::automatic;
    // It is 08:30 in Balangan; we believe that it is an hour later.
    RunningApp app(settings, "2026-11-20T01:30:00Z");
    CHECK_FALSE(handshake(app).header("Date").empty());
    app.set_synchronised(false);
    check_raised(app, "clock_unsynchronised", "");
    CHECK(handshake(app).header("Date").empty());
    CHECK(poll(app).header("Date").empty());
    for (int i = 0; i < 6; ++i) {
        app.set_now(fmt::format("2026-11-20T01:{:02}:01Z", 40 + i));
        const auto answer = push(app, fmt::format("{}\t2026-11-20 08:{:02}:00\t0\t15\t0\n", i + 1, 40 + i));
        CHECK(answer.body == "OK: 1");
        CHECK(answer.header("Date").empty());
    }
    CHECK(alarm(app, "clock_off").is_null());
    CHECK(grades(state.path()) == std::vector<std::string>(6, "late"));  // not late_online: we cannot know
    CHECK(stored_texts(state.path(), "SELECT CAST(device_time AS TEXT) FROM punch WHERE pin = '1'")[0].substr(11) ==
          "08:40:00");
    app.set_now("2026-11-20T00:50:00Z");
    app.set_synchronised(true);
    check_cleared(app, "clock_unsynchronised");
    CHECK_FALSE(poll(app).header("Date").empty());
    CHECK(push(app, "9\t2026-11-20 08:49:59\t0\t15\t0\n").body == "OK: 1");
    CHECK(grades(state.path()).back() == "live");
}

TEST_CASE("a terminal that falls quiet in working hours is told at once, and when it speaks again no more") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}), "2026-11-20T00:00:00Z");  // a Friday, 08:00 there
    poll(app);
    app.set_now("2026-11-20T00:11:00Z");
    check_raised(app, "terminal_quiet");
    CHECK(alarm(app, "terminal_quiet").at("message") ==
          "TST7240100001 has not been heard since 2026-11-20 08:00:00, in working hours.");
    CHECK(alarm(app, "terminal_quiet").at("urgent") == false);
    poll(app);
    check_cleared(app, "terminal_quiet");
    app.set_now("2026-11-20T00:30:00Z");
    check_raised(app, "terminal_quiet");
    app.set_now("2026-11-20T08:30:00Z");  // 16:30: they have gone home
    check_cleared(app, "terminal_quiet");
}

TEST_CASE("lines that cannot be read are an alarm for a day") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(push(app, "nonsense\nmore nonsense\n").status == 200);
    check_raised(app, "new_rejects");
    CHECK(alarm(app, "new_rejects").at("message") ==
          "2 lines of TST7240100001 could not be read; they are kept as they came.");
    app.set_now("2026-11-21T00:00:01Z");
    check_cleared(app, "new_rejects");
}

TEST_CASE("a clock that was set by hand stands beside the punches around it") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(push(app,
               "1\t2026-11-20 07:29:59\t0\t15\t0\n2\t2026-11-20 07:55:00\t0\t15\t0\n3\t2026-11-20 "
               "08:30:00\t0\t15\t0\n4\t2026-11-20 08:30:01\t0\t15\t0\n")
              .body == "OK: 4");
    CHECK(send(app, post_request(fmt::format("/iclock/cdata?SN={}&table=OPERLOG&Stamp=1", serial),
                                 "OPLOG 21\t9\t2026-11-20 08:00:00\t0\t0\t0\t0\n"))
              .body == "OK: 1");
    const auto events = get(app, fmt::format("/api/v1/terminals/{}/events", serial));
    const auto& event = events.at("events").at(0);
    CHECK(event.at("kind") == "clock_set");
    const auto& around = event.at("punches_around").as_array();
    REQUIRE(around.size() == 2);
    CHECK(around[0].at("pin") == "2");
    CHECK(around[1].at("pin") == "3");
    const auto certificate = get(app, fmt::format("/api/v1/terminals/{}/certificate", serial));
    CHECK(certificate.at("clock").at("set_by_hand_at").at(0) == "2026-11-20T08:00:00");
}

TEST_CASE("a new offset of the zone needs a new handshake, and CHECK asks for it once") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    CHECK(handshake(app).body.find("\nTimeZone=8\n") != std::string::npos);
    http_patch(app.admin_port(), fmt::format("/api/v1/terminals/{}", serial), R"({"time_zone": "Asia/Jayapura"})");
    std::string reply;
    REQUIRE(await([&] { return (reply = poll(app).body) != "OK"; }, 30s));
    CHECK(reply.ends_with(":CHECK\n"));
    CHECK(handshake(app).body.find("\nTimeZone=9\n") != std::string::npos);
    const std::string id = reply.substr(2, reply.find(':', 2) - 2);
    CHECK(send(app, post_request(fmt::format("/iclock/devicecmd?SN={}", serial),
                                 fmt::format("ID={}&Return=0&CMD=CHECK\n", id)))
              .body == "OK");
    std::this_thread::sleep_for(6s);
    CHECK(poll(app).body == "OK");
}

TEST_CASE("two simulators with one serial from two addresses: an alarm, and nothing counts until it is looked at") {
    const TemporaryFolder state;
    FleetOptions options;
    options.terminals = 1;
    options.scenario = Scenario::trickle;
    options.profiles = {Profile::senseface};
    options.speed = 20;
    options.date = std::chrono::local_days{std::chrono::year{2026} / 11 / 20};
    FleetOptions clone = options;
    clone.sources = 2;  // 127.0.0.2
    clone.seed = 2;
    config::Settings settings = RunningApp::settings(state.path());
    config::TerminalSettings terminal;
    terminal.serial = serial_of(options, 0);
    const bool has_networks = [] {
        SUBCASE("from anywhere") { return false; }
        SUBCASE("with its network named") { return true; }
        return false;
    }();
    if (has_networks) terminal.networks.push_back(*config::Network::decode("127.0.0.1/32"));
    settings.terminals.push_back(terminal);
    RunningApp app(settings, "2026-11-19T23:00:00Z");
    app.follow(options.speed);
    options.server = clone.server = Url::decode(fmt::format("http://127.0.0.1:{}", app.terminal_port()));
    Crowd one(options);
    REQUIRE(await([&] { return one.acknowledged() > 20; }, 30s));
    const auto address = [&] { return get(app, "/api/v1/terminals/" + terminal.serial).at("address"); };
    CHECK(address() == "127.0.0.1");
    Crowd two(clone);
    if (!has_networks) {
        check_raised(app, "two_sources", terminal.serial);
        CHECK(await([&] { return count_rows(state.path(), "punch WHERE grade = 'suspect'") > 0; }, 30s));
    } else {
        check_raised(app, "foreign_network", terminal.serial);
        const auto before = two.fleet.totals().refused;
        std::this_thread::sleep_for(3s);
        CHECK(two.acknowledged() == 0);
        CHECK(two.fleet.totals().polls == 0);
        CHECK(two.fleet.totals().posts == 0);  // it never gets past its handshake
        CHECK(before == 0);
        CHECK(address() == "127.0.0.1");
        CHECK(alarm(app, "two_sources").is_null());
        CHECK(count_rows(state.path(), "punch WHERE grade = 'suspect'") == 0);
        const auto created = one.fleet.ledger().created();
        for (const auto& punch : stored_punches(state.path())) REQUIRE(created.contains(punch));
    }
    one.fleet.stop_creating();
    two.fleet.stop_creating();
}

TEST_CASE("sources: a new address is no alarm, to and fro is, also by firmware and MAC, and it ends by itself") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial});
    const auto info = [](const char* firmware) {
        return fmt::format("&INFO={},1,0,5,192.0.2.1,10,39,12,1,011", firmware);
    };
    SUBCASE("moved once, and back") {
        RunningApp app(settings);
        for (const char* source : {"127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.1", "127.0.0.1"}) poll(app, source);
        CHECK(alarm(app, "two_sources").is_null());
        poll(app, "127.0.0.2");
        check_raised(app, "two_sources");
        const auto sentence = alarm(app, "two_sources").at("message");
        poll(app, "127.0.0.1");
        CHECK(alarm(app, "two_sources").at("message") == sentence);  // whoever speaks
        poll(app, "127.0.0.2");
        CHECK(push(app, "1\t2026-11-20 08:00:00\t0\t15\t0\n", "127.0.0.2").body == "OK: 1");
        app.set_now("2026-11-20T00:31:00Z");
        check_cleared(app, "two_sources");
        CHECK(push(app, "2\t2026-11-20 08:30:30\t0\t15\t0\n", "127.0.0.2").body == "OK: 1");
        CHECK(grades(state.path()) == std::vector<std::string>{"suspect", "live"});
    }
    SUBCASE("a portable one may, but not be two machines") {
        settings.terminals[0].portable = true;
        RunningApp app(settings);
        for (int i = 0; i < 6; ++i) poll(app, i % 2 == 0 ? "127.0.0.1" : "127.0.0.2");
        CHECK(alarm(app, "two_sources").is_null());
        for (int i = 0; i < 4; ++i) poll(app, "127.0.0.1", info(i % 2 == 0 ? "Ver1.0" : "Ver2.0"));
        check_raised(app, "two_sources");
    }
    SUBCASE("an updated firmware is one machine") {
        RunningApp app(settings);
        for (const char* firmware : {"Ver1.0", "Ver1.0", "Ver2.0", "Ver2.0"}) poll(app, "127.0.0.1", info(firmware));
        CHECK(alarm(app, "two_sources").is_null());
    }
}

TEST_CASE("who speaks from outside a terminal's networks is refused and named, for an hour") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.terminals[0].networks.push_back(*config::Network::decode("127.0.0.1/32"));
    RunningApp app(settings);
    CHECK(poll(app, "127.0.0.2").body == "UNKNOWN DEVICE\n");
    check_raised(app, "foreign_network");
    CHECK(poll(app).body == "OK");
    app.set_now("2026-11-20T00:59:00Z");
    std::this_thread::sleep_for(6s);
    CHECK_FALSE(alarm(app, "foreign_network").is_null());
    app.set_now("2026-11-20T01:01:00Z");
    check_cleared(app, "foreign_network");
}

TEST_CASE("a secret of the handshake, and one in the path") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial});
    SUBCASE("pushcommkey") {
        settings.terminals[0].push_key = config::Secret("made-up-key");
        RunningApp app(settings);
        CHECK(poll(app).status == 403);
        CHECK(alarm(app, "push_key_wrong").is_null());  // it may only not know yet that we began anew
        CHECK(handshake(app).status == 403);
        CHECK(handshake(app, "&pushcommkey=made-up-kez").status == 403);
        check_raised(app, "push_key_wrong");
        CHECK(push(app, "1\t2026-11-20 08:00:00\t0\t15\t0\n").body == "UNKNOWN DEVICE\n");
        CHECK(handshake(app, "&pushcommkey=made-up-key").status == 200);
        CHECK(alarm(app, "push_key_wrong").is_null());
        CHECK(push(app, "1\t2026-11-20 08:00:00\t0\t15\t0\n").body == "OK: 1");
        CHECK(poll(app, "127.0.0.2").status == 403);
        CHECK(alarm(app, "push_key_wrong").is_null());  // with a new address it shakes hands again
        CHECK(poll(app).body == "OK");
        CHECK(handshake(app, {}, "127.0.0.2").status == 403);
        check_raised(app, "push_key_wrong");
        CHECK(handshake(app, "&pushcommkey=made-up-key").status == 200);
        CHECK_FALSE(alarm(app, "push_key_wrong").is_null());  // that was somebody else
        app.set_now("2026-11-20T01:01:00Z");
        check_cleared(app, "push_key_wrong");
    }
    SUBCASE("a path segment") {
        settings.terminals[0].path_secret = config::Secret("Made-Up-Path");
        RunningApp app(settings);
        CHECK(handshake(app).status == 403);
        CHECK(handshake(app, "", "127.0.0.1", "/made-up-pat").status == 403);
        check_raised(app, "push_key_wrong");
        CHECK(handshake(app, "", "127.0.0.1", "/Made-Up-Path").status == 200);
        CHECK(handshake(app, "", "127.0.0.1", "/made-up-path").status == 200);
        check_cleared(app, "push_key_wrong");
        CHECK(count_rows(state.path(), "punch") == 0);
    }
}

TEST_CASE("a terminal that nobody heard on a working day, and is heard again") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial, "TST7240100002"});
    settings.terminals[1].portable = true;
    // A Friday noon.
    RunningApp app(settings, "2026-11-20T04:00:00Z");
    CHECK(poll(app).body == "OK");
    CHECK(send(app, get_request("/iclock/getrequest?SN=TST7240100002")).body == "OK");
    for (const char* quiet : {"2026-11-20T12:00:00Z", "2026-11-22T12:00:00Z", "2026-11-23T07:59:00Z"}) {
        app.set_now(quiet);  // Friday evening, Sunday, Monday before the end of the hours
        std::this_thread::sleep_for(6s);
        CHECK(alarm(app, "terminal_silent").is_null());
    }
    app.set_now("2026-11-23T08:00:00Z");
    check_raised(app, "terminal_silent");
    CHECK(alarm(app, "terminal_silent").at("message").as_string().find("2026-11-20 12:00:00") != std::string::npos);
    CHECK(get(app, "/api/v1/status").at("alarms").as_array().size() == 1);
    CHECK(poll(app).body == "OK");
    check_cleared(app, "terminal_silent");
}

TEST_CASE("after a night of ours a terminal has a moment to be heard before it counts as silent") {
    const TemporaryFolder state;
    const auto settings = RunningApp::settings(state.path(), {serial});
    {
        RunningApp app(settings, "2026-11-19T04:00:00Z");  // a Thursday
        CHECK(poll(app).body == "OK");
        std::this_thread::sleep_for(6s);
    }
    RunningApp app(settings, "2026-11-23T00:00:00Z");  // a Monday
    std::this_thread::sleep_for(6s);
    CHECK(alarm(app, "terminal_silent").is_null());
    app.set_now("2026-11-23T00:05:00Z");
    check_raised(app, "terminal_silent");
}

TEST_CASE("an apel terminal that was never heard is named, also after a restart") {
    const TemporaryFolder state;
    const auto settings = with_portable(state);
    {
        RunningApp app(settings, "2026-11-20T05:00:00Z");  // a Friday, after noon
        std::this_thread::sleep_for(6s);
        CHECK(alarm(app, "apel_undelivered").is_null());  // there was no such terminal this morning
        app.set_now("2026-11-23T04:00:00Z");
        check_raised(app, "apel_undelivered");
    }
    RunningApp app(settings, "2026-11-23T05:00:00Z");
    check_raised(app, "apel_undelivered");

    // That Monday is declared a holiday: there was no apel.
    const std::string holiday = R"({"day": "2026-11-23", "kind": "local", "name": "Hari jadi", "source": "SE 7"})";
    const auto answer = exchange(app.admin_port(), fmt::format("POST /api/v1/holidays HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                                               "Content-Type: application/json\r\n"
                                                               "Content-Length: {}\r\n\r\n{}",
                                                               holiday.size(), holiday));
    REQUIRE(answer.status == 201);
    app.set_now("2026-11-23T05:02:00Z");
    check_cleared(app, "apel_undelivered");
}

TEST_CASE("an apel terminal that stayed in its case and was plugged in since has nothing to deliver") {
    const TemporaryFolder state;
    const auto settings = with_portable(state);
    RunningApp app(settings, "2026-11-20T05:00:00Z");  // a Friday, after noon
    CHECK(poll(app).body == "OK");
    std::string stopped;  // when it sent punches of another year, because its clock had stopped
    SUBCASE("with nothing") {}
    SUBCASE("with punches of another year, during the apel") { stopped = "2026-11-22T23:40:00Z"; }
    SUBCASE("with punches of another year, since") { stopped = "2026-11-23T04:08:00Z"; }
    const auto send_at = [&](const std::string& moment) {
        app.set_now(moment);
        if (stopped == moment) CHECK(push(app, "1\t2000-01-01 00:10:00\t0\t1\n").body == "OK: 1");
    };
    send_at("2026-11-22T23:40:00Z");
    app.set_now("2026-11-23T04:00:00Z");
    check_raised(app, "apel_undelivered");
    // It calls before it sends what it holds: its first minutes prove nothing.
    for (const auto* moment : {"2026-11-23T04:02:00Z", "2026-11-23T04:04:00Z", "2026-11-23T04:06:30Z"}) {
        app.set_now(moment);
        CHECK(poll(app).status == 200);
        if (!stopped.empty()) continue;
        std::this_thread::sleep_for(6s);
        CHECK_FALSE(alarm(app, "apel_undelivered").is_null());
    }
    send_at("2026-11-23T04:08:00Z");
    CHECK(poll(app).status == 200);
    app.set_now("2026-11-23T04:09:30Z");  // a look is due whenever the one before was
    if (stopped.empty()) {
        check_cleared(app, "apel_undelivered");
        CHECK(stored_punches(state.path()).empty());
    } else {
        std::this_thread::sleep_for(6s);
        CHECK_FALSE(alarm(app, "apel_undelivered").is_null());
    }
}

TEST_CASE("alarms of uploads and pulls come and go") {
    const TemporaryFolder state;
    PulledTerminal terminal({.comm_key = 4711});
    terminal.machine().set_log(punches(50));
    auto settings = RunningApp::settings(state.path());
    settings.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
    settings.pull.every = std::chrono::hours(24 * 365);
    settings.limits.body = 100'000;
    settings.terminals.push_back(pulled(serial, terminal.port()));
    SUBCASE("uploads") {
        RunningApp app(settings);
        const std::string cdata = fmt::format("/iclock/cdata?SN={}", serial);
        CHECK(handshake(app, "&DeviceType=acc").body == "OK");
        check_raised(app, "access_dialect");
        CHECK(send(app, post_request(cdata + "&table=ATTLOG", std::string("LZO1\x10\0\0\0abc", 11))).status == 500);
        check_raised(app, "scrambled_upload");
        CHECK(handshake(app).status == 200);
        check_cleared(app, "access_dialect");
        check_cleared(app, "scrambled_upload");
        CHECK(send(app, post_request(cdata + "&table=ATTLOG", std::string(100'001, 'x'))).status == 413);
        check_raised(app, "body_too_large");
        CHECK(push(app, "1\t2026-11-20 08:00:00\t0\t15\t0\n").body == "OK: 1");
        check_cleared(app, "body_too_large");
    }
    SUBCASE("a pull without the key, and with it") {
        {
            RunningApp app(settings);
            CHECK(test::pull(app.admin_port(), serial).find("\"failed\"") != std::string::npos);
            check_raised(app, "pull_failed");
        }
        settings.terminals[0].pull->comm_key = config::Secret("4711");
        RunningApp app(settings);
        CHECK(test::pull(app.admin_port(), serial).find("\"done\"") != std::string::npos);
        check_cleared(app, "pull_failed");
    }
}

TEST_CASE("a terminal that a pull left disabled is an alarm until it is enabled again") {
    const TemporaryFolder state;
    ZkFaults faults;
    faults.fault = ZkFault::reboot;
    faults.at = 9;  // disabled, and its tables begun
    PulledTerminal terminal({}, {}, faults);
    terminal.machine().set_log(punches(2000));
    auto settings = RunningApp::settings(state.path());
    settings.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
    settings.pull.every = std::chrono::hours(24 * 365);
    settings.terminals.push_back(pulled(serial, terminal.port()));
    RunningApp app(settings);
    const auto answer = test::pull(app.admin_port(), serial, R"({"disable_while_reading": true})");
    CHECK(answer.find("\"failed\"") != std::string::npos);
    check_raised(app, "terminal_disabled");
    // Tried again after a while; in a hurry, somebody pulls it as soon as it hears again.
    std::this_thread::sleep_for(3s);
    CHECK(test::pull(app.admin_port(), serial).find("\"done\"") != std::string::npos);
    check_cleared(app, "terminal_disabled");
    CHECK_FALSE(terminal.machine().is_disabled());
}
