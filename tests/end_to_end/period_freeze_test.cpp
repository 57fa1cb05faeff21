// What a frozen month stays, whatever is recorded afterwards: exports, the sheet, amendments.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "protocol/csv_table.hpp"
#include "tests/end_to_end/small_government.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::test::small_government;

namespace {

const std::string dinsos = std::string(october) + "/dinsos";
constexpr const char* exports = "/api/v1/exports/2026-10";

void freeze(const RunningApp& app, const std::string& month_of_unit) {
    REQUIRE(post(app, month_of_unit + "/submit", with_reason).status == 200);
    REQUIRE(post(app, month_of_unit + "/freeze").status == 200);
}

RawResponse file_of(const RunningApp& app, const std::string& query) {
    return http_get(app.admin_port(), exports + query);
}

std::string uuid_of(const RunningApp& app, const std::string& name) {
    return get(app, "/api/v1/people?q=" + name).text("/people/0/uuid");
}

void record(const RunningApp& app, const std::string& line_of_people) {
    const auto taken = post(app, "/api/v1/people", "uuid,nama,jenis,unit,eselon,jabatan,mulai\n" + line_of_people);
    CAPTURE(json::serialize(taken.body));
    REQUIRE(taken.status == 200);
}

// Without when it was made.
std::string sheet_of(const RunningApp& app, const std::string& unit) {
    std::string page = http_get(app.admin_port(), "/periods/2026-10/" + unit + "/sheet").body;
    const auto made = page.find("dibuat ");
    REQUIRE(made != page.npos);
    page.erase(made, page.find('\n', made) - made);
    return page;
}

}  // namespace

TEST_CASE("an export of all units, or of a terminal, is the month as it was frozen where it is frozen") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, office, line("42", "2026-10-06 07:40:00") + line("99", "2026-10-06 07:42:00"));
    push(app, other, line("44", "2026-10-06 07:43:00"));
    push(app, apel, line("77", "2026-10-05 07:30:00"));
    freeze(app, dinsos);
    // Late: of the frozen unit, of one that is open, of nobody.
    push(app, office, line("43", "2026-10-07 07:40:00") + line("44", "2026-10-07 07:44:00"));
    push(app, other, line("44", "2026-10-08 07:43:00"));
    push(app, apel, line("77", "2026-10-12 07:30:00"));
    const struct {
        const char* query;
        int punches;
        int amendments;
    } cases[] = {
        {"?unit=dinsos", 2, 1},
        {"", 7, 1},
        {"?format=attlog", 7, 1},
        {"?terminal=TST7240100002", 3, 1},
        {"?terminal=TST7240100003", 2, 0},
        {"?terminal=TST7240100001", 2, 0},
        {"?unit=dinsos&terminal=TST7240100002", 2, 1},
        {"?unit=dinsos&terminal=TST7240100003", 0, 0},
    };
    for (const auto& each : cases) {
        CAPTURE(each.query);
        const auto file = file_of(app, each.query);
        CHECK(file.header("Presensi-Punches") == std::to_string(each.punches));
        CHECK(file.header("Presensi-Amendments") == std::to_string(each.amendments));
        CHECK(file.body.find("2026-10-07 07:40:00") == std::string::npos);
        CHECK(file.body.find("2026-10-07T07:40:00") == std::string::npos);
    }
    // Somebody who is the district's now: in the file of all once, as the unit froze it.
    record(app, uuid_of(app, "Ani") + ",Ani Uji,PNS,camat,staf,,2026-01-01\n");
    const auto all = file_of(app, "");
    CHECK(all.header("Presensi-Punches") == "7");
    CHECK(all.header("Presensi-Amendments") == "2");
}

TEST_CASE("the sheet of a frozen month stays byte for byte, whoever is recorded elsewhere, renamed or gone") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, office, line("42", "2026-10-06 07:41:10") + line("42", "2026-10-06 16:35:00", 1));
    push(app, other, line("42", "2026-10-07 07:42:00"));
    const std::string before_freeze = sheet_of(app, "dinsos");
    freeze(app, dinsos);
    const std::string frozen = sheet_of(app, "dinsos");
    CHECK(frozen.find("Ani &lt;b&gt;Uji") != std::string::npos);
    CHECK(frozen.find("Budi Uji") != std::string::npos);  // without a punch
    CHECK(frozen.find("Kepala") != std::string::npos);
    CHECK(frozen.find("mesin lain") != std::string::npos);
    CHECK(before_freeze.find("mesin lain") != std::string::npos);
    // Elsewhere the whole month, under other names.
    record(app, uuid_of(app, "Ani") + ",Ani Lain,PNS,camat,staf,Camat,2026-01-01\n" + uuid_of(app, "Budi") +
                    ",Budi Lain,PNS,lurah,staf,Lurah,2026-01-01\n");
    CHECK(sheet_of(app, "dinsos") == frozen);
    // Which names and which punches are kept with the freeze is nothing for the answer about the month.
    const auto steps = get(app, dinsos).at("/steps").as_array();
    REQUIRE(steps.size() == 2);
    CHECK(json::serialize(steps[1]).find("Ani") == std::string::npos);
}

TEST_CASE("as many punches of the same PIN and person may be others: the board says so as the list does") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, office, line("42", "2026-10-07 07:40:00") + line("42", "2026-10-09 07:40:00"));
    const std::string ani = uuid_of(app, "Ani");
    record(app, ani + ",Ani Uji,PNS,camat,staf,,2026-10-08\n");
    freeze(app, dinsos);
    CHECK(number(unit_of(get(app, october), "dinsos"), "amendments") == 0);
    // The other way round: first the district, then the unit.
    record(app, ani + ",Ani Uji,PNS,camat,staf,,2025-01-01\n");
    record(app, ani + ",Ani Uji,PNS,dinsos,staf,,2026-10-08\n");
    const auto amendments = get(app, dinsos + "/amendments").at("/amendments").as_array();
    CHECK(amendments.size() == 2);
    CHECK(number(unit_of(get(app, october), "dinsos"), "amendments") == 2);
}

TEST_CASE("no cell of an export runs as a formula, whatever a terminal sent") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    const char* const pins[] = {"=cmd|'/C calc'!A0", "+1", "-1", "@SUM(1)", "7,=1+1", "  =2", "\"=3", "'=4", "42"};
    std::string lines;
    for (const char* pin : pins) lines += fmt::format("{}\t2026-10-06 07:40:00\t0\t1\t0\n", pin);
    int second = 10;
    for (const char* code : {"=1+1", "-2", "@x", "7,=1", "12"}) {
        lines += fmt::format("43\t2026-10-07 07:40:{}\t0\t1\t{}\n", second++, code);
    }
    push(app, office, lines);
    const auto attlog = file_of(app, "?terminal=TST7240100002&format=attlog");
    const auto csv = file_of(app, "?terminal=TST7240100002");
    CHECK(attlog.header("Presensi-Left-Out") == "8");
    CHECK(attlog.header("Presensi-Punches") == "6");
    CHECK(csv.header("Presensi-Punches") == "14");
    CHECK(csv.header("Presensi-Left-Out") == "0");
    CHECK(attlog.body.find("       42\t") != std::string::npos);
    CHECK(attlog.body.find("\t12\r\n") != std::string::npos);
    for (const auto* file : {&attlog, &csv}) {
        for (const char between : {'\t', ','}) {
            std::string text = file->body;
            std::replace(text.begin(), text.end(), '\n', between);
            std::istringstream cells(text);
            std::vector<std::string> all;
            for (std::string cell; std::getline(cells, cell, between);) all.push_back(cell);
            if (file == &csv && between == ',') {
                // A comma inside of quotes ends no cell.
                all.clear();
                read_csv(
                    file->body, {}, [&](CsvRow&& row) { all.insert(all.end(), row.fields.begin(), row.fields.end()); },
                    [](CsvProblem&& problem) { FAIL(problem.sentence); });
            }
            CHECK(all.size() >= 6);  // a line of each punch
            for (const auto& cell : all) {
                CAPTURE(between);
                CAPTURE(cell);
                // Nothing of an attlog is quoted: blanks and quotes before a sign go away on the way into a table.
                const auto first = file == &csv ? 0 : cell.find_first_not_of(" \"");
                if (cell.empty()) continue;
                CHECK((first == cell.npos || std::string_view("=+-@").find(cell[first]) == std::string_view::npos));
            }
        }
    }
}

TEST_CASE("a line of the CSV export is that of the feed, and who looked is on record") {
    const TemporaryFolder state;
    RunningApp app(settings_of(state.path()), "2026-11-03T01:00:00Z");
    fill(app);
    push(app, office, line("42", "2026-10-06 07:40:00") + line("99", "2026-10-06 07:42:00"));
    push(app, other, line("42", "2026-10-07 07:40:00") + line("44", "2026-10-07 07:41:00"));
    // The same again by another road.
    const auto brought =
        post(app, fmt::format("/api/v1/terminals/{}/uploads", office),
             "       42\t2026-10-06 07:40:00\t1\t0\t1\t0\r\n       99\t2026-10-06 07:42:00\t1\t0\t1\t0\r\n");
    REQUIRE(brought.status == 201);
    const auto sorted_lines = [](const std::string& text) {
        std::vector<std::string> lines;
        std::istringstream in(text);
        for (std::string each; std::getline(in, each);) lines.push_back(each);
        std::sort(lines.begin(), lines.end());
        return lines;
    };
    app.settle();
    const auto exported = sorted_lines(file_of(app, "").body);
    CHECK(count_rows(state.path(), "access_record") == 2);  // Ani and Citra
    const auto feed = sorted_lines(http_get(app.admin_port(), "/api/v1/punches", "Accept: text/csv\r\n").body);
    REQUIRE(feed.size() == 5);
    REQUIRE(exported.size() == feed.size());
    for (std::size_t i = 0; i < feed.size(); ++i) CHECK(exported[i] == feed[i]);
    freeze(app, dinsos);
    freeze(app, std::string(october) + "/camat");
    CHECK(sorted_lines(file_of(app, "").body) == feed);
    CHECK(file_of(app, "").body.find("push upload") != std::string::npos);
    CHECK(file_of(app, "").body.find("wrong_terminal") != std::string::npos);
}
