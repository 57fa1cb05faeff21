// The outside faces of the admin listener (docs/openapi.yaml).
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <set>
#include <vector>

#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

constexpr const char* serial = "TST7240100001";

std::string push(RunningApp& app, const std::string& body, const char* who = serial) {
    return exchange(app.terminal_port(),
                    post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", who), body))
        .body;
}

json::value get(RunningApp& app, const std::string& target) {
    app.settle();
    const auto response = http_get(app.admin_port(), target);
    REQUIRE(response.status == 200);
    CHECK(response.header("Content-Type") == "application/json");
    return json::parse(response.body);
}

std::string text(const json::value& value) { return std::string(value.as_string()); }

}  // namespace

TEST_CASE("health, readiness and status") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}), "2026-11-20T00:00:00Z");
    CHECK(http_get(app.admin_port(), "/healthz").status == 200);
    CHECK(http_get(app.admin_port(), "/readyz").status == 200);
    push(app, "1\t2026-11-20 07:58:30\t0\t1\nbroken\n");
    app.set_now("2026-11-20T00:01:40Z");
    const auto status = get(app, "/api/v1/status");
    CHECK(text(status.at("version")) == PRESENSI_VERSION);
    CHECK(status.at("uptime_s") == 100);
    CHECK(text(status.at("store").at("backend")) == (on_postgres() ? "postgres" : "sqlite"));
    CHECK(text(status.at("store").at("state")) == "available");
    CHECK(json::serialize(status.at("counts")) == R"({"terminals":1,"punches":1,"deliveries":1,"rejects":1})");
    for (const auto& alarm : status.at("alarms").as_array()) CHECK(text(alarm.at("id")) == "new_rejects");  // the line
}

TEST_CASE("counts are right again after a restart") {
    const TemporaryFolder state;
    const auto settings = RunningApp::settings(state.path(), {serial});
    {
        RunningApp app(settings);
        push(app, "1\t2026-11-20 07:58:30\t0\t1\n2\t2026-11-20 07:58:31\t0\t1\nbroken\n");
    }
    RunningApp app(settings);
    CHECK(json::serialize(get(app, "/api/v1/status").at("counts")) ==
          R"({"terminals":1,"punches":2,"deliveries":1,"rejects":1})");
    const auto terminal = get(app, fmt::format("/api/v1/terminals/{}", serial));
    CHECK(json::serialize(terminal.at("counts")) == R"({"punches":2,"rejects":1})");
    CHECK(text(terminal.at("last_punch")) == "2026-11-20T07:58:31");
    CHECK(text(terminal.at("last_seen")) == "2026-11-20T00:00:00.000Z");
}

TEST_CASE("terminals learn their firmware from polls and options") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    exchange(app.terminal_port(),
             get_request(fmt::format(
                 "/iclock/getrequest?SN={}&INFO=ZAM180-NF50VA-Ver3.4.9,2,1,7,192.0.2.1,10,39,12,1,01110", serial)));
    exchange(app.terminal_port(),
             post_request(fmt::format("/iclock/cdata?SN={}&table=options", serial),
                          "~DeviceName=SpeedFace-V5L,MAC=00:17:61:00:00:01,PushVersion=Ver 2.0.33S-20220623"));
    const auto terminal = get(app, fmt::format("/api/v1/terminals/{}", serial));
    CHECK(text(terminal.at("firmware")) == "ZAM180-NF50VA-Ver3.4.9");
    CHECK(text(terminal.at("model")) == "SpeedFace-V5L");
    CHECK(text(terminal.at("mac")) == "00:17:61:00:00:01");
    CHECK(terminal.at("users") == 2);
    CHECK(terminal.at("records") == 7);
    CHECK(text(terminal.at("address")) == "127.0.0.1");
}

TEST_CASE("the feed: pages, next, filters, CSV") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {serial, "TST2"});
    settings.terminals[1].unit = "diskominfo";
    RunningApp app(settings);
    const auto empty = get(app, "/api/v1/punches");
    CHECK(empty.at("punches").as_array().empty());
    const std::string origin = text(empty.at("next"));
    CHECK_FALSE(origin.empty());
    CHECK(text(get(app, "/api/v1/punches?after=" + origin).at("next")) == origin);
    CHECK(text(get(app, "/api/v1/punches?after=0").at("next")) == "0");

    std::string body;
    for (int i = 0; i < 25; ++i) body += fmt::format("{}\t2026-11-20 07:00:{:02}\t0\t1\n", i % 5, i);
    push(app, body);
    push(app, "77\t2026-11-21 00:00:00\t0\t1\n", "TST2");

    std::vector<std::string> ids;
    std::string after = origin;
    for (;;) {
        const auto page = get(app, "/api/v1/punches?limit=7&after=" + after);
        for (const auto& punch : page.at("punches").as_array()) ids.push_back(text(punch.at("id")));
        if (page.at("punches").as_array().empty()) {
            CHECK(text(page.at("next")) == after);
            break;
        }
        after = text(page.at("next"));
    }
    CHECK(ids.size() == 26);
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 26);

    const struct {
        const char* name;
        const char* filter;
        std::size_t rows;
    } filters[] = {
        {"terminal", "terminal=TST2", 1},
        {"pin", "pin=0003", 5},
        {"unit", "unit=diskominfo", 1},
        {"from", "from=2026-11-20T07:00:20", 6},
        {"to", "to=2026-11-20T07:00:20", 20},
        {"a day", "from=2026-11-20&to=2026-11-21", 25},
        {"all of them", "terminal=TST7240100001&pin=4&from=2026-11-20T07:00:05&to=2026-11-20T07:00:15", 2},
        {"nobody", "terminal=NOBODY", 0},
    };
    for (const auto& f : filters) {
        CAPTURE(f.name);
        CHECK(get(app, std::string("/api/v1/punches?") + f.filter).at("punches").as_array().size() == f.rows);
    }

    const auto csv = http_get(app.admin_port(), "/api/v1/punches?terminal=TST2", "Accept: text/csv\r\n");
    CHECK(csv.header("Content-Type") == "text/csv; charset=utf-8");
    CHECK_FALSE(csv.header("Presensi-Next").empty());
    CHECK(csv.body.starts_with("id,terminal,pin,device_time,"));
    CHECK(csv.body.find(",TST2,77,2026-11-21T00:00:00,Asia/Makassar,2026-11-20T16:00:00Z,0,1,,push,live,true,") !=
          std::string::npos);
}

TEST_CASE("a cursor of another database is 410, nonsense is 400, and both say why") {
    const TemporaryFolder one;
    const TemporaryFolder two;
    std::string cursor;
    {
        RunningApp app(RunningApp::settings(one.path(), {serial}));
        push(app, "1\t2026-11-20 07:58:30\t0\t1\n");
        cursor = text(get(app, "/api/v1/punches").at("next"));
    }
    RunningApp app(RunningApp::settings(two.path(), {serial}));
    const struct {
        std::string target;
        int status;
    } cases[] = {
        {"/api/v1/punches?after=" + cursor, 410},
        {"/api/v1/punches?after=nonsense", 400},
        {"/api/v1/punches?after=-1", 400},
        {"/api/v1/punches?limit=0", 400},
        {"/api/v1/punches?limit=10001", 400},
        {"/api/v1/punches?limit=x", 400},
        {"/api/v1/punches?from=yesterday", 400},
        {"/api/v1/punches?to=2026-13-45", 400},
        {"/api/v1/punches?terminall=x", 400},
        {"/api/v1/punches?pin=1&pin=2", 400},
        {"/api/v1/punches?pin=%zz", 400},
        {"/api/v1/punches?pin=%ff", 400},
        {"/api/v1/rejects?after=x", 400},
        {"/api/v1/deliveries/99", 404},
        {"/api/v1/deliveries/x", 404},
        {"/api/v1/terminals/NOBODY", 404},
        {"/api/v1/nothing", 404},
        {"/nothing", 404},
        {"/api/v1/terminals/" + std::string(serial) + "/x", 404},
    };
    for (const auto& c : cases) {
        CAPTURE(c.target);
        const auto response = http_get(app.admin_port(), c.target);
        CHECK(response.status == c.status);
        CHECK(response.header("Content-Type") == "application/problem+json");
        const auto problem = json::parse(response.body);
        CHECK(problem.at("status") == c.status);
        CHECK(problem.at("detail").as_string().size() > 20);
    }
    const auto wrong_method =
        exchange(app.admin_port(), "POST /api/v1/punches HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    CHECK(wrong_method.status == 405);
    CHECK(wrong_method.header("Allow") == "GET");
    CHECK(exchange(app.admin_port(), "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 421);
    CHECK(exchange(app.admin_port(), "GET /healthz HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n").status == 200);
    CHECK(exchange(app.admin_port(), "GET /iclock/ping?SN=x HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 404);
}

TEST_CASE("PATCH approves, suspends and renames, leaves an audit row, and survives a restart") {
    const TemporaryFolder state;
    const auto settings = RunningApp::settings(state.path(), {serial});
    const std::string target = fmt::format("/api/v1/terminals/{}", serial);
    {
        RunningApp app(settings);
        const auto changed = http_patch(app.admin_port(), target,
                                        R"({"state":"suspended","name":"Apel \"IV\" <b>","unit":"diskominfo"})");
        CHECK(changed.status == 200);
        CHECK(text(json::parse(changed.body).at("state")) == "suspended");
        CHECK(count_rows(state.path(), "audit WHERE action = 'terminal.change'") == 1);
        CHECK(http_patch(app.admin_port(), target, R"({"state":"suspended"})").status == 200);
        CHECK(count_rows(state.path(), "audit WHERE action = 'terminal.change'") == 1);  // nothing changed
        const struct {
            const char* body;
            int status;
        } wrong[] = {{"{", 422},
                     {"[]", 422},
                     {R"({"state":"seen"})", 422},
                     {R"({"state":"x"})", 422},
                     {R"({"state":1})", 422},
                     {R"({"stat":"approved"})", 422},
                     {R"({"time_zone":"Asia/Banjarmasin"})", 422},
                     {R"({"name":"a\nb"})", 422}};
        for (const auto& c : wrong) {
            CAPTURE(c.body);
            CHECK(http_patch(app.admin_port(), target, c.body).status == c.status);
        }
        CHECK(http_patch(app.admin_port(), "/api/v1/terminals/NOBODY", R"({"state":"approved"})").status == 404);
        CHECK(
            exchange(
                app.admin_port(),
                fmt::format(
                    "PATCH {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{{}}",
                    target))
                .status == 415);
    }
    RunningApp app(settings);
    const auto terminal = get(app, target);
    CHECK(text(terminal.at("state")) == "suspended");
    CHECK(text(terminal.at("name")) == "Apel \"IV\" <b>");
    CHECK(push(app, "1\t2026-11-20 07:58:30\t0\t1\n") == "UNKNOWN DEVICE\n");
    CHECK(http_patch(app.admin_port(), target, R"({"state":"approved","time_zone":"Asia/Jayapura"})").status == 200);
    CHECK(push(app, "1\t2026-11-20 07:58:30\t0\t1\n") == "OK: 1");
    CHECK(text(get(app, "/api/v1/punches").at("punches").at(0).at("punched_at")) == "2026-11-19T22:58:30Z");
}

TEST_CASE("rejects and deliveries explain a missing punch") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {serial}));
    const std::string body = "1\t2026-11-20 07:58:30\t0\t1\n2\t2026-13-45 99:99:99\t0\t1\n\t2026-11-20 07:58:30\n";
    push(app, body);
    const auto page = get(app, "/api/v1/rejects?limit=1");
    REQUIRE(page.at("rejects").as_array().size() == 1);
    const auto& reject = page.at("rejects").at(0);
    CHECK(text(reject.at("reason")) == "bad_time");
    CHECK(text(reject.at("terminal")) == serial);
    CHECK(reject.at("line") == 2);
    CHECK(text(reject.at("text")) == "2\\x092026-13-45 99:99:99\\x090\\x091");
    const auto rest = get(app, "/api/v1/rejects?after=" + text(page.at("next")));
    REQUIRE(rest.at("rejects").as_array().size() == 1);
    CHECK(text(rest.at("rejects").at(0).at("reason")) == "empty_pin");
    CHECK(get(app, "/api/v1/rejects?terminal=NOBODY").at("rejects").as_array().empty());

    const auto delivery = get(app, "/api/v1/deliveries/" + text(reject.at("delivery")));
    CHECK(text(delivery.at("road")) == "push");
    CHECK(text(delivery.at("table")) == "ATTLOG");
    CHECK(text(delivery.at("terminal")) == serial);
    CHECK(text(delivery.at("query")) == fmt::format("SN={}&table=ATTLOG&Stamp=9999", serial));
    CHECK(text(delivery.at("body_base64")).starts_with("MQkyMDI2"));
    CHECK(text(delivery.at("sha256")).size() == 64);
}
