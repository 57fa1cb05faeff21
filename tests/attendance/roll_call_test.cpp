// Who was at an event (requirements M-4).
#include <doctest/doctest.h>

#include "attendance/roll_call.hpp"
#include "tests/attendance/example.hpp"

using namespace presensi;
using namespace presensi::attendance;

namespace {

constexpr std::string_view monday = "2026-11-23";

Facts with_pins(Facts facts = example()) {
    for (const auto& person : facts.people) {
        facts.pins.push_back({person.id, "", std::to_string(person.id), since("2020-05-04")});
    }
    return facts;
}

Event apel(std::vector<std::string> units = {}) {
    return event(EventKind::apel, monday, seven, half_past_eight, std::move(units));
}

RollPunch punch(std::string serial, std::string pin, const std::string& time) {
    return {std::move(serial), std::move(pin), at(std::string(monday) + "T" + time)};
}

Presence presence_of(const RollCall& roll, std::int64_t id) {
    for (const auto& person : roll.people) {
        if (person.person->id == id) return person.presence;
    }
    FAIL("nobody expects ", id);
    return Presence::absent;
}

}  // namespace

TEST_CASE("roll call: present until the last minute, late for an hour, absent after") {
    const Directory directory(with_pins());
    const auto presence = [&](const char* time) {
        return presence_of(call_roll(directory, apel(), {punch("FIELD-A", "1", time)}), 1);
    };
    CHECK(presence("05:59:59") == Presence::absent);
    CHECK(presence("06:00:00") == Presence::present);
    CHECK(presence("08:30:59") == Presence::present);
    CHECK(presence("08:31:00") == Presence::late);
    CHECK(presence("09:30:59") == Presence::late);
    CHECK(presence("09:31:00") == Presence::absent);
}

TEST_CASE("roll call: the best punch counts, whatever came before or after it") {
    const Directory directory(with_pins());
    const auto roll = call_roll(directory, apel(),
                                {punch("A", "1", "06:50:00"), punch("FIELD-A", "1", "08:45:00"),
                                 punch("FIELD-A", "1", "07:40:00"), punch("FIELD-A", "1", "07:20:00")});
    CHECK(presence_of(roll, 1) == Presence::present);
    const RollPerson& ani = roll.people.at(1);  // after the head of her unit
    REQUIRE(ani.person->id == 1);
    CHECK(ani.time == at("2026-11-23T07:20:00"));
    CHECK(ani.serial == "FIELD-A");
}

TEST_CASE("roll call: at another apel terminal they were there, at the own unit's they were not") {
    const Directory directory(with_pins());
    const auto roll = call_roll(directory, apel(), {punch("FIELD-B", "1", "07:20:00"), punch("B", "3", "07:20:00")});
    CHECK(presence_of(roll, 1) == Presence::present);
    CHECK(presence_of(roll, 3) == Presence::elsewhere);
}

TEST_CASE("roll call: a unit without an apel terminal is there at its own") {
    Facts facts = with_pins();
    std::erase_if(facts.assignments, [](const Assignment& each) { return each.unit == "b"; });
    const Directory directory(std::move(facts));
    CHECK(presence_of(call_roll(directory, apel(), {punch("B", "3", "07:20:00")}), 3) == Presence::present);
}

TEST_CASE("roll call: counts by unit and echelon group, and only of whom the event concerns") {
    const Directory directory(with_pins());
    const auto roll = call_roll(directory, apel({"a"}),
                                {punch("FIELD-A", "1", "07:20:00"), punch("FIELD-A", "999", "07:21:00"),
                                 punch("FIELD-A", "999", "07:22:00"), punch("A", "998", "07:22:00")});
    REQUIRE(roll.lines.size() == 1);
    const RollLine& line = roll.lines.front();
    CHECK(line.unit == "a");
    CHECK(line.all.expected == 2);
    CHECK(line.all.at_event() == 1);
    CHECK(line.groups.at(static_cast<std::size_t>(EchelonGroup::staff)).at_event() == 1);
    const auto& heads = line.groups.at(static_cast<std::size_t>(EchelonGroup::eselon_3));
    CHECK(heads.expected == 1);
    CHECK(heads.of.at(static_cast<std::size_t>(Presence::absent)) == 1);
    CHECK(roll.of_nobody == 1);  // one PIN of nobody's at an apel terminal, twice; the other stood elsewhere
    CHECK(event_terminals(directory, apel({"a"})) == Serials{"FIELD-A", "HEADS"});
}

TEST_CASE("roll call: who merged into another unit, left or has not come yet") {
    Facts facts = with_pins();
    facts.units.at(1).valid = between("2020-05-04", "2026-11-01");  // b into a
    facts.units.at(1).merged_into = "a";
    facts.memberships.at(3).valid = between("2020-05-04", "2026-11-23");  // d's only one left that day
    const Directory directory(std::move(facts));
    const auto roll =
        call_roll(directory, apel(), {punch("FIELD-B", "3", "07:20:00"), punch("FIELD-D", "4", "07:20:00")});
    CHECK(presence_of(roll, 3) == Presence::present);
    for (const auto& person : roll.people) CHECK(person.person->id != 4);
    for (const auto& line : roll.lines) CHECK(line.unit != "b");
}

TEST_CASE("roll call: a terminal that is an apel one by assignment alone, and a unit without any") {
    Facts facts = with_pins();
    for (auto& terminal : facts.terminals) terminal.apel = false;  // approved on the page: nobody gave it a role
    std::erase_if(facts.assignments, [](const Assignment& each) { return each.unit == "b"; });
    const Directory directory(std::move(facts));
    const auto roll = call_roll(directory, apel(),
                                {punch("FIELD-A", "1", "07:20:00"), punch("B", "3", "07:20:00"),
                                 punch("FIELD-A", "777", "07:20:00"), punch("FIELD-B", "4", "07:20:00")});
    CHECK(presence_of(roll, 1) == Presence::present);
    CHECK(presence_of(roll, 3) == Presence::present);    // b has no apel terminal: its own
    CHECK(presence_of(roll, 4) == Presence::elsewhere);  // nobody assigns that one any more
    CHECK(roll.of_nobody == 1);
    CHECK(event_terminals(directory, apel({"b"})) == Serials{"B"});
}
