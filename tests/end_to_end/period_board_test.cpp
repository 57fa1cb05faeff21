// The board: whose month it is, what makes a terminal complete, which rejects are of a month, which window holds.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "tests/end_to_end/small_government.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::test::small_government;

namespace {

bool is_missing(const json::value& unit, std::string_view what) {
    for (const auto& item : unit.at("missing").as_array()) {
        if (item.at("what").as_string() == what) return true;
    }
    return false;
}

std::string record(const char* pin, const char* time) { return fmt::format("{:>9}\t{}\t1\t0\t1\t0\r\n", pin, time); }

Answer bring(const RunningApp& app, const std::string& bytes, const char* serial = office) {
    const auto answer = post(app, fmt::format("/api/v1/terminals/{}/uploads", serial), bytes);
    CAPTURE(json::serialize(answer.body));
    REQUIRE(answer.status / 100 == 2);
    return answer;
}

std::int64_t rejects_in(const RunningApp& app, const char* month) {
    return number(unit_of(get(app, fmt::format("/api/v1/periods/{}", month)), "dinsos"), "rejects");
}

std::string end_of(const RunningApp& app, const std::string& name) {
    return "/api/v1/people/" + get(app, "/api/v1/people?q=" + name).text("/people/0/uuid") + "/end";
}

}  // namespace

TEST_CASE("a unit that merges into another in mid-month: its people are on both sheets and both boards") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    REQUIRE(post(app, "/api/v1/units", R"(units:
  - { code: lama, name: Dinas Lama, kind: dinas, merged_into: dinsos, to: 2026-10-15, from: 2020-05-04, source: Perbup }
  - { code: dinsos, name: Dinas Sosial, kind: dinas, from: 2020-05-04, source: Perbup }
)")
                    .status /
                100 ==
            2);
    REQUIRE(post(app, "/api/v1/people",
                 "nip,nama,jenis,unit,eselon,jabatan,pin,mulai\n,Dodi Uji,PNS,lama,staf,Staf,50,2025-01-01\n"
                 ",Eka Uji,PNS,lama,staf,Staf,51,2025-01-01\n,Fani Uji,PNS,dinsos,staf,Staf,52,2025-01-01\n")
                .status == 200);
    push(app, office, line("50", "2026-10-14 07:40:00") + line("50", "2026-10-15 07:45:00"));
    const auto board = get(app, october);
    const auto lama = unit_of(board, "lama");
    const auto dinsos = unit_of(board, "dinsos");
    CHECK(number(lama, "people") == 2);
    CHECK(number(lama, "people_without_punch") == 1);
    CHECK(number(lama, "punches") == 1);
    CHECK(number(dinsos, "people") == 3);
    CHECK(number(dinsos, "people_without_punch") == 2);
    CHECK(number(dinsos, "punches") == 1);
    const auto before = http_get(app.admin_port(), "/periods/2026-10/lama/sheet").body;
    CHECK(before.find("Dodi Uji") != std::string::npos);
    CHECK(before.find("Eka Uji") != std::string::npos);
    CHECK(before.find("Fani Uji") == std::string::npos);
    CHECK(before.find("07:40<br>") != std::string::npos);
    CHECK(before.find("07:45<br>") == std::string::npos);
    const auto after = http_get(app.admin_port(), "/periods/2026-10/dinsos/sheet").body;
    for (const char* name : {"Dodi Uji", "Eka Uji", "Fani Uji"}) CHECK(after.find(name) != std::string::npos);
    CHECK(after.find("07:40<br>") == std::string::npos);
    CHECK(after.find("07:45<br>") != std::string::npos);
    // The next month is of the other alone.
    app.set_now("2026-12-02T01:00:00Z");
    CHECK(number(unit_of(get(app, "/api/v1/periods/2026-11"), "dinsos"), "people") == 3);
}

TEST_CASE("by_file: only a whole log that reaches the last working day makes a terminal complete") {
    const std::string september = record("42", "2026-09-01 07:40:00") + record("42", "2026-09-30 07:40:00");
    const std::string log = record("42", "2026-10-01 07:40:00") + record("42", "2026-10-30 07:41:00");
    std::string users(144, '\0');
    users.replace(0, 1, "\x01").replace(11, 3, "Ana").replace(48, 4, "1001");
    users.replace(72, 1, "\x02").replace(72 + 11, 4, "Budi").replace(72 + 48, 4, "1002");
    const struct {
        const char* name;
        std::string bytes;
        bool complete;
    } cases[] = {
        {"users", users, false},
        {"one row of a table", "pin,time\n42,2026-10-30 07:40:00\n", false},
        {"a cut log", log + "       42\t2026-1", false},
        {"last month's", september, false},
        {"a log that ends before the last working day", record("42", "2026-10-29 07:40:00"), false},
        {"a log that is read on", log, true},
        {"a log with the days after", log + record("42", "2026-11-02 07:40:00"), true},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const TemporaryFolder state;
        RunningApp app(settings_of(state.path()), "2026-10-01T02:00:00Z");
        fill(app);
        app.set_now("2026-11-02T02:00:00Z");
        bring(app, each.bytes);
        const auto unit = unit_of(get(app, october), "dinsos");
        CAPTURE(json::serialize(unit));
        const auto& terminal = unit.at("terminals").as_array().at(0);
        REQUIRE(terminal.at("serial").as_string() == office);
        bool is_incomplete = false;
        for (const auto& item : unit.at("missing").as_array()) {
            const bool same = item.at("terminal").is_string() && item.at("terminal").as_string() == office;
            is_incomplete = is_incomplete || (same && item.at("what").as_string() == "terminal_incomplete");
        }
        CHECK(is_incomplete != each.complete);
        CHECK((terminal.at("completeness").at("result").as_string() == "by_file") == each.complete);
        CHECK(terminal.at("weekly_duty_open").as_bool() !=
              (each.complete || std::string_view(each.name) == "a log that ends before the last working day"));
    }
}

TEST_CASE("a reject is of the month of its time, else of its file, else of when it came") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-10-20T02:00:00Z");
    fill(app);
    push(app, office, line("42", "2026-10-20 07:40:00") + "no punch at all, in October\n");
    CHECK(rejects_in(app, "2026-10") == 1);
    // In the window of October: without a time it is October's, with one it is its month's.
    app.set_now("2026-11-03T02:00:00Z");
    push(app, office, "no punch at all, pushed in the window\n" + line("42", "2026-11-03 07:40:00"));
    push(app, office, "2026-11-02 08:00:00\tthe columns are mixed up\n");
    CHECK(rejects_in(app, "2026-10") == 2);
    CHECK(rejects_in(app, "2026-11") == 1);
    // Long after the window, by an October stick: without a time, and with one.
    app.set_now("2026-11-20T02:00:00Z");
    const auto late = bring(
        app, record("42", "2026-10-28 07:40:00") + "no punch on the stick\r\n" + "2026-10-29 07:40:00\t42\tmixed\r\n");
    REQUIRE(late.at("/rejected").to_number<int>() == 2);
    CHECK(rejects_in(app, "2026-10") == 4);
    CHECK(rejects_in(app, "2026-11") == 1);
    // Pushed on the 20th without a time: of November.
    push(app, office, "no punch at all, in November\n");
    CHECK(rejects_in(app, "2026-10") == 4);
    CHECK(rejects_in(app, "2026-11") == 2);
    // A time that no line of today can have says nothing.
    push(app, office, "2019-01-01 00:00:00\tby a clock that was reset\n");
    CHECK(rejects_in(app, "2026-11") == 3);
}

TEST_CASE("a file that waits for a second person is missing on the board until somebody decides") {
    const TemporaryFolder state;
    auto settings = settings_of(state.path());
    settings.uploads.second_approval = config::SecondApproval::always;
    RunningApp app(settings, "2026-11-02T02:00:00Z");
    fill(app);
    CHECK_FALSE(is_missing(unit_of(get(app, october), "dinsos"), "waiting_uploads"));
    bring(app, record("42", "2026-10-01 07:40:00") + record("42", "2026-10-30 07:41:00"));
    const auto unit = unit_of(get(app, october), "dinsos");
    CHECK(is_missing(unit, "waiting_uploads"));
    CHECK(json::serialize(unit).find("1 file of TST7240100002 waits for a second person") != std::string::npos);
    CHECK_FALSE(is_missing(unit_of(get(app, october), "camat"), "waiting_uploads"));
    CHECK_FALSE(is_missing(unit_of(get(app, "/api/v1/periods/2026-09"), "dinsos"), "waiting_uploads"));
}

TEST_CASE("the later word on a longer window holds, and a unit's answer is about its own window") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2025-04-01T01:00:00Z");
    fill(app);
    const std::string march = "/api/v1/periods/2025-03";
    const auto say = [&](const char* body) { REQUIRE(post(app, march + "/extension", body).status == 201); };
    say(R"({"grant": false, "unit": "camat", "reason": "mesin lengkap"})");
    CHECK(get(app, march + "/camat").at("/window/proposed_extension").is_null());
    CHECK(get(app, march + "/dinsos").text("/window/proposed_extension/until") == "2025-04-10");
    say(R"({"grant": true, "until": "2025-04-08", "reason": "Idulfitri", "legal_basis": "SE Sekda 1/2025"})");
    CHECK(number(unit_of(get(app, march), "camat"), "working_days_left") == 1);
    say(R"({"grant": true, "until": "2025-04-10", "unit": "dinsos", "reason": "listrik", "legal_basis": "SE 2/2025"})");
    app.set_now("2025-04-09T01:00:00Z");
    CHECK(get(app, march).at("/window/open") == false);
    CHECK(get(app, march + "/dinsos").at("/window/open") == true);
    CHECK(get(app, march + "/dinsos").text("/window/extension/until") == "2025-04-10");
    CHECK(get(app, march + "/camat").at("/window/open") == false);

    const TemporaryFolder other_state;
    auto settings = settings_of(other_state.path());
    settings.periods.outside_window = config::OutsideWindow::refuse;
    RunningApp refusing(settings, "2025-04-01T01:00:00Z");
    fill(refusing);
    REQUIRE(post(refusing, march + "/extension",
                 R"({"grant": true, "until": "2025-04-08", "reason": "Idulfitri", "legal_basis": "SE 1/2025"})")
                .status == 201);
    refusing.set_now("2025-04-09T01:00:00Z");
    CHECK(post(refusing, march + "/dinsos/submit", with_reason).text("/detail").find("until 2025-04-08") !=
          std::string::npos);
}

TEST_CASE("somebody leaves: no longer of the unit from that day on, with their PINs, and on record") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, office, line("43", "2026-10-06 07:40:00"));
    const std::string end = end_of(app, "Budi");
    for (const char* body : {"", "{}", R"({"to": "2026-11-01"})", R"({"reason": "pensiun"})",
                             R"({"to": "1 November", "reason": "pensiun"})", R"({"to": 1, "reason": "pensiun"})",
                             R"({"to": "2026-11-01", "reason": "pensiun", "why": "x"})"}) {
        CAPTURE(body);
        CHECK(post(app, end, body).status == 422);
    }
    CHECK(post(app, end, R"({"to": "2024-12-31", "reason": "pensiun"})").status == 409);
    const auto ended = post(app, end, R"({"to": "2026-11-01", "reason": "pensiun"})");
    CAPTURE(json::serialize(ended.body));
    REQUIRE(ended.status == 200);
    CHECK(ended.text("/to") == "2026-11-01");
    CHECK(ended.text("/unit") == "dinsos");
    CHECK(ended.at("/pins_ended").to_number<int>() == 1);
    CHECK(post(app, end, R"({"to": "2026-12-01", "reason": "pensiun"})").status == 409);
    CHECK(number(unit_of(get(app, october), "dinsos"), "people") == 2);
    CHECK(number(unit_of(get(app, october), "dinsos"), "punches") == 1);
    CHECK(number(unit_of(get(app, "/api/v1/periods/2026-11"), "dinsos"), "people") == 1);
    CHECK(count_rows(state.path(), "audit WHERE action = 'person.end'") == 1);
    CHECK(count_rows(state.path(), "pin_assignment WHERE valid_to = '2026-11-01'") == 1);
    // They are still found, and their PIN may be another's from that day on.
    CHECK(get(app, "/api/v1/people?q=Budi").at("/people").as_array().size() == 1);
    const std::string ani = get(app, "/api/v1/people?q=Ani").text("/people/0/uuid");
    CHECK(post(app, "/api/v1/people/" + ani + "/pins", R"({"pin": "43", "from": "2026-11-01"})").status == 201);
    CHECK(post(app, "/api/v1/people/nobody/end", R"({"to": "2026-11-01", "reason": "pensiun"})").status == 404);
}
