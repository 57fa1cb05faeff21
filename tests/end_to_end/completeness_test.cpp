// All of it is here, or so much is missing: what the gateway asks, and what it makes of the answers.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tests/end_to_end/fire.hpp"
#include "tests/end_to_end/pulled_terminals.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/test_store.hpp"
#include "tests/terminals/fleet.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* serial = "TST7240100001";

json::object get(const RunningApp& app, const std::string& path) {
    const auto answer = http_get(app.admin_port(), path);
    CAPTURE(answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body).as_object();
}

json::object day_of(const RunningApp& app, const std::string& terminal, const std::string& day) {
    const auto body = get(app, fmt::format("/api/v1/terminals/{0}/completeness?from={1}&to={1}", terminal, day));
    const auto& days = body.at("days").as_array();
    return days.empty() ? json::object() : days.at(0).as_object();
}

bool has_result(const json::object& day, std::string_view result) {
    return !day.empty() && day.at("result").as_string() == result;
}

std::set<std::string> alarms(const RunningApp& app) {
    std::set<std::string> all;
    const auto status = get(app, "/api/v1/status");
    for (const auto& alarm : status.at("alarms").as_array()) {
        const auto& terminal = alarm.at("terminal");
        all.insert(fmt::format("{} {}", std::string_view(alarm.at("id").as_string()),
                               terminal.is_null() ? "" : std::string_view(terminal.as_string())));
    }
    return all;
}

// A Friday, 07:00 in Balangan: where the fleet begins its day.
constexpr const char* friday_at_seven = "2026-11-19T23:00:00Z";
const std::chrono::local_days friday{std::chrono::year{2026} / 11 / 20};

FleetOptions fleet_of(int terminals, double speed) {
    FleetOptions options;
    options.terminals = terminals;
    options.profiles = {Profile::senseface};
    options.speed = speed;
    options.date = friday;
    options.stay = true;
    options.seed = 7;
    return options;
}

config::Settings settings_of(const std::filesystem::path& folder, const FleetOptions& options) {
    config::Settings settings = RunningApp::settings(folder);
    for (int i = 0; i < options.terminals; ++i) {
        config::TerminalSettings terminal;
        terminal.serial = serial_of(options, i);
        settings.terminals.push_back(terminal);
    }
    return settings;
}

Url url_of(std::uint16_t port) { return Url::decode(fmt::format("http://127.0.0.1:{}", port)); }

// A terminal by hand.
std::string poll(const RunningApp& app) {
    return test::exchange(app.terminal_port(), get_request(fmt::format("/iclock/getrequest?SN={}", serial))).body;
}

std::string push(const RunningApp& app, const std::string& lines, const std::string& more = {}) {
    return test::exchange(
               app.terminal_port(),
               post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999{}", serial, more), lines))
        .body;
}

void answer(const RunningApp& app, const std::string& body) {
    CHECK(
        test::exchange(app.terminal_port(), post_request(fmt::format("/iclock/devicecmd?SN={}", serial), body)).body ==
        "OK");
}

// The next command, its id first.
std::pair<std::string, std::string> next_command(const RunningApp& app) {
    std::string reply;
    REQUIRE(await([&] { return (reply = poll(app)) != "OK"; }, 30s));
    const auto colon = reply.find(':', 2);
    return {reply.substr(2, colon - 2), reply.substr(colon + 1, reply.find('\n') - colon - 1)};
}

// Of a terminal by hand: nothing is asked but what the test asks about.
config::Settings by_hand(const std::filesystem::path& folder) {
    config::Settings settings = RunningApp::settings(folder, {serial});
    settings.completeness.days = 0;
    return settings;
}

void ask_about(const RunningApp& app, const std::string& day) {
    CHECK(test::exchange(app.admin_port(), post_request(fmt::format("/api/v1/terminals/{}/completeness", serial),
                                                        fmt::format(R"({{"from": "{0}", "to": "{0}"}})", day)))
              .status == 202);
}

}  // namespace

TEST_CASE("a terminal that drops its offline period: all of it is fetched without hands, mended and then complete") {
    const TemporaryFolder state;
    FleetOptions options = fleet_of(1, 120);
    options.employees = 850;
    options.outage = 30min;
    options.outage_every = 1;
    options.forgets_outage = true;
    SUBCASE("it counts for us") {}
    SUBCASE("it knows no counting") { options.unknown_commands = {"VERIFY SUM ATTLOG"}; }
    SUBCASE("polls and results get lost, and come late") {
        options.faults.poll = 20;
        options.faults.late_result = 30;
        options.faults.lost_result = 20;
    }
    RunningApp app(settings_of(state.path(), options), friday_at_seven);
    options.server = url_of(app.terminal_port());
    app.follow(options.speed);
    Crowd crowd(options);
    const std::string terminal = serial_of(options, 0);
    REQUIRE(await([&] { return crowd.fleet.settled(); }, 240s));
    const auto created = crowd.fleet.ledger().created();
    const auto forgotten = std::count_if(created.begin(), created.end(),
                                         [](const Key& key) { return std::get<1>(key) >= "2026-11-20T07:40:00"; });
    CHECK(forgotten >= 400);
    REQUIRE(await([&] { return has_result(day_of(app, terminal, "2026-11-20"), "mended"); }, 60s));
    CHECK(stored_punches(state.path()) == created);
    const auto mended = day_of(app, terminal, "2026-11-20");
    CHECK(mended.at("n").as_int64() == forgotten);
    CHECK(mended.at("comparisons").at(0).at("means") == "query");
    CHECK(mended.at("comparisons").at(0).at("cause") == "gap");
    const std::string of_month = fmt::format("/api/v1/terminals/{}/certificate?month=2026-11", terminal);
    CHECK(get(app, of_month).at("result") == "mended");
    CHECK(get(app, of_month).at("n") == forgotten);

    // The night after.
    app.set_now("2026-11-20T17:40:00Z");
    REQUIRE(await([&] { return has_result(day_of(app, terminal, "2026-11-20"), "complete"); }, 120s));
    const auto certificate = get(app, of_month);
    CHECK(certificate.at("result") == "complete");
    CHECK(certificate.at("mended") == forgotten);
    CHECK(certificate.at("punches") == static_cast<std::int64_t>(created.size()));
    CHECK(certificate.at("roads").at("push") == static_cast<std::int64_t>(created.size()));
    if (options.unknown_commands.empty()) CHECK(certificate.at("terminal_count") == created.size());
    // Contacts are written every few seconds.
    CHECK(await([&] { return !get(app, of_month).at("gaps").as_array().empty(); }, 30s));
    const Totals totals = crowd.fleet.totals();
    CAPTURE(totals.first_complaint);
    CHECK(totals.bad_polls == 0);
    CHECK(totals.commands_twice == 0);
    for (const char* lang : {"id", "en"}) {
        const auto page =
            http_get(app.admin_port(), fmt::format("/terminals/{}/certificate?month=2026-11&lang={}", terminal, lang));
        CHECK(page.status == 200);
        CHECK(page.body.find(std::string(certificate.at("digest_sha256").as_string())) != std::string::npos);
        CHECK(page.body.find(std::string_view(lang) == "id" ? ">lengkap<" : ">complete<") != std::string::npos);
    }
}

TEST_CASE(
    "nine portable terminals deliver at 10:00, two from elsewhere, without alarm, and a tenth that stays away is named "
    "at 12:00") {
    const TemporaryFolder state;
    FleetOptions options = fleet_of(10, 600);
    options.scenario = Scenario::portable;
    options.employees = 4000;
    options.absent = 1;
    options.moved = 2;
    config::Settings settings = settings_of(state.path(), options);
    const char* numerals[] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"};
    for (std::size_t i = 0; i < settings.terminals.size(); ++i) {
        settings.terminals[i].role = config::TerminalRole::apel;
        settings.terminals[i].portable = true;
        settings.terminals[i].name = fmt::format("Apel {}", numerals[i]);
    }
    RunningApp app(settings, friday_at_seven);
    options.server = url_of(app.terminal_port());
    app.follow(options.speed);
    Crowd crowd(options);
    std::set<std::string> false_alarms;
    const auto look = [&](const std::set<std::string>& right) {
        for (const auto& alarm : alarms(app)) {
            if (!right.contains(alarm)) false_alarms.insert(alarm);
        }
    };
    // 10:00 is 18 seconds away, 12:00 another 12.
    REQUIRE(await(
        [&] {
            look({});
            return crowd.fleet.settled();
        },
        60s));
    CHECK(stored_punches(state.path()).size() == 3600);
    CHECK(stored_punches(state.path()) == crowd.fleet.ledger().created());
    const std::string named = "apel_undelivered " + serial_of(options, 9);
    REQUIRE(await(
        [&] {
            look({named});
            return alarms(app).contains(named);
        },
        60s));
    for (const auto& alarm : false_alarms) FAIL_CHECK(alarm);
    const auto alarm = get(app, "/api/v1/status").at("alarms").at(0).as_object();
    CHECK(alarm.at("message") == "Apel X has not delivered Friday's apel.");
    CHECK(alarm.at("message_id") == "Apel X belum mengirim data apel hari Jumat.");
    CHECK(alarm.at("urgent") == true);
    CHECK(utc(std::string(alarm.at("since").as_string())) >= utc("2026-11-20T04:00:00Z"));
    // Each is judged after it has delivered.
    for (int i = 0; i < 9; ++i) {
        CAPTURE(i);
        CHECK(await([&] { return has_result(day_of(app, serial_of(options, i), "2026-11-20"), "complete"); }, 60s));
    }
    CHECK(has_result(day_of(app, serial_of(options, 9), "2026-11-20"), "unknown"));
    // It comes after all.
    const auto late =
        test::exchange(app.terminal_port(),
                       post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=1", serial_of(options, 9)),
                                    "4711\t2026-11-20 07:45:00\t0\t15\t0\n"));
    CHECK(late.body == "OK: 1");
    CHECK(await([&] { return !alarms(app).contains(named); }, 30s));
}

TEST_CASE("the result of a day by what the terminal answers") {
    const TemporaryFolder state;
    RunningApp app(by_hand(state.path()), "2026-11-20T04:00:00Z");
    CHECK(push(app, "1\t2026-11-20 07:50:00\t0\t15\t0\n2\t2026-11-20 07:51:00\t0\t15\t0\n") == "OK: 2");
    ask_about(app, "2026-11-20");
    app.set_now("2026-11-20T04:01:30Z");
    std::string id;
    std::string text;
    std::tie(id, text) = next_command(app);
    CHECK(text == "VERIFY SUM ATTLOG StartTime=2026-11-20 00:00:00\tEndTime=2026-11-20 12:00:00");
    const auto verify = [&](int records) {
        answer(app, fmt::format("ID={}&Return=0&CMD=VERIFY SUM&AttlogSum={}\n", id, records));
    };
    const auto then_query = [&] {
        std::tie(id, text) = next_command(app);
        CHECK(text.starts_with("DATA QUERY ATTLOG StartTime=2026-11-20 00:00:00\tEndTime="));
    };
    const auto becomes = [&](std::string_view result, std::int64_t n, std::string_view means) {
        app.set_now("2026-11-20T04:10:00Z");
        poll(app);
        json::object day;
        const auto is_over = [&] {
            day = day_of(app, serial, "2026-11-20");
            return day.at("comparisons").as_array().back().at("result") != "open";
        };
        REQUIRE(await(is_over, 30s));
        CHECK(has_result(day, result));
        CHECK(day.at("n") == n);
        const auto& last = day.at("comparisons").as_array().back();
        CHECK((last.at("means").is_null() ? "" : std::string_view(last.at("means").as_string())) == means);
    };
    SUBCASE("the same number: complete") {
        verify(2);
        becomes("complete", 0, "verify_sum");
    }
    SUBCASE("one more, and it sends it: mended (1)") {
        verify(3);
        then_query();
        CHECK(push(app, "1\t2026-11-20 07:50:00\t0\t15\t0\n3\t2026-11-20 07:52:00\t0\t15\t0\n", "&CmdId=" + id) ==
              "OK: 2");
        answer(app, fmt::format("ID={}&Return=2&CMD=DATA\n", id));
        becomes("mended", 1, "query");
    }
    SUBCASE("one more, and it does not send it: short (1)") {
        verify(3);
        then_query();
        answer(app, fmt::format("ID={}&Return=0&CMD=DATA\n", id));
        becomes("short", 1, "query");
    }
    SUBCASE("records that are one punch: it sent them all") {
        verify(3);
        then_query();
        CHECK(push(app,
                   "1\t2026-11-20 07:50:00\t0\t15\t0\n1\t2026-11-20 07:50:00\t0\t15\t0\n2\t2026-11-20 "
                   "07:51:00\t0\t15\t0\n") == "OK: 3");
        answer(app, fmt::format("ID={}&Return=3&CMD=DATA\n", id));
        becomes("complete", 0, "query");
    }
    SUBCASE("fewer than we have: asked all the same, because one of them may be new") {
        verify(1);
        then_query();
        CHECK(push(app, "9\t2026-11-20 07:59:00\t0\t15\t0\n") == "OK: 1");
        answer(app, fmt::format("ID={}&Return=1&CMD=DATA\n", id));
        becomes("mended", 1, "query");
    }
    SUBCASE("it says that it sends, and nothing comes: short, never complete") {
        verify(5);
        then_query();
        answer(app, fmt::format("ID={}&Return=5&CMD=DATA\n", id));
        becomes("short", 3, "query");
    }
    SUBCASE("it cannot count, and says that it sends, and nothing comes: unknown") {
        answer(app, fmt::format("ID={}&Return=-1002&CMD=VERIFY SUM\n", id));
        then_query();
        answer(app, fmt::format("ID={}&Return=0&CMD=DATA\n", id));
        becomes("unknown", 0, "query");
    }
    SUBCASE("records that are no punch were sent, too") {
        verify(3);
        then_query();
        const std::string both = "1\t2026-11-20 07:50:00\t0\t15\t0\n2\t2026-11-20 07:51:00\t0\t15\t0\n";
        CHECK(push(app, both + "\t2026-11-20 07:52:00\t0\t15\t0\n") == "OK: 3");
        answer(app, fmt::format("ID={}&Return=3&CMD=DATA\n", id));
        becomes("complete", 0, "query");
    }
    SUBCASE("the same record in three uploads is one") {
        answer(app, fmt::format("ID={}&Return=-1002&CMD=VERIFY SUM\n", id));
        then_query();
        for (const char* other : {"07:58:00", "07:58:01", "07:58:02"}) {
            push(app, fmt::format("1\t2026-11-20 07:50:00\t0\t15\t0\n7\t2026-11-19 {}\t0\t15\t0\n", other));
        }
        answer(app, fmt::format("ID={}&Return=0&CMD=DATA\n", id));
        becomes("unknown", 0, "query");
    }
    SUBCASE("it has fewer than we have, and nothing new: its log was cut") {
        verify(1);
        then_query();
        CHECK(push(app, "1\t2026-11-20 07:50:00\t0\t15\t0\n") == "OK: 1");
        answer(app, fmt::format("ID={}&Return=1&CMD=DATA\n", id));
        becomes("unknown", 0, "query");
    }
    SUBCASE("the same number, but somebody has deleted records: unknown") {
        CHECK(test::exchange(app.terminal_port(),
                             post_request(fmt::format("/iclock/cdata?SN={}&table=OPERLOG&Stamp=1", serial),
                                          "OPLOG 23\t9\t2026-11-20 09:00:00\t0\t0\t0\t0\n"))
                  .body == "OK: 1");
        REQUIRE(stored_texts(state.path(), "SELECT kind FROM terminal_event") ==
                std::vector<std::string>{"records_deleted"});
        verify(2);
        becomes("unknown", 0, "verify_sum");
    }
    SUBCASE("it is cut off before it has sent: no hasty result") {
        answer(app, fmt::format("ID={}&Return=-1002&CMD=VERIFY SUM\n", id));
        then_query();
        answer(app, fmt::format("ID={}&Return=0&CMD=DATA\n", id));
        app.set_now("2026-11-20T04:03:00Z");
        std::this_thread::sleep_for(3s);
        CHECK(day_of(app, serial, "2026-11-20").at("comparisons").at(0).at("result") == "open");
        CHECK(push(app, "1\t2026-11-20 07:50:00\t0\t15\t0\n2\t2026-11-20 07:51:00\t0\t15\t0\n") == "OK: 2");
        becomes("complete", 0, "query");
    }
    SUBCASE("it never answers the first question: the second is asked") {
        for (int minute = 7; minute <= 17; minute += 5) {
            app.set_now(fmt::format("2026-11-20T04:{:02}:00Z", minute));
            const std::string reply = poll(app);
            if (minute < 17) CHECK(reply == fmt::format("C:{}:{}\n", id, text));
        }
        then_query();
        CHECK(push(app, "1\t2026-11-20 07:50:00\t0\t15\t0\n2\t2026-11-20 07:51:00\t0\t15\t0\n") == "OK: 2");
        answer(app, fmt::format("ID={}&Return=2&CMD=DATA\n", id));
        app.set_now("2026-11-20T04:20:00Z");
        poll(app);
        CHECK(await([&] { return has_result(day_of(app, serial, "2026-11-20"), "complete"); }, 30s));
    }
    SUBCASE("asked again for a longer period meanwhile: the shorter answer does not end it") {
        app.set_now("2026-11-20T04:05:00Z");
        ask_about(app, "2026-11-20");
        std::this_thread::sleep_for(2s);
        verify(2);
        app.set_now("2026-11-20T04:07:00Z");
        std::tie(id, text) = next_command(app);
        CHECK(text == "VERIFY SUM ATTLOG StartTime=2026-11-20 00:00:00\tEndTime=2026-11-20 12:05:00");
        verify(2);
        becomes("complete", 0, "verify_sum");
        const auto comparisons = day_of(app, serial, "2026-11-20").at("comparisons").as_array();
        REQUIRE(comparisons.size() == 1);
        CHECK(comparisons[0].at("until") == "2026-11-20T12:05:00");
    }
    SUBCASE("it knows neither question: unknown") {
        answer(app, fmt::format("ID={}&Return=-1002&CMD=VERIFY SUM\n", id));
        then_query();
        answer(app, fmt::format("ID={}&Return=-1002&CMD=DATA\n", id));
        becomes("unknown", 0, "");
    }
    SUBCASE("it counts, but cannot send: short") {
        verify(5);
        then_query();
        answer(app, fmt::format("ID={}&Return=-1002&CMD=DATA\n", id));
        becomes("short", 3, "verify_sum");
    }
}

TEST_CASE("an empty day of a terminal that cannot count is proven by what lies before it") {
    const TemporaryFolder state;
    const std::string friday_afternoon = "1\t2026-11-20 16:01:00\t0\t15\t0\n";
    bool is_known = false;
    bool comes = false;
    SUBCASE("a punch of the day before, and it comes") { is_known = comes = true; }
    SUBCASE("a punch of the day before, and it does not come") { is_known = true; }
    SUBCASE("nothing at all") {}
    RunningApp app(by_hand(state.path()), "2026-11-21T04:00:00Z");
    if (is_known) CHECK(push(app, friday_afternoon) == "OK: 1");
    poll(app);
    ask_about(app, "2026-11-21");
    app.set_now("2026-11-21T04:02:00Z");
    auto [id, text] = next_command(app);
    answer(app, fmt::format("ID={}&Return=-1002&CMD=VERIFY SUM\n", id));
    std::tie(id, text) = next_command(app);
    CHECK(text == fmt::format("DATA QUERY ATTLOG StartTime={}\tEndTime=2026-11-21 12:00:00",
                              is_known ? "2026-11-20 16:01:00" : "2026-11-21 00:00:00"));
    if (comes) CHECK(push(app, friday_afternoon) == "OK: 1");
    answer(app, fmt::format("ID={}&Return=0&CMD=DATA\n", id));
    app.set_now("2026-11-21T04:10:00Z");
    poll(app);
    json::object day;
    const auto is_over = [&] {
        day = day_of(app, serial, "2026-11-21");
        return day.at("comparisons").at(0).at("result") != "open";
    };
    REQUIRE(await(is_over, 30s));
    CHECK(has_result(day, comes ? "complete" : "unknown"));
}

TEST_CASE("a restart while it is fetched begins anew, and counts what was fetched before it") {
    const TemporaryFolder state;
    auto settings = by_hand(state.path());
    settings.completeness.after_gap = 24h;
    std::string id;
    std::string text;
    {
        RunningApp app(settings, "2026-11-20T04:00:00Z");
        CHECK(push(app, "1\t2026-11-20 07:50:00\t0\t15\t0\n") == "OK: 1");
        ask_about(app, "2026-11-20");
        app.set_now("2026-11-20T04:02:00Z");
        std::tie(id, text) = next_command(app);
        answer(app, fmt::format("ID={}&Return=0&CMD=VERIFY SUM&AttlogSum=3\n", id));
        std::tie(id, text) = next_command(app);
        CHECK(push(app, "2\t2026-11-20 07:51:00\t0\t15\t0\n3\t2026-11-20 07:52:00\t0\t15\t0\n") == "OK: 2");
    }
    // As a kill leaves it: with the name of one that is gone. An embedded store is nobody else's.
    const bool killed = on_postgres();
    if (killed) CHECK(stored_texts(state.path(), "UPDATE completeness SET worker = 'gone' RETURNING id").size() == 1);
    pull::LeaseTimes lease_times;
    lease_times.beat = 500ms;
    lease_times.silence = 6s;
    RunningApp app(settings, "2026-11-20T04:20:00Z", lease_times);
    if (killed) {
        std::this_thread::sleep_for(3s);
        CHECK(poll(app).find("VERIFY SUM") == std::string::npos);
    }
    std::string reply;
    REQUIRE(await([&] { return (reply = poll(app)).find("VERIFY SUM") != reply.npos; }, 30s));
    const auto line = reply.substr(0, reply.find(":VERIFY SUM"));
    id = line.substr(line.rfind("C:") + 2);
    answer(app, fmt::format("ID={}&Return=0&CMD=VERIFY SUM&AttlogSum=3\n", id));
    CHECK(await([&] { return has_result(day_of(app, serial, "2026-11-20"), "mended"); }, 30s));
    CHECK(day_of(app, serial, "2026-11-20").at("n") == 2);
}

TEST_CASE("what was proven stays proven when nobody can be asked again") {
    const TemporaryFolder state;
    RunningApp app(by_hand(state.path()), "2026-11-21T04:00:00Z");
    CHECK(push(app, "1\t2026-11-20 07:50:00\t0\t15\t0\n") == "OK: 1");
    const auto answer_with = [&](const char* result, const char* now) {
        ask_about(app, "2026-11-20");
        app.set_now(now);
        auto [id, text] = next_command(app);
        answer(app, fmt::format("ID={}&{}\n", id, result));
        return id;
    };
    answer_with("Return=0&CMD=VERIFY SUM&AttlogSum=1", "2026-11-21T04:02:00Z");
    REQUIRE(await([&] { return has_result(day_of(app, serial, "2026-11-20"), "complete"); }, 30s));
    answer_with("Return=-1002&CMD=VERIFY SUM", "2026-11-21T04:05:00Z");
    auto [id, text] = next_command(app);
    answer(app, fmt::format("ID={}&Return=-1002&CMD=DATA\n", id));
    REQUIRE(await(
        [&] {
            const auto day = day_of(app, serial, "2026-11-20");
            const auto& comparisons = day.at("comparisons").as_array();
            return comparisons.size() == 2 && comparisons[1].at("result") == "unknown";
        },
        30s));
    CHECK(has_result(day_of(app, serial, "2026-11-20"), "complete"));
}

TEST_CASE("the pauses of a month reach from its beginning, or the first contact, to now") {
    const TemporaryFolder state;
    RunningApp app(by_hand(state.path()), "2026-11-20T04:00:00Z");
    CHECK(poll(app) == "OK");
    std::this_thread::sleep_for(6s);  // contacts are written every few seconds
    const auto pauses = [&](const char* now, const char* month) {
        app.set_now(now);
        std::string all;
        const auto certificate = get(app, fmt::format("/api/v1/terminals/{}/certificate?month={}", serial, month));
        for (const auto& pause : certificate.at("gaps").as_array()) {
            all += fmt::format("{} {}, ", std::string_view(pause.at("since").as_string()),
                               std::string_view(pause.at("until").as_string()));
        }
        return all;
    };
    CHECK(pauses("2026-11-20T04:01:00Z", "2026-11").empty());
    CHECK(pauses("2026-11-25T00:00:00Z", "2026-11") == "2026-11-20T04:00:00.000Z 2026-11-25T00:00:00.000Z, ");
    CHECK(pauses("2027-01-01T00:00:00Z", "2026-12") == "2026-11-30T16:00:00.000Z 2026-12-31T16:00:00.000Z, ");
}

TEST_CASE("a log that begins later proves nothing of the days before it") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(10));  // of 2026-11-02
    const TemporaryFolder state;
    config::Settings settings = RunningApp::settings(state.path());
    settings.completeness.days = 0;
    settings.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
    settings.pull.every = std::chrono::hours(24 * 365);
    settings.terminals.push_back(pulled(terminal.serial(), terminal.port()));
    RunningApp app(settings, "2026-11-04T04:00:00Z");
    // Asked before it is pulled: the pull answers both.
    CHECK(test::exchange(app.admin_port(), post_request(fmt::format("/api/v1/terminals/{}/completeness", serial),
                                                        R"({"from": "2026-11-01", "to": "2026-11-03"})"))
              .status == 202);
    const auto result = [&](const char* day) {
        const auto read = day_of(app, serial, day);
        return read.empty() ? std::string() : std::string(read.at("result").as_string());
    };
    CHECK(await([&] { return result("2026-11-02") == "complete" && result("2026-11-03") == "complete"; }, 60s));
    REQUIRE(await(
        [&] { return day_of(app, serial, "2026-11-01").at("comparisons").as_array().back().at("result") != "open"; },
        60s));
    CHECK(result("2026-11-01") == "unknown");
}

TEST_CASE("a terminal that pushed once and is pulled now is pulled for its days") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(10));
    const TemporaryFolder state;
    config::Settings settings = RunningApp::settings(state.path());
    settings.completeness.days = 0;
    settings.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
    settings.pull.every = std::chrono::hours(24 * 365);
    settings.terminals.push_back(pulled(terminal.serial(), terminal.port()));
    RunningApp app(settings, "2026-11-03T00:00:00Z");
    CHECK(poll(app) == "OK");
    CHECK(test::pull(app.admin_port(), serial).find("\"done\"") != std::string::npos);
    terminal.machine().set_log(punches(20));
    app.set_now("2026-11-03T00:30:00Z");
    ask_about(app, "2026-11-02");
    std::this_thread::sleep_for(3s);
    const auto asked = [&] {
        const json::object day = day_of(app, serial, "2026-11-02");
        for (const auto& comparison : day.at("comparisons").as_array()) {
            if (comparison.at("cause") == "asked") return comparison.as_object();
        }
        return json::object();
    };
    CHECK(has_result(asked(), "open"));  // it may push again
    app.set_now("2026-11-03T02:00:00Z");
    CHECK(await([&] { return has_result(asked(), "mended"); }, 60s));
    CHECK(asked().at("n") == 10);
    CHECK(stored_punches(state.path()) == terminal.expected());
}

TEST_CASE("a pull that was only a try raises no alarm") {
    const TemporaryFolder state;
    config::Settings settings = by_hand(state.path());
    settings.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
    settings.completeness.after_gap = 24h;
    RunningApp app(settings, "2026-11-20T00:00:00Z");
    for (int i = 0; i < 4; ++i) {
        CHECK(poll(app) == "OK");
        ask_about(app, "2026-11-19");
        app.set_now(fmt::format("2026-11-20T{:02}:30:00Z", i));
        for (int question = 0; question < 2; ++question) {
            const auto [id, text] = next_command(app);
            answer(app, fmt::format("ID={}&Return=-1002&CMD=X\n", id));
        }
        REQUIRE(await(
            [&] {
                const auto day = day_of(app, serial, "2026-11-19");
                const auto& comparisons = day.at("comparisons").as_array();
                return comparisons.size() == static_cast<std::size_t>(i + 1) &&
                       comparisons.back().at("result") == "unknown";
            },
            60s));
        app.set_now(fmt::format("2026-11-20T{:02}:40:00Z", i));
    }
    CHECK(count_rows(state.path(), "pull_run WHERE state = 'failed'") == 4);
    CHECK(alarms(app).empty());
}

TEST_CASE("where push cannot answer, the log is pulled") {
    PulledTerminal terminal;
    terminal.machine().set_log(punches(300));
    const TemporaryFolder state;
    config::Settings settings = RunningApp::settings(state.path());
    settings.completeness.days = 0;
    settings.pull.networks.push_back(*config::Network::decode("127.0.0.0/8"));
    settings.pull.every = std::chrono::hours(24 * 365);
    settings.terminals.push_back(pulled(terminal.serial(), terminal.port()));
    RunningApp app(settings, "2026-12-01T00:00:00Z");
    const std::string day = std::get<1>(*terminal.expected().begin()).substr(0, 10);
    CHECK(poll(app) == "OK");
    ask_about(app, day);
    app.set_now("2026-12-01T00:02:00Z");
    CHECK(poll(app) == "OK");
    for (int question = 0; question < 2; ++question) {
        const auto [id, text] = next_command(app);
        answer(app, fmt::format("ID={}&Return=-1002&CMD=X\n", id));
    }
    REQUIRE(await([&] { return has_result(day_of(app, serial, day), "mended"); }, 60s));
    const auto expected = terminal.expected();
    const auto of_day = std::count_if(expected.begin(), expected.end(),
                                      [&](const StoredPunch& punch) { return std::get<1>(punch).starts_with(day); });
    CHECK(day_of(app, serial, day).at("n").as_int64() == of_day);
    CHECK(stored_punches(state.path()) == expected);
}
