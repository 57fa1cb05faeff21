// Commands to terminals: asked by a person, offered with polls, answered or given up; each that must not run twice
// never does.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "protocol/text_fields.hpp"
#include "tests/end_to_end/fire.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* serial = "TST7240100001";
constexpr const char* other = "TST7240100002";

std::string commands_of(const char* terminal) { return fmt::format("/api/v1/terminals/{}/commands", terminal); }

json::array list(const RunningApp& app, const char* terminal = serial) {
    const auto answer = http_get(app.admin_port(), commands_of(terminal));
    REQUIRE(answer.status == 200);
    return json::parse(answer.body).at("commands").as_array();
}

RawResponse ask(const RunningApp& app, const std::string& body, const char* terminal = serial) {
    return test::exchange(app.admin_port(), post_request(commands_of(terminal), body));
}

std::string id_of(const RawResponse& answer) {
    REQUIRE(answer.status == 202);
    return std::string(json::parse(answer.body).at("id").as_string());
}

std::string poll(const RunningApp& app, const char* terminal = serial) {
    return test::exchange(app.terminal_port(), get_request(fmt::format("/iclock/getrequest?SN={}", terminal))).body;
}

RawResponse answer(const RunningApp& app, const std::string& body, const char* terminal = serial) {
    return test::exchange(app.terminal_port(), post_request(fmt::format("/iclock/devicecmd?SN={}", terminal), body));
}

std::string state_of(const RunningApp& app, const std::string& id) {
    for (const auto& command : list(app)) {
        if (command.at("id").as_string() == id) return std::string(command.at("state").as_string());
    }
    return "absent";
}

Instant minutes_on(Instant from, int minutes) { return from + std::chrono::minutes(minutes); }

}  // namespace

TEST_CASE("a command goes out with the next poll, and its result comes back in every shape") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial, other}));
    CHECK(poll(app) == "OK");
    const std::string info = id_of(ask(app, R"({"command": "INFO"})"));
    const std::string sum = id_of(ask(app, R"({"command": "VERIFY SUM ATTLOG", "from": "2026-01-05T00:00:00",
        "to": "2026-01-05T23:59:59"})"));
    const std::string query = id_of(ask(app, R"({"command": "DATA QUERY ATTLOG", "from": "2026-01-05T00:00:00",
        "to": "2026-01-05T23:59:59"})"));
    // Asked again while it waits: the same.
    CHECK(id_of(ask(app, R"({"command": "INFO"})")) == info);
    CHECK(poll(app, other) == "OK");
    CHECK(poll(app) ==
          fmt::format("C:{}:INFO\n"
                      "C:{}:VERIFY SUM ATTLOG StartTime=2026-01-05 00:00:00\tEndTime=2026-01-05 23:59:59\n"
                      "C:{}:DATA QUERY ATTLOG StartTime=2026-01-05 00:00:00\tEndTime=2026-01-05 23:59:59\n",
                      info, sum, query));
    CHECK(poll(app) == "OK");
    CHECK(state_of(app, info) == "offered");
    // protocol-adms § 8.11 and 8.12
    CHECK(answer(app, fmt::format("ID={}&Return=0&CMD=VERIFY SUM&StartTime=2026-01-05 00:00:00&EndTime=2026-01-05 "
                                  "23:59:59&AttlogSum=3\nID={}&Return=3&CMD=DATA\n",
                                  sum, query))
              .body == "OK");
    CHECK(answer(app, fmt::format("ID={}&Return=0&CMD=INFO\n~DeviceName=SpeedFace-V5L\nMAC=00:17:61:00:00:01\n", info))
              .body == "OK");
    for (const auto& command : list(app)) {
        CHECK(command.at("state") == "answered");
        CHECK(command.at("return") == (command.at("id").as_string() == query ? 3 : 0));
        CHECK(command.at("offers") == 1);
        if (command.at("id").as_string() == sum) CHECK(command.at("records") == 3);
    }
    // The other shapes of § 4.3.
    const std::string log = id_of(ask(app, R"({"command": "LOG"})"));
    CHECK(poll(app).starts_with("C:" + log));
    CHECK(test::exchange(app.terminal_port(),
                         get_request(fmt::format("/iclock/devicecmd?SN={}&ID={}&return=0&CMD=LOG", serial, log)))
              .body == "OK");
    CHECK(state_of(app, log) == "answered");
    const std::string check = id_of(ask(app, R"({"command": "CHECK"})"));
    CHECK(poll(app).starts_with("C:" + check));
    CHECK(test::exchange(
              app.terminal_port(),
              post_request("/iclock/devicecmd", fmt::format("ID={}\nSN={}\nReturn=0\nCMD=Check\n", check, serial)))
              .body == "OK");
    CHECK(state_of(app, check) == "answered");
    const std::string users = id_of(ask(app, R"({"command": "DATA QUERY USERINFO", "pin": "0042"})"));
    CHECK(poll(app) == fmt::format("C:{}:DATA QUERY USERINFO PIN=0042\n", users));
    // X100-C: to cdata, without a table.
    CHECK(test::exchange(app.terminal_port(), post_request(fmt::format("/iclock/cdata?SN={}", serial),
                                                           fmt::format("ID={}&Return=-10&CMD=DATA\r\n", users)))
              .body == "OK");
    CHECK(state_of(app, users) == "answered");
    CHECK(count_rows(state.path(), "audit WHERE action = 'command.add'") == 7);
}

TEST_CASE("no terminal answers for another, and an id that nobody gave is OK") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial, other}));
    const std::string id = id_of(ask(app, R"({"command": "INFO"})"));
    const std::string result = fmt::format("ID={}&Return=0&CMD=INFO\n", id);
    CHECK(answer(app, result).body == "OK");  // never offered
    CHECK(state_of(app, id) == "queued");
    CHECK(poll(app).starts_with("C:"));
    CHECK(answer(app, result, other).body == "OK");
    CHECK(answer(app, fmt::format("ID={}&Return=0&CMD=INFO&SN={}\n", id, other)).body == "OK");
    CHECK(answer(app, "ID=999999&Return=0&CMD=INFO\nID=abc&Return=0\nID=99999999999999999999&Return=0\n").body == "OK");
    CHECK(state_of(app, id) == "offered");
    CHECK(answer(app, result, "TST9999999999").status == 403);
    CHECK(answer(app, result).body == "OK");
    CHECK(state_of(app, id) == "answered");
    CHECK(answer(app, fmt::format("ID={}&Return=-1&CMD=INFO\n", id)).body == "OK");
    CHECK(list(app)[0].at("return") == 0);
}

TEST_CASE("what cannot be a command is 422, with a sentence, and no line goes out") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const struct {
        const char* name;
        const char* body;
        const char* sentence;
    } cases[] = {
        {"a TAB", R"({"command": "DATA QUERY USERINFO", "pin": "1\tName=x"})", "control character"},
        {"a CR", R"({"command": "DATA QUERY USERINFO", "pin": "1\r"})", "control character"},
        {"a LF", R"({"command": "DATA QUERY USERINFO", "pin": "1\nC:9:REBOOT"})", "control character"},
        {"a NUL", R"({"command": "SET OPTION", "key": "Delay", "value": "30\u0000"})", "control character"},
        {"a LF in a reason", R"({"command": "REBOOT", "reason": "hangs\nC:9:CHECK"})", "without control characters"},
        {"a LF in a key", R"({"command": "SET OPTION", "key": "Delay=30\nx", "value": "30"})", "control character"},
        {"a verb of no one", R"({"command": "CLEAR LOG"})", "command has to be one of: INFO, CHECK, LOG, DATA QUERY"},
        {"free text", R"({"command": "INFO\nC:9:REBOOT"})", "command has to be one of"},
        {"no reason", R"({"command": "REBOOT"})", "needs a reason"},
        {"an empty reason", R"({"command": "REBOOT", "reason": "  "})", "needs a reason"},
        {"an option of no one", R"({"command": "SET OPTION", "key": "ICLOCKSVRURL", "value": "1"})",
         "only these options"},
        {"a value of no one", R"({"command": "SET OPTION", "key": "Delay", "value": "1"})", "from 2 to 60"},
        {"no period", R"({"command": "DATA QUERY ATTLOG"})", "needs from and to"},
        {"half a period", R"({"command": "VERIFY SUM ATTLOG", "from": "2026-01-05T00:00:00"})", "needs from and to"},
        {"no time", R"({"command": "DATA QUERY ATTLOG", "from": "yesterday"})", "local time"},
        {"a name", R"({"command": "INFO", "name": "Ann\tLee"})", "'name' is unknown"},
        {"a number", R"({"command": "DATA QUERY USERINFO", "pin": 42})", "'pin' has to be a text"},
        {"nothing", "", "JSON object"},
        {"no command", "{}", "command is missing"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const auto refused = ask(app, c.body);
        CHECK(refused.status == 422);
        CHECK(refused.body.find(c.sentence) != std::string::npos);
        CHECK(poll(app) == "OK");
    }
    CHECK(count_rows(state.path(), "command") == 0);
    CHECK(ask(app, R"({"command": "INFO"})", "TST9999999999").status == 404);
    http_patch(app.admin_port(), fmt::format("/api/v1/terminals/{}", serial), R"({"state": "suspended"})");
    CHECK(ask(app, R"({"command": "INFO"})").status == 409);
}

TEST_CASE("a repeatable command is offered three times, a restart of the terminal once") {
    const TemporaryFolder state;
    const Instant begun = utc("2026-11-20T00:00:00Z");
    std::string info;
    std::string reboot;
    {
        RunningApp app(RunningApp::settings(state.path(), {serial}), format_utc(begun));
        info = id_of(ask(app, R"({"command": "INFO"})"));
        reboot = id_of(ask(app, R"({"command": "REBOOT", "reason": "the screen is frozen"})"));
        CHECK(poll(app) == fmt::format("C:{}:INFO\nC:{}:REBOOT\n", info, reboot));
        app.set_now(format_utc(minutes_on(begun, 4)));
        CHECK(poll(app) == "OK");
        app.set_now(format_utc(minutes_on(begun, 5)));
        CHECK(poll(app) == fmt::format("C:{}:INFO\n", info));
        CHECK(poll(app) == "OK");
    }
    // A restart of the daemon forgets nothing.
    RunningApp app(RunningApp::settings(state.path(), {serial}), format_utc(minutes_on(begun, 6)));
    CHECK(poll(app) == "OK");
    app.set_now(format_utc(minutes_on(begun, 10)));
    CHECK(poll(app) == fmt::format("C:{}:INFO\n", info));
    app.set_now(format_utc(minutes_on(begun, 60)));
    CHECK(poll(app) == "OK");
    CHECK(await([&] { return state_of(app, info) == "expired" && state_of(app, reboot) == "expired"; }, 30s));
    // The answer was only late.
    CHECK(answer(app, fmt::format("ID={}&Return=0&CMD=INFO\n", info)).body == "OK");
    CHECK(state_of(app, info) == "answered");
    CHECK(poll(app) == "OK");

    // One that nobody fetches in time never goes out.
    const std::string again = id_of(ask(app, R"({"command": "REBOOT", "reason": "again"})"));
    CHECK(again != reboot);
    app.set_now(format_utc(minutes_on(begun, 76)));
    CHECK(poll(app) == "OK");
    CHECK(await([&] { return state_of(app, again) == "expired"; }, 30s));
}

TEST_CASE("twenty commands a reply, the ending one last") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    id_of(ask(app, R"({"command": "CHECK"})"));
    for (int i = 0; i < 30; ++i)
        id_of(ask(app, fmt::format(R"({{"command": "DATA QUERY USERINFO", "pin": "{}"}})", i)));
    const std::string first = poll(app);
    CHECK(std::count(first.begin(), first.end(), '\n') == 20);
    CHECK(first.ends_with(":CHECK\n"));
    const std::string second = poll(app);
    CHECK(std::count(second.begin(), second.end(), '\n') == 11);
    CHECK(poll(app) == "OK");
}

namespace {

// Does what it is told as soon as it hears it; keeps a result until it hears OK. A restart forgets the results.
class ModelTerminal {
public:
    void hear(const std::string& reply) {
        if (reply == "OK") return;
        std::size_t at = 0;
        while (at < reply.size()) {
            const auto end = reply.find('\n', at);
            REQUIRE(end != std::string::npos);
            const std::string line = reply.substr(at, end - at);
            at = end + 1;
            REQUIRE(line.starts_with("C:"));
            const auto colon = line.find(':', 2);
            const std::string id = line.substr(2, colon - 2);
            const std::string verb = line.substr(colon + 1);
            ++runs[id];
            if (verb == "REBOOT") {
                results.clear();
                continue;
            }
            results.push_back(fmt::format("ID={}&Return=0&CMD={}\n", id, verb.substr(0, verb.find(' '))));
        }
    }
    std::map<std::string, int> runs;
    std::deque<std::string> results;
};

}  // namespace

TEST_CASE(
    "under lost polls, lost results, duplicates and restarts: what may run once runs once at most, the rest is "
    "answered") {
    const TemporaryFolder state;
    const auto settings = RunningApp::settings(state.path(), {serial});
    Instant now = utc("2026-11-20T00:00:00Z");
    std::mt19937_64 random(5);
    const auto happens = [&](unsigned percent) { return random() % 100 < percent; };
    auto app = std::make_unique<RunningApp>(settings, format_utc(now));
    ModelTerminal terminal;
    std::map<std::string, std::string> asked;  // id: verb
    for (int round = 0; round < 150; ++round) {
        now += std::chrono::seconds(random() % 90);
        app->set_now(format_utc(now));
        if (round < 100 && happens(25)) {
            static const char* wanted[] = {
                R"({"command": "INFO"})", R"({"command": "LOG"})", R"({"command": "REBOOT", "reason": "test"})",
                R"({"command": "SET OPTION", "key": "Delay", "value": "30"})",
                R"({"command": "DATA QUERY ATTLOG", "from": "2026-01-05T00:00:00", "to": "2026-01-05T23:59:59"})"};
            const auto made = json::parse(ask(*app, wanted[random() % std::size(wanted)]).body);
            asked[std::string(made.at("id").as_string())] = std::string(made.at("command").as_string());
        }
        if (happens(4)) {
            app.reset();
            app = std::make_unique<RunningApp>(settings, format_utc(now));
        }
        const std::string reply = poll(*app);
        // Never lost three times in a row: then it is given up, as it should be.
        if (!happens(round % 3 == 0 ? 0 : 20)) terminal.hear(reply);
        while (!terminal.results.empty()) {
            if (happens(20)) break;  // its turn comes with a later call
            const std::string body = terminal.results.front();
            REQUIRE(answer(*app, body).body == "OK");
            if (!happens(20)) terminal.results.pop_front();  // else the OK was lost, and it is sent again
        }
        if (happens(3)) terminal.results.clear();
    }
    for (int i = 0; i < 12; ++i) {
        now += 6min;
        app->set_now(format_utc(now));
        terminal.hear(poll(*app));
        for (const auto& body : terminal.results) REQUIRE(answer(*app, body).body == "OK");
        terminal.results.clear();
    }
    int once = 0;
    int repeatable = 0;
    for (const auto& each : asked) {
        const auto& id = each.first;
        const auto& verb = each.second;
        CAPTURE(id);
        CAPTURE(verb);
        if (verb == "REBOOT" || verb == "SET OPTION") {
            ++once;
            CHECK(terminal.runs[id] <= 1);
        } else {
            ++repeatable;
            CHECK(terminal.runs[id] >= 1);
            CHECK(state_of(*app, id) == "answered");
        }
    }
    CHECK(once > 2);
    CHECK(repeatable > 5);
}

// protocol-adms § 4.2: no door, file, shell or clearing can be asked for, because the words are not there to send.
TEST_CASE("the destructive verbs are in no string of presensid") {
    std::ifstream file(PRESENSI_BIN_DIR "/presensid", std::ios::binary);
    REQUIRE(file);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    REQUIRE(bytes.find("DATA QUERY ATTLOG") != std::string::npos);
    for (const char* verb : {"SHELL ", "PutFile", "GetFile", "UPGRADE ", "CLEAR ", "AC_UNLOCK"}) {
        CAPTURE(verb);
        CHECK(bytes.find(verb) == std::string::npos);
    }
}
