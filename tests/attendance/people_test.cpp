// Whose PIN, whose unit.
#include <doctest/doctest.h>

#include "tests/attendance/example.hpp"

namespace presensi::attendance {
namespace {

std::string names_of(const std::vector<const Person*>& people) {
    std::string names;
    for (const Person* one : people) names += (names.empty() ? "" : " ") + one->name;
    return names;
}

}  // namespace

TEST_CASE("a PIN is somebody's by terminal before fleet, and by day") {
    Facts facts = example();
    facts.pins = {
        {1, "", "7", since("2026-01-01")},
        {2, "A", "7", between("2026-03-01", "2026-04-01")},
        {3, "", "8", between("2026-01-01", "2026-02-01")},
        {4, "", "8", since("2026-02-01")},
        {5, "B", "9", between("2026-01-01", "2026-01-01")},  // never held
        {1, "", "5", since("2026-01-01")},
        {2, "", "5", since("2026-02-01")},  // two at once
        {3, "D", "5", since("2026-02-01")},
        {4, "", "6", between("2026-01-01", "2026-03-01")},
        {4, "", "6", since("2026-02-01")},  // twice, and the same person
    };
    const Directory directory(std::move(facts));
    struct Case {
        const char* name;
        const char* serial;
        const char* pin;
        const char* on;
        std::int64_t person;  // 0: nobody
    };
    for (const Case& c : {
             Case{"before the first day", "A", "7", "2025-12-31", 0},
             Case{"fleet", "A", "7", "2026-01-01", 1},
             Case{"terminal before fleet", "A", "7", "2026-03-01", 2},
             Case{"another terminal", "B", "7", "2026-03-01", 1},
             Case{"the last day", "A", "7", "2026-03-31", 2},
             Case{"fleet again", "A", "7", "2026-04-01", 1},
             Case{"handed on: before", "A", "8", "2026-01-31", 3},
             Case{"handed on: after", "A", "8", "2026-02-01", 4},
             Case{"taken back on its first day", "B", "9", "2026-01-01", 0},
             Case{"one", "A", "5", "2026-01-31", 1},
             Case{"two at once are nobody", "A", "5", "2026-02-01", 0},
             Case{"the terminal decides", "D", "5", "2026-02-01", 3},
             Case{"twice the same", "A", "6", "2026-02-15", 4},
             Case{"unknown", "A", "77", "2026-02-15", 0},
         }) {
        CAPTURE(c.name);
        const Person* found = directory.person_of(c.serial, c.pin, day(c.on));
        CHECK((found == nullptr ? 0 : found->id) == c.person);
    }
    CHECK(directory.pins_of(2).size() == 2);
    CHECK(directory.pins_of(99).empty());
}

TEST_CASE("who works where, on at least one day") {
    Facts facts = example();
    facts.units.push_back(unit("c", "", between("2020-05-04", "2026-06-15"), "a"));
    facts.people.push_back(person(6, "Fitri"));
    facts.memberships = {
        member(1, "a"),
        member(2, "a", EchelonGroup::eselon_3, between("2026-01-01", "2026-05-20")),
        member(2, "b", EchelonGroup::eselon_2, since("2026-05-20")),
        member(3, "b"),
        member(4, "c"),
        member(5, "v"),
        member(6, "a", EchelonGroup::staff, between("2026-01-01", "2026-01-01")),
    };
    const Directory directory(std::move(facts));
    const auto of = [&](const char* code, const char* from, const char* to) {
        return names_of(directory.people_of(code, day(from), day(to)));
    };
    CHECK(of("a", "2026-05-01", "2026-06-01") == "Ani Budi");
    CHECK(of("b", "2026-05-01", "2026-06-01") == "Budi Citra");
    CHECK(of("a", "2026-05-20", "2026-06-15") == "Ani");
    CHECK(of("a", "2026-06-01", "2026-07-01") == "Ani Dewi");  // c merged into it
    CHECK(of("c", "2026-06-01", "2026-07-01") == "Dewi");
    CHECK(of("c", "2026-06-15", "2026-07-01") == "");
    CHECK(of("d", "2026-06-01", "2026-07-01") == "");  // of the village below it is Eko
    CHECK(of("a", "2026-06-01", "2026-06-01") == "");
    CHECK(directory.membership_of(2, day("2026-05-19"))->group == EchelonGroup::eselon_3);
    CHECK(directory.membership_of(2, day("2026-05-20"))->group == EchelonGroup::eselon_2);
    CHECK(directory.membership_of(2, day("2025-12-31")) == nullptr);
    CHECK(directory.unit_of(4, day("2026-06-14")) == "c");
    CHECK(directory.unit_of(4, day("2026-06-15")) == "a");
    CHECK(directory.unit_of(99, day("2026-06-15")) == "");
}

TEST_CASE("people are found by id, uuid and NIP") {
    Facts facts = example();
    facts.people[0].nip = "199001012015031001";
    const Directory directory(std::move(facts));
    CHECK(directory.find_person(1)->name == "Ani");
    CHECK(directory.find_person_by_uuid("uuid-2")->name == "Budi");
    CHECK(directory.find_person_by_nip("199001012015031001")->name == "Ani");
    CHECK(directory.find_person_by_nip("") == nullptr);
    CHECK(directory.find_person(99) == nullptr);
}

}  // namespace presensi::attendance
