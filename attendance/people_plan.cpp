#include "attendance/people_plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "attendance/matching.hpp"

namespace presensi::attendance {
namespace {

bool is_same_place(const Membership& one, const Membership& other, const Directory& directory, Day day) {
    return directory.merged(one.unit, day) == directory.merged(other.unit, day) && one.group == other.group &&
           one.golongan == other.golongan && one.jabatan == other.jabatan;
}

class Planner {
public:
    Planner(const PeopleFile& file, const Directory& directory, const Reach& reach, const NamesOfPins& names, Day from)
        : file_(file), directory_(directory), reach_(reach), claims_(directory, reach, names), from_(from) {
        for (const Membership& membership : directory.facts().memberships) {
            const Person* person = directory.find_person(membership.person);
            if (person == nullptr) continue;
            auto& namesakes = by_name_[{folded_name(person->name), directory.merged(membership.unit, from)}];
            if (std::find(namesakes.begin(), namesakes.end(), person) == namesakes.end()) namesakes.push_back(person);
        }
    }

    PeoplePlan plan() {
        plan_.problems = file_.problems;
        plan_.warnings = file_.warnings;
        for (const PersonLine& line : file_.lines) take(line);
        sort_by_line(plan_.problems);
        sort_by_line(plan_.warnings);
        return std::move(plan_);
    }

private:
    // Of one line, until it turns out good.
    struct Draft {
        const PersonLine& line;
        std::vector<LineProblem> problems;
        std::vector<LineProblem> warnings;

        void wrong(std::string column, std::string sentence) {
            problems.push_back({line.line, std::move(column), std::move(sentence)});
        }
        void warn(std::string column, std::string sentence) {
            warnings.push_back({line.line, std::move(column), std::move(sentence)});
        }
    };

    void take(const PersonLine& line) {
        Draft draft{line, {}, {}};
        PersonPlan plan;
        plan.line = line.line;
        const Day from = line.from.value_or(from_);
        const std::string unit = find_unit(draft, from);
        if (draft.problems.empty()) {
            const Person* known = find_person(draft, unit);
            if (draft.problems.empty() && known != nullptr && !reach_.may_change(known->id, from)) {
                draft.wrong("", "This person is of another unit; whoever looks after both units moves them.");
            }
            if (draft.problems.empty()) take_person(draft, known, plan);
            if (draft.problems.empty()) take_membership(draft, known, unit, from, plan);
            if (draft.problems.empty()) take_pins(draft, known, unit, from, plan);
            if (draft.problems.empty()) note_seen(draft, known, unit);
        }
        if (!draft.problems.empty()) {
            plan_.problems.insert(plan_.problems.end(), draft.problems.begin(), draft.problems.end());
            return;
        }
        plan_.warnings.insert(plan_.warnings.end(), draft.warnings.begin(), draft.warnings.end());
        claims_.keep(plan.pins);
        if (plan.person.id == 0) {
            ++plan_.added;
        } else if (plan.person_changed || plan.membership || !plan.pins.empty()) {
            ++plan_.changed;
        } else {
            ++plan_.unchanged;
            return;
        }
        plan_.people.push_back(std::move(plan));
    }

    std::string find_unit(Draft& draft, Day from) {
        const Unit* unit = directory_.find_unit_by_name(draft.line.unit);
        if (unit == nullptr) {
            draft.wrong("unit", "There is no unit \"" + draft.line.unit + "\"; write its code, its name or an alias.");
            return {};
        }
        if (unit->valid.to && *unit->valid.to <= from) {
            std::string sentence = "The unit " + unit->name + " ended on " + format_day(*unit->valid.to);
            const Unit* heir = directory_.find_unit(directory_.merged(unit->code, from));
            if (heir != nullptr && heir != unit) sentence += "; its people are in " + heir->name;
            draft.wrong("unit", sentence + ".");
        } else if (!reach_.has_unit(unit->code, from)) {
            draft.wrong("unit", "The unit " + unit->name + " is not yours.");
        }
        return unit->code;
    }

    // Null: somebody new.
    const Person* find_person(Draft& draft, const std::string& unit) {
        const PersonLine& line = draft.line;
        const Person* by_nip = line.nip.empty() ? nullptr : directory_.find_person_by_nip(line.nip);
        if (!line.uuid.empty()) {
            const Person* by_uuid = directory_.find_person_by_uuid(line.uuid);
            if (by_uuid == nullptr) draft.wrong("uuid", "Nobody has this uuid; leave the cell empty for a new person.");
            if (by_uuid != nullptr && by_nip != nullptr && by_nip != by_uuid) {
                draft.wrong("nip", "The NIP is another person's than the uuid.");
            }
            return by_uuid;
        }
        if (by_nip != nullptr) {
            // One wrong digit must not make a colleague of somebody.
            if (!may_be_one_name(line.name, by_nip->name)) {
                const Day day = line.from.value_or(from_);
                const bool shown = reach_.everything() || reach_.has_person(by_nip->id, day);
                draft.wrong("nip", "This NIP belongs to " + (shown ? by_nip->name : std::string("somebody else")) +
                                       "; if it is the same person under a new name, give the uuid, too.");
            }
            return by_nip;
        }
        const auto found = by_name_.find({folded_name(line.name), unit});
        if (found == by_name_.end()) return nullptr;
        std::vector<const Person*> namesakes = found->second;
        if (!line.nip.empty() || namesakes.size() > 1) {
            std::erase_if(namesakes, [](const Person* person) { return !person->nip.empty(); });
        }
        if (namesakes.empty() && !line.nip.empty()) return nullptr;
        if (namesakes.empty()) namesakes = found->second;
        if (namesakes.size() > 1) {
            draft.wrong("name", "There are " + std::to_string(namesakes.size()) +
                                    " people of this name in the unit; give the NIP or the uuid.");
            return nullptr;
        }
        draft.warn("name", line.nip.empty() ? "Taken for the person of this name in the unit; the line has no NIP."
                                            : "Taken for the person of this name in the unit, who had no NIP.");
        return namesakes.front();
    }

    void take_person(Draft& draft, const Person* known, PersonPlan& plan) {
        const PersonLine& line = draft.line;
        if (known != nullptr) plan.person = *known;
        plan.person.name = line.name;
        if (!line.nip.empty()) plan.person.nip = line.nip;
        if (line.kind) {
            plan.person.kind = *line.kind;
        } else if (line.nip_form && plan.person.kind == PersonKind::none) {
            plan.person.kind = *line.nip_form == NipForm::pns ? PersonKind::pns : PersonKind::pppk;
        }
        if (line.nip_form) {
            if (auto sentence = contradiction(*line.nip_form, plan.person.kind)) draft.wrong("kind", *sentence);
        }
        if (known == nullptr) return;
        plan.person_changed =
            known->name != plan.person.name || known->nip != plan.person.nip || known->kind != plan.person.kind;
        if (known->name != plan.person.name) draft.warn("name", "The name was " + known->name + ".");
        if (!known->nip.empty() && known->nip != plan.person.nip) draft.warn("nip", "The NIP was " + known->nip + ".");
    }

    void take_membership(Draft& draft, const Person* known, const std::string& unit, Day from, PersonPlan& plan) {
        const PersonLine& line = draft.line;
        Membership wanted;
        const Membership* before = known == nullptr ? nullptr : directory_.membership_of(known->id, from);
        if (before != nullptr) wanted = *before;
        wanted.person = known == nullptr ? 0 : known->id;
        wanted.unit = unit;
        if (line.group) wanted.group = *line.group;
        if (line.golongan) wanted.golongan = *line.golongan;
        if (line.jabatan) wanted.jabatan = *line.jabatan;
        wanted.valid = {from, std::nullopt};
        if (before != nullptr && is_same_place(*before, wanted, directory_, from)) return;
        if (known != nullptr) {
            for (const Membership* later : directory_.memberships_of(known->id)) {
                if (later->valid.from <= from) continue;
                wanted.valid.to = later->valid.from;
                draft.warn("from",
                           "From " + format_day(later->valid.from) + " on something later is recorded, which stays.");
                break;
            }
        }
        plan.membership = std::move(wanted);
    }

    void take_pins(Draft& draft, const Person* known, const std::string& unit, Day from, PersonPlan& plan) {
        const Membership* before = known == nullptr ? nullptr : directory_.membership_of(known->id, from);
        EchelonGroup group = before == nullptr ? EchelonGroup::staff : before->group;
        if (plan.membership) group = plan.membership->group;
        for (const auto& pin : draft.line.pins) {
            // Those who are new are told apart by their lines.
            const std::int64_t id = known == nullptr ? -static_cast<std::int64_t>(draft.line.line) : known->id;
            PinClaims::Answer answer = claims_.ask({id, plan.person.name, pin, {}, from, unit, group});
            if (!answer.problem.empty()) draft.wrong("pin", std::move(answer.problem));
            if (!answer.warning.empty()) draft.warn("pin", std::move(answer.warning));
            plan.pins.insert(plan.pins.end(), answer.claims.begin(), answer.claims.end());
        }
    }

    // Nobody stands in a file twice.
    void note_seen(Draft& draft, const Person* known, const std::string& unit) {
        const PersonLine& line = draft.line;
        std::vector<std::string> marks;
        if (known != nullptr) marks.push_back("uuid " + known->uuid);
        if (!line.nip.empty()) marks.push_back("nip " + line.nip);
        if (known == nullptr && line.nip.empty()) marks.push_back("name " + folded_name(line.name) + " of " + unit);
        for (const auto& mark : marks) {
            if (const auto first = seen_.find(mark); first != seen_.end()) {
                return draft.wrong("", "Line " + std::to_string(first->second) + " has the same person.");
            }
        }
        for (const auto& mark : marks) seen_.emplace(mark, line.line);
    }

    const PeopleFile& file_;
    const Directory& directory_;
    const Reach& reach_;
    PinClaims claims_;
    Day from_;
    std::map<std::pair<std::string, std::string>, std::vector<const Person*>> by_name_;  // name and unit
    std::map<std::string, std::size_t> seen_;                                            // by mark, the line
    PeoplePlan plan_;
};

}  // namespace

PeoplePlan plan_people(const PeopleFile& file, const Directory& directory, const Reach& reach, const NamesOfPins& names,
                       Day from) {
    return Planner(file, directory, reach, names, from).plan();
}

}  // namespace presensi::attendance
