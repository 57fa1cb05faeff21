// The tree, mergers, the calendar and events.
#include <doctest/doctest.h>

#include "tests/attendance/example.hpp"

namespace presensi::attendance {

TEST_CASE("a unit is found by its code, and by name or alias without regard to case and blanks") {
    Facts facts = example();
    facts.units[0].name = "Badan Contoh";
    facts.units[0].aliases = {"BC", "Badan  Contoh Lama"};
    facts.units[1].aliases = {"Badan Contoh"};  // another's name goes before it
    const Directory directory(std::move(facts));
    for (const char* name : {"a", "A", "badan contoh", " Badan   CONTOH ", "bc", "badan contoh lama"}) {
        CAPTURE(name);
        REQUIRE(directory.find_unit_by_name(name) != nullptr);
        CHECK(directory.find_unit_by_name(name)->code == "a");
    }
    CHECK(directory.find_unit("BC") == nullptr);
    CHECK(directory.find_unit_by_name("") == nullptr);
    CHECK(directory.find_unit_by_name("Badan") == nullptr);
}

TEST_CASE("a merger holds from its day on, and over several steps") {
    Facts facts;
    facts.units = {unit("fish", "", between("2020-05-04", "2022-01-01"), "food"),
                   unit("food", "", between("2020-05-04", "2024-01-01"), "farm"), unit("farm"),
                   unit("gone", "", between("2020-05-04", "2021-01-01"))};
    const Directory directory(std::move(facts));
    CHECK(directory.merged("fish", day("2021-12-31")) == "fish");
    CHECK(directory.merged("fish", day("2022-01-01")) == "food");
    CHECK(directory.merged("fish", day("2024-01-01")) == "farm");
    CHECK(directory.merged("farm", day("2024-01-01")) == "farm");
    CHECK(directory.merged("gone", day("2024-01-01")) == "gone");
    CHECK(directory.merged("nobody", day("2024-01-01")) == "nobody");
}

TEST_CASE("within: itself and what is below it, with mergers on the way") {
    Facts facts;
    facts.units = {unit("top"), unit("old", "top", between("2020-05-04", "2024-01-01"), "new"), unit("new", "top"),
                   unit("below", "old")};
    const Directory directory(std::move(facts));
    struct Case {
        const char* name;
        const char* unit;
        const char* above;
        const char* on;
        bool within;
    };
    for (const Case& c : {
             Case{"itself", "below", "below", "2023-01-01", true},
             Case{"parent", "below", "old", "2023-01-01", true},
             Case{"grandparent", "below", "top", "2023-01-01", true},
             Case{"not upwards", "old", "below", "2023-01-01", false},
             Case{"not beside", "below", "new", "2023-12-31", false},
             Case{"after the merger", "below", "new", "2024-01-01", true},
             Case{"the old one is the new one", "new", "old", "2024-01-01", true},
             Case{"nothing is within nothing", "", "", "2024-01-01", false},
             Case{"no unit", "", "top", "2024-01-01", false},
             Case{"nobody's unit", "stranger", "top", "2024-01-01", false},
         }) {
        CAPTURE(c.name);
        CHECK(directory.is_within(c.unit, c.above, day(c.on)) == c.within);
    }
}

TEST_CASE(
    "who looked after a unit that merged looks after nothing of the new one, who looks after the new one after both") {
    Facts facts;
    facts.units = {unit("top"), unit("old", "top", between("2020-05-04", "2024-01-01"), "new"), unit("new", "top"),
                   unit("below", "old"), unit("beside", "new")};
    const Directory directory(std::move(facts));
    struct Case {
        const char* unit;
        const char* above;
        const char* on;
        bool theirs;
    };
    for (const Case& c : {
             Case{"old", "old", "2023-12-31", true},
             Case{"below", "old", "2023-12-31", true},
             Case{"new", "old", "2023-12-31", false},
             Case{"old", "new", "2023-12-31", false},
             Case{"new", "old", "2024-01-01", false},
             Case{"beside", "old", "2024-01-01", false},
             Case{"old", "old", "2024-01-01", false},
             Case{"old", "new", "2024-01-01", true},
             Case{"below", "new", "2024-01-01", true},
             Case{"below", "top", "2024-01-01", true},
             Case{"", "", "2024-01-01", false},
         }) {
        CAPTURE(c.unit);
        CAPTURE(c.above);
        CAPTURE(c.on);
        CHECK(directory.is_looked_after(c.unit, c.above, day(c.on)) == c.theirs);
    }
}

TEST_CASE("circles, which no file may have, end") {
    Facts facts;
    facts.units = {unit("x", "y", between("2020-05-04", "2021-01-01"), "y"),
                   unit("y", "x", between("2020-05-04", "2021-01-01"), "x")};
    facts.people = {person(1, "Ani")};
    facts.memberships = {member(1, "x")};
    const Directory directory(std::move(facts));
    CHECK_FALSE(directory.merged("x", day("2022-01-01")).empty());
    CHECK_FALSE(directory.is_within("x", "z", day("2020-06-01")));
    CHECK(directory.daily_terminals("x", day("2022-01-01")).empty());
}

TEST_CASE("working days: Monday to Friday, no holiday of any kind") {
    Facts facts;
    facts.calendar = {{1, day("2025-04-01"), HolidayKind::national, "Idulfitri", ""},
                      {2, day("2025-04-18"), HolidayKind::national, "Wafat Yesus Kristus", ""}};
    for (const char* leave : {"2025-04-02", "2025-04-03", "2025-04-04", "2025-04-07"})
        facts.calendar.push_back({0, day(leave), HolidayKind::collective_leave, "Cuti bersama", ""});
    const Directory directory(std::move(facts));
    CHECK(directory.working_days(day("2025-04-01"), day("2025-05-01")).size() == 16);  // requirements 1.5
    CHECK(directory.working_days(day("2025-04-01"), day("2025-04-06")).empty());
    CHECK(directory.working_days(day("2025-04-08"), day("2025-04-09")) == std::vector<Day>{day("2025-04-08")});
    CHECK_FALSE(directory.is_working_day(day("2025-04-05")));  // a Saturday
    REQUIRE(directory.holiday_on(day("2025-04-18")) != nullptr);
    CHECK(directory.holiday_on(day("2025-04-18"))->name == "Wafat Yesus Kristus");
    CHECK(directory.holiday_on(day("2025-04-19")) == nullptr);
}

TEST_CASE("an event holds from its first second to the end of its last minute") {
    Facts facts = example();
    facts.events = {event(EventKind::apel, "2026-11-23", seven, half_past_eight)};
    const Directory directory(std::move(facts));
    using namespace std::chrono_literals;
    struct Case {
        const char* time;
        bool held;
        bool near;  // within an hour of it
    };
    for (const Case& c : {
             Case{"2026-11-23 05:59:59", false, false},
             Case{"2026-11-23 06:00:00", false, true},
             Case{"2026-11-23 06:59:59", false, true},
             Case{"2026-11-23 07:00:00", true, true},
             Case{"2026-11-23 08:30:59", true, true},
             Case{"2026-11-23 08:31:00", false, true},
             Case{"2026-11-23 09:30:59", false, true},
             Case{"2026-11-23 09:31:00", false, false},
             Case{"2026-11-24 07:30:00", false, false},
         }) {
        CAPTURE(c.time);
        CHECK((directory.event_at("a", at(c.time)) != nullptr) == c.held);
        CHECK((directory.event_at("a", at(c.time), 60min) != nullptr) == c.near);
    }
}

TEST_CASE("a margin reaches over midnight") {
    Facts facts = example();
    facts.events = {event(EventKind::tausiyah, "2026-11-23", 23 * 60, 23 * 60 + 30)};
    const Directory directory(std::move(facts));
    using namespace std::chrono_literals;
    CHECK(directory.event_at("a", at("2026-11-24 00:30:59"), 60min) != nullptr);
    CHECK(directory.event_at("a", at("2026-11-24 00:31:00"), 60min) == nullptr);
}

TEST_CASE("an event is of the units it names and of those below them") {
    Facts facts = example();
    facts.events = {event(EventKind::senam, "2026-11-27", seven, half_past_eight, {"d"}),
                    event(EventKind::apel, "2026-11-27", 9 * 60, 10 * 60)};
    const Directory directory(std::move(facts));
    const auto then = at("2026-11-27 07:30:00");
    CHECK(directory.event_at("d", then) != nullptr);
    CHECK(directory.event_at("v", then) != nullptr);
    CHECK(directory.event_at("a", then) == nullptr);
    // What holds the moment goes before what is near it.
    using namespace std::chrono_literals;
    CHECK(directory.event_at("v", at("2026-11-27 09:00:00"), 60min)->kind == EventKind::apel);
    CHECK(directory.events_on(day("2026-11-27")).size() == 2);
    CHECK(directory.events_on(day("2026-11-28")).empty());
}

}  // namespace presensi::attendance
