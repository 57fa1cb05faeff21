#include "tests/storage/people_contract.hpp"

#include <doctest/doctest.h>

#include <array>

#include "storage/directory_repository.hpp"
#include "storage/person_repository.hpp"
#include "storage/pin_evidence_repository.hpp"
#include "storage/store_error.hpp"
#include "storage/terminal_log_repository.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

using namespace std::chrono;
using attendance::Day;
using attendance::EchelonGroup;
using attendance::Membership;
using attendance::Person;
using attendance::PersonKind;

constexpr Day january{2026y / January / 1};
constexpr Day june{2026y / June / 1};
constexpr Day august{2026y / August / 1};
constexpr auto at = "2026-11-20T01:00:00.123Z";

std::int64_t add_person(Database& database, const std::string& uuid, const std::string& nip = {}) {
    const std::array people{Person{0, uuid, nip, "Ana", PersonKind::none}};
    return PersonRepository(database).add(people, at).at(0);
}

void people_are_added_and_changed(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    PersonRepository people(*database);
    std::vector<Person> many;
    for (int i = 0; i < 450; ++i) {  // more than fit in one statement
        many.push_back({0, "uuid-" + std::to_string(i), i == 0 ? "198501312010011001" : "", "Ana", PersonKind::pns});
    }
    const auto ids = people.add(many, at);
    REQUIRE(ids.size() == 450);
    auto facts = DirectoryRepository(*database).load();
    REQUIRE(facts.people.size() == 450);
    for (const auto& person : facts.people) {
        const auto place = std::stoul(person.uuid.substr(5));
        CHECK(ids.at(place) == person.id);
        CHECK(person.nip == many.at(place).nip);
    }
    people.change({ids.at(1), "", "199001012015031002", "Ana; \"Binti\"", PersonKind::pppk});
    people.change({ids.at(0), "", "", "Ana", PersonKind::none});
    facts = DirectoryRepository(*database).load();
    for (const auto& person : facts.people) {
        if (person.id == ids.at(0)) CHECK(person.nip.empty());
        if (person.id != ids.at(1)) continue;
        CHECK(person.uuid == "uuid-1");
        CHECK(person.nip == "199001012015031002");
        CHECK(person.name == "Ana; \"Binti\"");
        CHECK(person.kind == PersonKind::pppk);
    }
    // A NIP is one person's.
    CHECK_THROWS_AS(people.change({ids.at(2), "", "199001012015031002", "Budi", PersonKind::pns}), ContentRefused);
}

void a_unit_ends_where_the_next_begins(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    PersonRepository people(*database);
    const auto ana = add_person(*database, "uuid-ana");
    const std::array first{Membership{ana, "sosial", EchelonGroup::staff, "III/a", "", {january, std::nullopt}}};
    people.add_memberships(first);
    people.set_membership({ana, "tani", EchelonGroup::eselon_4, "III/b", "Kasi", {august, std::nullopt}});
    const auto rows = [&] {
        return rows_of(*database, "SELECT unit, echelon, golongan, jabatan, valid_from, valid_to FROM unit_membership");
    };
    CHECK(rows() == std::vector<std::string>{"sosial|staff|III/a||2026-01-01|2026-08-01",
                                             "tani|eselon_4|III/b|Kasi|2026-08-01|NULL"});
    // Between the two; the later one stays.
    people.set_membership({ana, "ikan", EchelonGroup::staff, "III/a", "", {june, august}});
    CHECK(rows() == std::vector<std::string>{"ikan|staff|III/a||2026-06-01|2026-08-01",
                                             "sosial|staff|III/a||2026-01-01|2026-06-01",
                                             "tani|eselon_4|III/b|Kasi|2026-08-01|NULL"});
    // The day it began: corrected.
    people.set_membership({ana, "upt", EchelonGroup::staff, "III/a", "", {june, august}});
    CHECK(rows().at(2) == "upt|staff|III/a||2026-06-01|2026-08-01");
    CHECK(rows().size() == 3);
}

void pins_are_dated(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    PersonRepository people(*database);
    const auto ana = add_person(*database, "uuid-ana");
    const auto budi = add_person(*database, "uuid-budi");
    const std::array pins{PinRow{0, ana, "", "0042", {january, std::nullopt}, "list", "account:ana", at},
                          PinRow{0, ana, "TST1", "A7", {june, august}, "", "account:ana", at}};
    people.add_pins(pins);
    auto stored = people.list_pins(ana);
    REQUIRE(stored.size() == 2);
    CHECK(stored[0].pin == "0042");
    CHECK(stored[0].serial.empty());
    CHECK(stored[0].reason == "list");
    CHECK(stored[0].assigned_by == "account:ana");
    CHECK(stored[0].assigned_at == at);
    CHECK(stored[0].valid == attendance::Span{january, std::nullopt});
    CHECK(stored[1].valid == attendance::Span{june, august});
    CHECK(people.list_pins(budi).empty());
    people.end_pin(stored[0].id, june);
    CHECK(people.find_pin(stored[0].id)->valid.to == june);
    CHECK_FALSE(people.find_pin(999'999));
    const auto facts = DirectoryRepository(*database).load();
    REQUIRE(facts.pins.size() == 2);
    CHECK(facts.pins[0].pin_key == "42");
}

void terminals_say_who_punched(FreshStore& fresh) {
    const auto database = fresh.store().open_database();
    const auto one = add_terminal(*database, "TST1");
    const auto two = add_terminal(*database, "TST2");
    TerminalLog log;
    log.terminal_id = two;
    log.received_at = at;
    log.users = {{1, "0042", "42", "ANA"}, {2, "7", "7", ""}};
    TerminalLogRepository(*database).record(log);
    PinEvidenceRepository evidence(*database);
    auto users = evidence.list_users();
    REQUIRE(users.size() == 2);
    CHECK(users[0].serial == "TST2");
    CHECK(users[0].pin == "0042");
    CHECK(users[0].pin_key == "42");
    CHECK(users[0].name == "ANA");
    CHECK(users[0].seen_at == at);
    CHECK(evidence.list_users("TST1").empty());
    CHECK(evidence.list_users("TST2").size() == 2);

    const auto intake = fresh.store().open_intake();
    append(*intake,
           {make_delivery(one, {make_punch("0042", 0, 1), make_punch("7", 5, 2), make_punch("42", 10, 3)}),
            make_delivery(two, {make_punch("42", 20)}), make_delivery(one, {make_punch("42", 0)}, Road::pull)});
    const auto punched = evidence.list_punched("2026-11-20T07:00:00", "2026-11-20T07:00:20");
    REQUIRE(punched.size() == 2);
    CHECK(punched[0].serial == "TST1");
    CHECK(punched[0].pin_key == "42");
    CHECK(punched[0].punches == 2);
    CHECK(punched[0].first == "2026-11-20T07:00:00");
    CHECK(punched[0].last == "2026-11-20T07:00:10");
    CHECK(evidence.list_times("TST1", "42", "2026-11-20T07:00:00", "2026-11-20T07:00:10") ==
          std::vector<std::string>{"2026-11-20T07:00:00"});

    const auto punches = evidence.list_punches({"42", "9"}, "2026-11-20T00:00:00", "2026-11-21T00:00:00");
    REQUIRE(punches.size() == 3);
    CHECK(punches[0].pin == "0042");
    CHECK(punches[0].roads == std::vector<std::string>{"push", "pull"});
    CHECK(punches[0].device_time == "2026-11-20T07:00:00");
    CHECK(punches[2].serial == "TST2");
    CHECK(evidence.list_punches({}, "2026-11-20T00:00:00", "2026-11-21T00:00:00").empty());
}

constexpr std::array contracts{
    Contract{"people are added, in any number, and changed", people_are_added_and_changed},
    Contract{"a unit ends where the next begins", a_unit_ends_where_the_next_begins},
    Contract{"PINs are dated", pins_are_dated},
    Contract{"terminals say who punched", terminals_say_who_punched},
};

}  // namespace

std::span<const Contract> people_contract() { return contracts; }

}  // namespace presensi::storage
