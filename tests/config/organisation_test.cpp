#include "config/organisation.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "temp_folder.hpp"

using namespace presensi;
using namespace presensi::config;

namespace {

struct Mistake {
    int line;
    int column;
    const char* says;
};

constexpr Mistake mistakes[] = {
    {5, 14, "units[0].aliases: \"DINAS  CONTOH\" is a name in this file already, in line 3"},
    {8, 11, "units[1].code: \"Dinas B\" is not a word of small letters, digits, - or _ (at most 64)"},
    {11, 13, "units[1].parent: diskomnifo is not the code of a unit in this file; did you mean diskominfo?"},
    {12, 11, "units[1].from: 2020-5-4 is not a day (such as 2026-11-23)"},
    {14, 5, "units[2].name: is missing"},
    {14, 5, "units[2].source: is missing"},
    {14, 11, "units[2].code: diskominfo is in this file already, in line 2"},
    {17, 9, "units[2].to: is not after from; it is the first day on which this holds no more"},
    {19, 5, "units[2].sorce: unknown key; did you mean source?"},
    {20, 70, "units[3].parent: leads back to itself: kecamatan-x → kelurahan-x → kecamatan-x"},
    {21, 70, "units[4].parent: leads back to itself: kelurahan-x → kecamatan-x → kelurahan-x"},
    {22, 56, "units[5].merged_into: needs to: the first day on which the other unit stands for it"},
    {24, 17, "assignments[0].terminal: \"APEL 1\" is not a serial number (1–32 letters, digits, _ or -)"},
    {24, 48,
     "assignments[0].echelons[0]: eselon_5 is not one of eselon_2, eselon_3, eselon_4, staff; did you mean eselon_2?"},
    {24, 64, "assignments[0].for: apple is not one of apel, daily"},
    {25, 32, "assignments[1].units: is an empty list; write all, or name some"},
    {26, 5, "assignments[2].units: is missing; write all, or a list"},
    {27, 46, "assignments[3].units[1]: kelurahan-z is not the code of a unit in this file; did you mean kelurahan-x?"},
    {29, 17, "assignments[5].terminal: APEL-5 is assigned to kecamatan-x at that time already, in line 28"},
    {33, 12, "holidays[1].day: 2025-04-18 is a holiday of this kind already, in line 32"},
    {34, 12, "holidays[2].day: 2025-02-29 is not a day (such as 2026-11-23)"},
    {34, 30, "holidays[2].kind: nasional is not one of national, collective_leave, local; did you mean national?"},
    {36, 5, "events[0].to: is missing; events are planned year by year"},
    {36, 34, "events[0].day: unknown key; an event is on one day, or every such day of the week"},
    {38, 24, "events[2].day: this apel stands on 2026-01-05 already, in line 37"},
    {39, 37, "events[3].from: unknown key; from and to belong to every: monday and the like"},
    {39, 79, "events[3].closes: is before opens"},
    {39, 95, "events[3].units: diskominfo is neither all nor a list such as [first, second]"},
};

attendance::Day day(const char* text) { return attendance::decode_day(text).value(); }

attendance::Organisation decode(std::string_view text) {
    const OrganisationResult result = decode_organisation(text, "units.yaml");
    for (const ConfigError& error : result.errors) FAIL_CHECK(error.text());
    REQUIRE(result.organisation);
    return *result.organisation;
}

}  // namespace

TEST_CASE("units file: every mistake is reported at once, at its place") {
    const auto file = source("tests/config/units.yaml");
    const OrganisationResult result = load_organisation(file);
    CHECK_FALSE(result.organisation);
    CHECK(result.errors.size() == std::size(mistakes));
    for (std::size_t index = 0; index < std::min(result.errors.size(), std::size(mistakes)); ++index) {
        const Mistake& mistake = mistakes[index];
        CHECK(result.errors[index].text() ==
              fmt::format("{}:{}:{}: {}", file.string(), mistake.line, mistake.column, mistake.says));
    }
}

TEST_CASE("units file: its mistakes are those of the configuration, after its own") {
    const TempFolder folder;
    const auto units = folder.write("units.yaml", "unit: []\n");
    const auto result = load_settings(folder.write("presensi.yaml", "units_file: units.yaml\nterminal: []\n"), "");
    REQUIRE(result.errors.size() == 2);
    CHECK(result.errors[0].text().ends_with("presensi.yaml:2:1: terminal: unknown key; did you mean terminals?"));
    CHECK(result.errors[1].text() == units.string() + ":1:1: unit: unknown key; did you mean units?");
}

TEST_CASE("units file: lists multiply, all is nobody in particular") {
    const auto organisation = decode(R"(
units:
  - { code: a, name: Dinas A, kind: dinas, aliases: [DA], from: 2020-05-04, to: 2024-01-01, merged_into: b, source: P }
  - { code: b, name: Dinas B, kind: dinas, from: 2020-05-04, source: P }
  - { code: c, name: Kelurahan C, kind: kelurahan, parent: b, from: 2020-05-04, source: P }
assignments:
  - { terminal: I, units: all, echelons: [eselon_2], for: apel, from: 2020-05-04, source: P }
  - { terminal: IV, units: [a, b], echelons: [eselon_4, staff], for: apel, from: 2020-05-04, source: P }
  - { terminal: KANTOR, units: [c], for: daily, from: 2020-05-04, to: 2021-01-01, source: P }
)");
    REQUIRE(organisation.units.size() == 3);
    CHECK(organisation.units[0].merged_into == "b");
    CHECK(organisation.units[0].valid == attendance::Span{day("2020-05-04"), day("2024-01-01")});
    CHECK(organisation.units[2].parent == "b");
    std::string seen;
    for (const auto& assignment : organisation.assignments) {
        seen += fmt::format("{}:{}:{}:{} ", assignment.serial, assignment.unit,
                            assignment.group ? to_string(*assignment.group) : "*", assignment.apel);
    }
    CHECK(seen ==
          "I::eselon_2:true IV:a:eselon_4:true IV:a:staff:true IV:b:eselon_4:true IV:b:staff:true "
          "KANTOR:c:*:false ");
}

TEST_CASE("units file: a weekly event is dated, holidays left out") {
    const auto organisation = decode(R"(
holidays:
  - { day: 2026-11-30, kind: local, name: Hari jadi, source: S }
events:
  - { kind: apel, every: monday, from: 2026-11-23, to: 2026-12-08, opens: "07:00", closes: "08:30", place: L, source: P }
  - { kind: upacara, day: 2026-11-30, opens: "07:30", closes: "09:00", source: S }
)");
    REQUIRE(organisation.weekly_events.size() == 2);
    CHECK(organisation.weekly_events[0].day == day("2026-11-23"));
    CHECK(organisation.weekly_events[1].day == day("2026-12-07"));
    CHECK(organisation.weekly_events[1].closes == std::chrono::minutes(8 * 60 + 30));
    CHECK(organisation.weekly_events[1].units.empty());
    REQUIRE(organisation.events.size() == 1);
    CHECK(organisation.events[0].day == day("2026-11-30"));
}

TEST_CASE("units file: sections may be left out") {
    const auto organisation = decode("# nothing yet\nunits: []\n");
    CHECK(organisation.units.empty());
    CHECK(organisation.events.empty());
}
