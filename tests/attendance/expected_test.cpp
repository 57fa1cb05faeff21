// Where somebody should punch.
#include <doctest/doctest.h>

#include "tests/attendance/example.hpp"

namespace presensi::attendance {
namespace {

constexpr const char* monday = "2026-11-23";

Facts with_an_apel() {
    Facts facts = example();
    facts.events = {event(EventKind::apel, monday, seven, half_past_eight)};
    return facts;
}

}  // namespace

TEST_CASE("at an event the apel terminals of unit and echelon group, otherwise the own unit's") {
    const Directory directory(with_an_apel());
    struct Case {
        const char* name;
        std::int64_t person;
        const char* time;
        Serials serials;
    };
    for (const Case& c : {
             Case{"staff at the apel", 1, "2026-11-23 07:40:00", {"FIELD-A"}},
             Case{"staff, going home", 1, "2026-11-23 16:35:00", {"A"}},
             Case{"echelon 3 at the apel", 2, "2026-11-23 07:40:00", {"HEADS"}},
             Case{"echelon 3, going home", 2, "2026-11-23 16:35:00", {"A"}},
             Case{"echelon 4 at the apel", 3, "2026-11-23 07:40:00", {"FIELD-B"}},
             Case{"district", 4, "2026-11-23 07:40:00", {"FIELD-D"}},
             Case{"a village goes with its district", 5, "2026-11-23 07:40:00", {"FIELD-D"}},
             Case{"every day, too", 5, "2026-11-23 16:35:00", {"D"}},
             Case{"somebody without a unit", 99, "2026-11-23 07:40:00", {}},
             Case{"before the apel", 1, "2026-11-23 06:59:59", {"A"}},
             Case{"its first second", 1, "2026-11-23 07:00:00", {"FIELD-A"}},
             Case{"its last second", 1, "2026-11-23 08:30:59", {"FIELD-A"}},
             Case{"after the apel", 1, "2026-11-23 08:31:00", {"A"}},
             Case{"another day", 1, "2026-11-24 07:40:00", {"A"}},
         }) {
        CAPTURE(c.name);
        const Expected expected = directory.expected_terminals(c.person, at(c.time));
        CHECK(expected.serials == c.serials);
        CHECK_FALSE(expected.assumed);
    }
    CHECK(directory.expected_terminals(1, at("2026-11-23 07:40:00")).event->kind == EventKind::apel);
    CHECK(directory.expected_terminals(1, at("2026-11-23 16:35:00")).event == nullptr);
}

TEST_CASE("around an event both places are right, at it one") {
    const Directory directory(with_an_apel());
    struct Case {
        const char* time;
        const char* serial;
        bool right;
    };
    for (const Case& c : {
             Case{"2026-11-23 07:40:00", "FIELD-A", true},
             Case{"2026-11-23 07:40:00", "A", false},
             Case{"2026-11-23 07:40:00", "FIELD-B", false},
             Case{"2026-11-23 06:30:00", "FIELD-A", true},
             Case{"2026-11-23 06:30:00", "A", true},
             Case{"2026-11-23 06:30:00", "FIELD-B", false},
             Case{"2026-11-23 05:30:00", "FIELD-A", false},
             Case{"2026-11-23 09:30:59", "FIELD-A", true},
             Case{"2026-11-23 09:31:00", "FIELD-A", false},
             Case{"2026-11-23 16:35:00", "A", true},
             Case{"2026-11-23 16:35:00", "B", false},
             Case{"2026-11-23 16:35:00", "FIELD-A", false},
         }) {
        CAPTURE(c.time);
        CAPTURE(c.serial);
        CHECK(directory.is_expected(1, c.serial, at(c.time)) == c.right);
    }
}

TEST_CASE("where nobody knows a terminal, every place is right") {
    Facts facts = with_an_apel();
    facts.units.push_back(unit("far"));
    facts.people.push_back(person(6, "Fitri"));
    facts.memberships.push_back(member(6, "far"));
    SUBCASE("none at all") {
        const Directory directory(facts);
        CHECK(directory.expected_terminals(6, at("2026-11-24 07:40:00")).serials.empty());
        CHECK(directory.is_expected(6, "B", at("2026-11-24 07:40:00")));
        CHECK(directory.is_expected(6, "FIELD-B", at("2026-11-23 07:40:00")));
        CHECK(directory.is_expected(99, "B", at("2026-11-23 07:40:00")));
    }
    SUBCASE("no apel terminal: the own one, and any apel terminal") {
        facts.terminals.push_back(terminal("FAR", "far"));
        const Directory directory(facts);
        const Expected expected = directory.expected_terminals(6, at("2026-11-23 07:40:00"));
        CHECK(expected.serials == Serials{"FAR"});
        CHECK(expected.event != nullptr);
        CHECK(directory.is_expected(6, "FAR", at("2026-11-23 07:40:00")));
        CHECK(directory.is_expected(6, "FIELD-B", at("2026-11-23 07:40:00")));
        CHECK_FALSE(directory.is_expected(6, "B", at("2026-11-23 07:40:00")));
        CHECK_FALSE(directory.is_expected(6, "FIELD-B", at("2026-11-23 16:35:00")));
    }
}

TEST_CASE("a merged unit keeps the apel terminals of both, and their own") {
    Facts facts = with_an_apel();
    facts.units[0] = unit("a", "", between("2020-05-04", "2026-01-01"), "b");
    const Directory directory(std::move(facts));
    const auto staff = EchelonGroup::staff;
    CHECK(directory.apel_terminals("b", staff, day("2025-12-31")) == Serials{"FIELD-B"});
    CHECK(directory.apel_terminals("b", staff, day("2026-01-01")) == Serials{"FIELD-A", "FIELD-B"});
    CHECK(directory.apel_terminals("a", staff, day("2026-01-01")) == Serials{"FIELD-A", "FIELD-B"});
    CHECK(directory.daily_terminals("a", day("2026-01-01")) == Serials{"A", "B"});
    CHECK(directory.unit_of(1, day("2026-01-01")) == "b");
    CHECK(directory.expected_terminals(1, at("2026-11-23 07:40:00")).serials == Serials{"FIELD-A", "FIELD-B"});
    CHECK(directory.is_expected(3, "FIELD-A", at("2026-11-23 07:40:00")));
}

TEST_CASE("assignments are of their days") {
    Facts facts = example();
    facts.assignments = {
        assignment("OLD", "a", EchelonGroup::staff, true, between("2020-05-04", "2026-11-23")),
        assignment("NEW", "a", EchelonGroup::staff, true, since("2026-11-23")),
        assignment("LOBBY", "", std::nullopt, false, since("2026-11-23")),
        assignment("HALL", "a", EchelonGroup::staff, false, since("2026-11-24")),
    };
    const Directory directory(std::move(facts));
    CHECK(directory.apel_terminals("a", EchelonGroup::staff, day("2020-05-03")).empty());
    CHECK(directory.apel_terminals("a", EchelonGroup::staff, day("2026-11-22")) == Serials{"OLD"});
    CHECK(directory.apel_terminals("a", EchelonGroup::staff, day("2026-11-23")) == Serials{"NEW"});
    CHECK(directory.daily_terminals("a", day("2026-11-22")) == Serials{"A"});
    CHECK(directory.daily_terminals("a", day("2026-11-23")) == Serials{"A", "LOBBY"});
    CHECK(directory.daily_terminals("v", day("2026-11-23")) == Serials{"D", "LOBBY"});
    // A daily one of staff is not of echelon 3.
    CHECK(directory.expected_terminals(1, at("2026-11-24 16:00:00")).serials == Serials{"A", "HALL", "LOBBY"});
    CHECK(directory.expected_terminals(2, at("2026-11-24 16:00:00")).serials == Serials{"A", "LOBBY"});
}

TEST_CASE("a retired terminal is expected of nobody, and was right while it served") {
    Facts facts = with_an_apel();
    facts.terminals[0].retired = true;
    facts.terminals.push_back(terminal("A2", "a"));
    const Directory directory(std::move(facts));
    CHECK(directory.daily_terminals("a", day("2026-11-23")) == Serials{"A2"});
    CHECK(directory.is_expected(1, "A", at("2026-11-23 16:35:00")));
    CHECK(directory.is_expected(1, "A2", at("2026-11-23 16:35:00")));
}

TEST_CASE("a village whose only terminal is retired punches where its district does") {
    struct Case {
        const char* name;
        bool village_retired;
        bool district_retired;
        Serials expected;
        bool at_village;
        bool at_district;
        bool elsewhere;
    };
    for (const Case& c : {
             Case{"its own serves", false, false, {"V"}, true, false, false},
             Case{"its own is retired", true, false, {"D"}, true, true, false},
             Case{"both are: nobody knows a terminal, every place is right", true, true, {}, true, true, true},
         }) {
        CAPTURE(c.name);
        Facts facts = example();
        facts.terminals.push_back(terminal("V", "v"));
        facts.terminals.back().retired = c.village_retired;
        facts.terminals[2].retired = c.district_retired;  // D
        const Directory directory(std::move(facts));
        const auto time = at("2026-11-24 16:35:00");
        CHECK(directory.expected_terminals(5, time).serials == c.expected);
        CHECK(directory.is_expected(5, "V", time) == c.at_village);
        CHECK(directory.is_expected(5, "D", time) == c.at_district);
        CHECK(directory.is_expected(5, "A", time) == c.elsewhere);
    }
}

TEST_CASE("at an event, apel terminals that are all retired leave the own unit's") {
    Facts facts = example();
    facts.events = {event(EventKind::apel, "2026-11-23", seven, half_past_eight)};
    for (auto& place : facts.terminals) place.retired = place.serial == "FIELD-A";
    const Directory directory(std::move(facts));
    const auto time = at("2026-11-23 07:30:00");
    CHECK(directory.expected_terminals(1, time).serials == Serials{"A"});
    CHECK(directory.is_expected(1, "A", time));
    CHECK(directory.is_expected(1, "FIELD-A", time));
    CHECK_FALSE(directory.is_expected(1, "B", time));
}

TEST_CASE("a Monday or Friday without event: the own unit's, by assumption, in the window of ps. 4(3)") {
    Facts facts = example();
    facts.calendar = {{1, day("2026-11-30"), HolidayKind::local, "Hari jadi", ""}};
    facts.events = {event(EventKind::apel, "2026-12-07", seven, half_past_eight, {"b"}),
                    event(EventKind::upacara, "2026-12-14", 15 * 60, 16 * 60)};
    const Directory directory(std::move(facts));
    struct Case {
        const char* name;
        std::int64_t person;
        const char* time;
        bool assumed;
    };
    for (const Case& c : {
             Case{"before the window", 1, "2026-11-23 06:59:59", false},
             Case{"its first second", 1, "2026-11-23 07:00:00", true},
             Case{"its last second", 1, "2026-11-23 08:30:59", true},
             Case{"after it", 1, "2026-11-23 08:31:00", false},
             Case{"going home", 1, "2026-11-23 16:35:00", false},
             Case{"a Friday", 1, "2026-11-27 07:30:00", true},
             Case{"a Tuesday", 1, "2026-11-24 07:30:00", false},
             Case{"a holiday", 1, "2026-11-30 07:30:00", false},
             Case{"an apel of others", 1, "2026-12-07 07:30:00", true},
             Case{"of ours", 3, "2026-12-07 07:30:00", false},
             Case{"an event at another hour", 1, "2026-12-14 07:30:00", true},
         }) {
        CAPTURE(c.name);
        const Expected expected = directory.expected_terminals(c.person, at(c.time));
        CHECK(expected.assumed == c.assumed);
        if (c.person == 1) CHECK(expected.serials == Serials{"A"});
    }
}

}  // namespace presensi::attendance
