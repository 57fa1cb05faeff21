// Lembar Apel: who was at an event, and which terminals have not delivered (requirements M-4).
#include <doctest/doctest.h>

#include "tests/end_to_end/callers.hpp"
#include "tests/end_to_end/small_government.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::test::small_government;

namespace {

std::string event_of(const RunningApp& app) {
    const auto events = get(app, "/api/v1/events?from=2026-10-05&to=2026-10-05");
    return events.text("/events/0/id");
}

// It stays in contact until then.
void poll_until(RunningApp& app, const std::string& serial, std::initializer_list<const char*> instants) {
    for (const char* instant : instants) {
        app.set_now(instant);
        http_get(app.terminal_port(), "/iclock/getrequest?SN=" + serial);
    }
}

}  // namespace

TEST_CASE("a roll call: open until the portable terminal was plugged in, then complete") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-10-05T00:45:00Z");  // 08:45, the apel ended at 08:30
    fill(app);
    const std::string id = event_of(app);
    push(app, office, line("43", "2026-10-05 07:10:00"));
    http_get(app.terminal_port(), fmt::format("/iclock/cdata?SN={}&options=all", apel));  // it is plugged in, no more
    auto roll = get(app, "/api/v1/events/" + id + "/roll");
    CHECK(roll.at("/over") == json::value(true));
    CHECK(roll.at("/complete") == json::value(false));
    CHECK(roll.at("/terminals_waiting") == json::value(1));
    CHECK(roll.at("/terminals/0/delivered") == json::value(false));

    push(app, apel,
         line("42", "2026-10-05 07:20:00") + line("44", "2026-10-05 08:40:00") + line("77", "2026-10-05 07:21:00"));
    CHECK(get(app, "/api/v1/events/" + id + "/roll").at("/complete") == json::value(false));  // more may follow
    poll_until(app, apel, {"2026-10-05T00:48:00Z", "2026-10-05T00:50:01Z"});
    roll = get(app, "/api/v1/events/" + id + "/roll?people=1");
    CAPTURE(json::serialize(roll.body));
    CHECK(roll.at("/complete") == json::value(true));
    CHECK(roll.at("/pins_of_nobody") == json::value(1));
    CHECK(roll.at("/units").as_array().size() == 2);
    CHECK(roll.text("/units/0/unit") == "dinsos");
    CHECK(roll.at("/units/0/all/expected") == json::value(2));
    CHECK(roll.at("/units/0/groups/staff/present") == json::value(1));
    CHECK(roll.at("/units/0/groups/eselon_4/elsewhere") == json::value(1));
    CHECK(roll.at("/units/1/all/late") == json::value(1));
    REQUIRE(roll.at("/people").as_array().size() == 2);  // who was not there in time
    CHECK(roll.text("/people/0/name") == "Budi Uji");
    CHECK(roll.text("/people/0/terminal") == office);
    CHECK(roll.text("/people/1/device_time") == "2026-10-05T08:40:00");
    CHECK(count_rows(state.path(), "access_record") == 2);
}

TEST_CASE("a roll call stays open for a terminal that sent impossible times and nothing else") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-10-04T23:20:00Z");  // 07:20, during the apel
    fill(app);
    const std::string id = event_of(app);
    push(app, apel, line("42", "2000-01-01 00:05:00"));
    poll_until(app, apel, {"2026-10-05T00:45:00Z", "2026-10-05T00:48:00Z", "2026-10-05T00:51:00Z"});
    const auto complete = [&] { return get(app, "/api/v1/events/" + id + "/roll").at("/complete"); };
    CHECK(complete() == json::value(false));
    push(app, apel,
         line("44", "2026-10-05 07:21:00"));  // its clock was right by then: what came before is a flaw, no more
    CHECK(complete() == json::value(true));
}

TEST_CASE("a roll call on paper: in both languages, names as text, and without names no look at anybody") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-10-05T00:45:00Z");
    fill(app);
    const std::string page = "/events/" + event_of(app) + "/sheet";
    const auto open = http_get(app.admin_port(), page);
    REQUIRE(open.status == 200);
    for (const char* expected :
         {"Lembar Apel", "Senin, 5 Oktober 2026", "SEMENTARA", "Dinas Sosial", "Tidak hadir", "Mengetahui"}) {
        CAPTURE(expected);
        CHECK(open.body.find(expected) != std::string::npos);
    }
    CHECK(open.body.find("Ani") == std::string::npos);
    CHECK(count_rows(state.path(), "access_record") == 0);
    push(app, apel, line("43", "2026-10-05 07:10:00"));
    poll_until(app, apel, {"2026-10-05T00:48:00Z", "2026-10-05T00:50:01Z"});
    const auto names = http_get(app.admin_port(), page + "?people=1&lang=en");
    CHECK(names.body.find("COMPLETE") != std::string::npos);
    CHECK(names.body.find("Monday, 5 October 2026") != std::string::npos);
    CHECK(names.body.find("Ani &lt;b&gt;Uji&lt;/b&gt;") != std::string::npos);
    CHECK(names.body.find("<b>Uji") == std::string::npos);
    CHECK(names.body.find("Budi") == std::string::npos);  // was there
    CHECK(count_rows(state.path(), "access_record") == 2);
    CHECK(http_get(app.admin_port(), "/events/999/sheet").status == 404);
    CHECK(http_get(app.admin_port(), page + "?people=ya").status == 400);
}

TEST_CASE("a roll call: a terminal that was approved on the page, and one unit's admin looks at it") {
    const TemporaryFolder state;
    config::Settings settings = settings_of(state.path());
    settings.terminals[0] = {};
    settings.terminals[0].serial = apel;  // no role, no unit: what a person approves has none
    RunningApp app(settings, "2026-10-05T00:10:00Z");
    fill(app);
    push(app, apel, line("42", "2026-10-05 07:20:00"));
    poll_until(app, apel, {"2026-10-05T00:14:00Z", "2026-10-05T00:18:00Z"});
    app.set_now("2026-10-05T00:45:00Z");
    const std::string event = "/events/" + event_of(app);
    const auto roll = get(app, "/api/v1" + event + "/roll");
    CHECK(roll.at("/units/0/groups/staff/present") == json::value(1));
    CHECK(roll.at("/terminals_waiting") == json::value(1));  // it was not heard since
    CHECK(http_get(app.admin_port(), event + "/sheet").body.find(apel) != std::string::npos);

    create_account(app.admin_port(), "", "super", "super-admin");
    create_account(app.admin_port(), basic("super", password), "dinsos", "admin", {"dinsos"});
    const auto narrow = ask(app.admin_port(), "GET", event + "/sheet", basic("dinsos", password)).body;
    CHECK(narrow.find("Dinas Sosial") != std::string::npos);
    CHECK(narrow.find("SEMENTARA") != std::string::npos);
    CHECK(narrow.find(apel) == std::string::npos);
}
