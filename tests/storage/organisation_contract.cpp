#include "tests/storage/organisation_contract.hpp"

#include <doctest/doctest.h>

#include <array>

#include "storage/directory_repository.hpp"
#include "storage/organisation_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

using namespace attendance;

constexpr const char* now = "2026-11-20T01:00:00.000Z";

Day day(const char* text) { return decode_day(text).value(); }
Span since(const char* from) { return {day(from), std::nullopt}; }

Unit unit(std::string code) {
    return {code, "Unit " + code, "dinas", "", {"alias \"" + code + "\", kedua"}, since("2020-05-04"), "", "Perbup"};
}

Assignment assignment(std::string serial, std::string unit, std::optional<EchelonGroup> group) {
    return {std::move(serial), std::move(unit), group, true, since("2020-05-04"), "Perbup"};
}

Event event(const char* on, EventKind kind = EventKind::apel) {
    using std::chrono::minutes;
    return {0, kind, day(on), minutes(7 * 60), minutes(8 * 60 + 30), "Lapangan", {"a", "b"}, "Undangan"};
}

Organisation example() {
    Organisation organisation;
    organisation.units = {unit("a"), unit("b")};
    organisation.assignments = {assignment("I", "", EchelonGroup::eselon_2), assignment("IV", "a", std::nullopt),
                                assignment("IV", "b", EchelonGroup::staff)};
    organisation.holidays = {{0, day("2026-12-25"), HolidayKind::national, "Natal", "SKB"}};
    organisation.events = {event("2026-11-23")};
    return organisation;
}

OrganisationChanges import(Database& database, const Organisation& organisation, const char* today = "2026-11-20") {
    OrganisationChanges changes;
    database.transaction([&] { changes = OrganisationRepository(database).import(organisation, day(today), now); });
    return changes;
}

std::string sizes(const OrganisationChanges& changes) {
    std::string text;
    for (const auto size : {changes.units_added.size(), changes.units_changed.size(), changes.assignments_added.size(),
                            changes.assignments_changed.size(), changes.assignments_ended.size(),
                            changes.holidays_added.size(), changes.events_added.size(), changes.remarks.size()})
        text += std::to_string(size) + " ";
    return text;
}

void what_is_imported_is_loaded(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    DirectoryRepository directory(*database);
    const auto before = directory.version();
    CHECK(sizes(import(*database, example())) == "2 0 3 0 0 1 1 0 ");
    CHECK(directory.version() > before);
    const Facts facts = directory.load();
    REQUIRE(facts.units.size() == 2);
    CHECK(facts.units[0].name == "Unit a");
    CHECK(facts.units[0].aliases == std::vector<std::string>{"alias \"a\", kedua"});
    CHECK(facts.units[0].valid == since("2020-05-04"));
    REQUIRE(facts.assignments.size() == 3);
    CHECK(facts.assignments[0].unit.empty());
    CHECK(facts.assignments[0].group == EchelonGroup::eselon_2);
    CHECK_FALSE(facts.assignments[1].group);
    CHECK(facts.assignments[2].apel);
    REQUIRE(facts.calendar.size() == 1);
    CHECK(facts.calendar[0].day == day("2026-12-25"));
    REQUIRE(facts.events.size() == 1);
    CHECK(facts.events[0].id > 0);
    CHECK(facts.events[0].closes == std::chrono::minutes(8 * 60 + 30));
    CHECK(facts.events[0].units == std::vector<std::string>{"a", "b"});
}

void the_same_again_changes_nothing(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    import(*database, example());
    const auto version = DirectoryRepository(*database).version();
    CHECK(import(*database, example()).empty());
    CHECK(DirectoryRepository(*database).version() == version);
}

void the_text_is_the_source_of_units_and_assignments(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    import(*database, example());
    Organisation later = example();
    later.units[0].name = "Badan A";
    later.units[0].valid.to = day("2027-01-01");
    later.units[0].merged_into = "c";
    later.units[1] = unit("c");  // b is named no more
    later.assignments[0].source = "Perbup baru";
    later.assignments[1].valid.to = day("2026-12-01");
    later.assignments.pop_back();
    const OrganisationChanges changes = import(*database, later);
    CHECK(sizes(changes) == "1 1 0 2 1 0 0 1 ");
    CHECK(changes.units_changed[0] ==
          "a: name \"Unit a\" → \"Badan A\", to \"\" → \"2027-01-01\", merged_into \"\" → \"c\"");
    CHECK(changes.remarks[0] == "unit b is stored and not named any more; it stays");
    const Facts facts = DirectoryRepository(*database).load();
    CHECK(facts.units.size() == 3);
    REQUIRE(facts.assignments.size() == 3);
    CHECK(facts.assignments[1].valid.to == day("2026-12-01"));
    CHECK(facts.assignments[2].valid.to == day("2026-11-20"));
    CHECK(import(*database, later, "2026-11-30").empty());  // what has ended ends once
    CHECK(sizes(import(*database, example())) == "0 1 0 3 0 0 0 1 ");
    CHECK_FALSE(DirectoryRepository(*database).load().assignments[2].valid.to);
}

void an_assignment_that_had_not_begun_never_held(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    Organisation planned;
    planned.assignments = {assignment("I", "", std::nullopt)};
    planned.assignments[0].valid = {day("2027-01-01"), day("2028-01-01")};
    import(*database, planned);
    CHECK(import(*database, {}).assignments_ended.size() == 1);
    const Facts facts = DirectoryRepository(*database).load();
    CHECK(facts.assignments.at(0).valid == Span{day("2027-01-01"), day("2027-01-01")});
    CHECK(import(*database, {}).empty());
}

void holidays_and_events_are_added_once(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    OrganisationRepository organisation(*database);
    import(*database, example());
    Facts facts = DirectoryRepository(*database).load();
    const auto id = facts.events.at(0).id;
    CHECK_FALSE(organisation.add(event("2026-11-23"), now));
    CHECK_FALSE(organisation.add(example().holidays[0], now));

    using Cancelled = OrganisationRepository::Cancelled;
    CHECK(organisation.cancel_event(id, "hujan", now) == Cancelled::done);
    CHECK(organisation.cancel_event(id, "hujan", now) == Cancelled::was_already);
    CHECK(organisation.cancel_event(id + 100, "hujan", now) == Cancelled::unknown);
    CHECK(organisation.cancel_holiday(facts.calendar.at(0).id, "salah", now) == Cancelled::done);
    facts = DirectoryRepository(*database).load();
    CHECK(facts.events.empty());
    CHECK(facts.calendar.empty());
    CHECK(rows_of(*database, "SELECT cancelled_for FROM event") == std::vector<std::string>{"hujan"});

    // The text does not bring back what people cancelled; what it says differently is new; people may add again.
    CHECK(import(*database, example()).empty());
    Organisation other = example();
    other.events[0].closes += std::chrono::minutes(30);
    other.holidays[0].name = "Hari Natal";
    CHECK(sizes(import(*database, other)) == "0 0 0 0 0 1 1 0 ");
    CHECK(sizes(import(*database, example())) == "0 0 0 0 0 0 0 0 ");
    other.events[0].closes += std::chrono::minutes(30);
    other.holidays[0].source = "SKB baru";
    const OrganisationChanges changes = import(*database, other);
    CHECK(sizes(changes) == "0 0 0 0 0 0 0 2 ");
    const auto version = DirectoryRepository(*database).version();
    CHECK(organisation.add(event("2026-11-24", EventKind::senam), now));
    CHECK(DirectoryRepository(*database).version() > version);
}

void weekly_events_leave_stored_holidays_out(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    OrganisationRepository organisation(*database);
    REQUIRE(organisation.add(CalendarDay{0, day("2026-11-30"), HolidayKind::local, "Hari jadi", "SE"}, now));
    Organisation weekly;
    weekly.weekly_events = {event("2026-11-23"), event("2026-11-30")};
    weekly.events = {event("2026-11-30", EventKind::upacara)};
    const OrganisationChanges changes = import(*database, weekly);
    REQUIRE(changes.events_added.size() == 2);
    CHECK(changes.events_added[0].kind == EventKind::upacara);
    CHECK(changes.events_added[1].day == day("2026-11-23"));
}

void people_are_loaded(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    database->execute("INSERT INTO person (uuid, nip, name, kind, created_at) VALUES ($1, $2, $3, 'pppk', $4)",
                      {std::string("u1"), Value(), std::string("Ani"), std::string(now)});
    const auto id = database->query("SELECT id FROM person").at(0).integer(0);
    database->execute(
        "INSERT INTO unit_membership (person_id, unit, echelon, golongan, jabatan, valid_from, valid_to)"
        " VALUES ($1, 'a', 'eselon_4', 'III/c', 'Kepala Seksi', '2026-01-01', '2026-07-01')",
        {id});
    database->execute(
        "INSERT INTO pin_assignment (person_id, serial, pin, pin_key, valid_from, reason, assigned_by, assigned_at)"
        " VALUES ($1, '', '0042', '42', '2026-01-01', 'test', 'tester', $2)",
        {id, std::string(now)});
    const Facts facts = DirectoryRepository(*database).load();
    REQUIRE(facts.people.size() == 1);
    CHECK(facts.people[0].nip.empty());
    CHECK(facts.people[0].kind == PersonKind::pppk);
    REQUIRE(facts.memberships.size() == 1);
    CHECK(facts.memberships[0].group == EchelonGroup::eselon_4);
    CHECK(facts.memberships[0].valid == Span{day("2026-01-01"), day("2026-07-01")});
    REQUIRE(facts.pins.size() == 1);
    CHECK(facts.pins[0].pin_key == "42");
    CHECK(facts.pins[0].person == id);
}

constexpr std::array<Contract, 7> contract{{
    {"what is imported is loaded", what_is_imported_is_loaded},
    {"the same again changes nothing", the_same_again_changes_nothing},
    {"the text is the source of units and assignments", the_text_is_the_source_of_units_and_assignments},
    {"an assignment that had not begun never held", an_assignment_that_had_not_begun_never_held},
    {"holidays and events are added once", holidays_and_events_are_added_once},
    {"weekly events leave stored holidays out", weekly_events_leave_stored_holidays_out},
    {"people are loaded", people_are_loaded},
}};

}  // namespace

std::span<const Contract> organisation_contract() { return contract; }

}  // namespace presensi::storage
