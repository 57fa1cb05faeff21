#include "daemon/people/import.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <functional>
#include <utility>

#include "attendance/matching_sheet.hpp"
#include "attendance/people_plan.hpp"
#include "daemon/people/pins_of_terminals.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/directory_repository.hpp"
#include "storage/person_repository.hpp"

namespace presensi::people {

namespace json = boost::json;
using namespace attendance;

namespace {

// The people of a list that is taken, and what is written of them.
class PeopleWriter {
public:
    PeopleWriter(storage::Database& database, const Directory& directory, const Brought& brought)
        : database_(database), people_(database), directory_(directory), brought_(brought) {}

    void write(std::vector<PersonPlan> plans) {
        std::vector<Person> new_people;
        for (auto& plan : plans) {
            if (plan.person.id != 0) continue;
            plan.person.uuid = boost::uuids::to_string(random_());
            new_people.push_back(plan.person);
        }
        const auto ids = people_.add(new_people, brought_.at);
        std::vector<Membership> memberships;
        std::size_t next = 0;
        for (auto& plan : plans) {
            const bool is_new = plan.person.id == 0;
            if (is_new) plan.person.id = ids.at(next++);
            if (!is_new && plan.person_changed) people_.change(plan.person);
            if (plan.membership) {
                plan.membership->person = plan.person.id;
                if (is_new) {
                    memberships.push_back(*plan.membership);
                } else {
                    people_.set_membership(*plan.membership);
                }
            }
            for (const auto& pin : plan.pins) {
                pins_.push_back({0, plan.person.id, pin.serial, pin.pin, pin.valid, "list of people",
                                 brought_.viewer.name, brought_.at});
            }
            audit_.push_back({is_new ? "person.add" : "person.change", plan.person.uuid, describe(plan, is_new)});
        }
        people_.add_memberships(memberships);
        people_.add_pins(pins_);
        storage::append_audit(database_, brought_.at, brought_.viewer.name, audit_);
    }

private:
    // What is new of them: {"name":["Ana","Ana Binti"],"unit":[null,"dinas-sosial"],…}.
    std::string describe(const PersonPlan& plan, bool is_new) const {
        json::object detail;
        const auto note = [&](const char* key, const std::string& before, const std::string& after) {
            if (!is_new && before == after) return;
            detail[key] = json::array{is_new ? json::value(nullptr) : json::value(before), json::value(after)};
        };
        const Person* known = is_new ? nullptr : directory_.find_person(plan.person.id);
        const Person before = known == nullptr ? Person{} : *known;
        note("name", before.name, plan.person.name);
        note("nip", before.nip, plan.person.nip);
        note("kind", std::string(to_string(before.kind)), std::string(to_string(plan.person.kind)));
        if (plan.membership) {
            const Membership* held =
                is_new ? nullptr : directory_.membership_of(plan.person.id, plan.membership->valid.from);
            const Membership was = held == nullptr ? Membership{} : *held;
            note("unit", was.unit, plan.membership->unit);
            note("echelon", std::string(to_string(was.group)), std::string(to_string(plan.membership->group)));
            note("golongan", was.golongan, plan.membership->golongan);
            note("jabatan", was.jabatan, plan.membership->jabatan);
            detail["from"] = format_day(plan.membership->valid.from);
        }
        json::array pins;
        for (const auto& pin : plan.pins) pins.push_back(json::value(pin.pin + " from " + format_day(pin.valid.from)));
        if (!pins.empty()) detail["pins"] = std::move(pins);
        return json::serialize(detail);
    }

    storage::Database& database_;
    storage::PersonRepository people_;
    const Directory& directory_;
    const Brought& brought_;
    boost::uuids::random_generator_pure random_;  // the operating system's own
    std::vector<storage::PinRow> pins_;
    std::vector<storage::AuditLine> audit_;
};

void write_pins(storage::Database& database, const Directory& directory, const Brought& brought,
                const std::vector<AcceptedPin>& accepted) {
    std::vector<storage::PinRow> pins;
    std::vector<storage::AuditLine> audit;
    for (const auto& one : accepted) {
        for (const auto& claim : one.claims) {
            const std::string reason = "matching sheet" + (one.reason.empty() ? "" : ": " + one.reason);
            pins.push_back(
                {0, claim.person, claim.serial, claim.pin, claim.valid, reason, brought.viewer.name, brought.at});
            json::object detail;
            detail["pin"] = claim.pin;
            detail["terminal"] = claim.serial.empty() ? json::value(nullptr) : json::value(claim.serial);
            detail["from"] = format_day(claim.valid.from);
            detail["reason"] = reason;
            audit.push_back({"pin.assign", directory.find_person(claim.person)->uuid, json::serialize(detail)});
        }
    }
    storage::PersonRepository(database).add_pins(pins);
    storage::append_audit(database, brought.at, brought.viewer.name, audit);
}

template <typename Plan>
Outcome outcome_of(const Plan& plan, std::size_t lines, std::size_t added, std::size_t changed, bool partial) {
    Outcome outcome;
    outcome.lines = lines;
    outcome.added = added;
    outcome.changed = changed;
    outcome.unchanged = plan.unchanged;
    outcome.problems = plan.problems;
    outcome.warnings = plan.warnings;
    outcome.refused = !plan.problems.empty() && !partial;
    return outcome;
}

// A plan, what comes of it, and how it is written.
struct Planned {
    Outcome outcome;
    std::function<void()> write;
};

Planned plan_list(storage::Database& database, const Directory& directory, const Brought& brought) {
    const PeopleFile file = read_people_file(brought.bytes, brought.today);
    PeoplePlan plan = plan_people(file, directory, reach_of(directory, brought.viewer), brought.names, brought.from);
    const Outcome outcome = outcome_of(plan, file.count, plan.added, plan.changed, brought.partial);
    return {outcome, [&database, &directory, &brought, people = std::move(plan.people)] {
                PeopleWriter(database, directory, brought).write(people);
            }};
}

Planned plan_sheet(storage::Database& database, const Directory& directory, const Brought& brought) {
    MatchingPlan plan =
        plan_matching(brought.bytes, directory, reach_of(directory, brought.viewer), brought.names, brought.from);
    const Outcome outcome = outcome_of(plan, plan.count, plan.accepted.size(), 0, brought.partial);
    return {outcome, [&database, &directory, &brought, accepted = std::move(plan.accepted)] {
                write_pins(database, directory, brought, accepted);
            }};
}

using Plan = Planned (*)(storage::Database&, const Directory&, const Brought&);

// Thrown to roll back.
struct NothingToWrite {};

Outcome take(storage::Database& database, const std::vector<TerminalPlace>& terminals, const Brought& brought,
             Plan plan) {
    Outcome outcome;
    try {
        database.transaction([&] {
            storage::DirectoryRepository directory_repository(database);
            directory_repository.changed();  // first: whoever changes something at the same time waits here
            Facts facts = directory_repository.load();
            facts.terminals = terminals;
            const Directory directory(std::move(facts));
            const Planned planned = plan(database, directory, brought);
            outcome = planned.outcome;
            if (outcome.refused || !outcome.changes()) throw NothingToWrite();
            planned.write();
        });
    } catch (const NothingToWrite&) {
    }
    return outcome;
}

}  // namespace

Outcome try_people(storage::Database& database, const Directory& directory, const Brought& brought) {
    return plan_list(database, directory, brought).outcome;
}

Outcome try_matching(storage::Database& database, const Directory& directory, const Brought& brought) {
    return plan_sheet(database, directory, brought).outcome;
}

Outcome take_people(storage::Database& database, const std::vector<TerminalPlace>& terminals, const Brought& brought) {
    return take(database, terminals, brought, plan_list);
}

Outcome take_matching(storage::Database& database, const std::vector<TerminalPlace>& terminals,
                      const Brought& brought) {
    return take(database, terminals, brought, plan_sheet);
}

}  // namespace presensi::people
