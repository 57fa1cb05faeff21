#include "attendance/roll_call.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace presensi::attendance {

namespace {

using std::chrono::minutes;

// The minute of closes belongs to it.
DeviceTime closes(const Event& event) { return DeviceTime(event.day) + event.closes + minutes(1); }

struct Expectation {
    const Membership* membership = nullptr;
    std::string unit;  // mergers followed
};

std::vector<Expectation> expectations(const Directory& directory, const Event& event) {
    std::vector<Expectation> list;
    std::set<std::int64_t> seen;
    for (const auto& membership : directory.facts().memberships) {
        if (!membership.valid.holds(event.day)) continue;
        std::string unit = directory.merged(membership.unit, event.day);
        if (!directory.concerns(event, unit) || !seen.insert(membership.person).second) continue;
        list.push_back({&membership, std::move(unit)});
    }
    return list;
}

// The better of two wins; of equal ones the earlier.
void take(RollPerson& person, Presence presence, const RollPunch& punch) {
    const bool better =
        presence < person.presence || (presence == person.presence && person.time && punch.time < *person.time);
    if (!better) return;
    person.presence = presence;
    person.serial = punch.serial;
    person.time = punch.time;
}

}  // namespace

std::string_view to_string(Presence presence) {
    constexpr std::array<std::string_view, 4> names{"present", "late", "elsewhere", "absent"};
    return names.at(static_cast<std::size_t>(presence));
}

DeviceTime roll_begins(const Event& event) { return DeviceTime(event.day) + event.opens - event_margin; }

DeviceTime roll_ends(const Event& event) { return closes(event) + event_margin; }

RollCall call_roll(const Directory& directory, const Event& event, const std::vector<RollPunch>& punches) {
    std::unordered_map<std::string, bool> known;
    const auto is_apel = [&](const std::string& serial) {
        const auto [place, fresh] = known.try_emplace(serial);
        if (fresh) place->second = directory.is_apel_terminal(serial, event.day);
        return place->second;
    };
    std::map<std::int64_t, RollPerson> people;
    std::unordered_map<std::int64_t, bool> has_apel;  // whether there is an apel terminal for them
    for (const auto& [membership, unit] : expectations(directory, event)) {
        const Person* person = directory.find_person(membership->person);
        if (person == nullptr) continue;
        RollPerson& made = people[person->id];
        made.person = person;
        made.unit = unit;
        made.group = membership->group;
        has_apel[person->id] = !directory.apel_terminals(unit, membership->group, event.day).empty();
    }

    RollCall roll;
    std::set<std::pair<std::string, std::string>> nobodys;
    for (const auto& punch : punches) {
        if (punch.time < roll_begins(event) || punch.time >= roll_ends(event)) continue;
        const Person* person = directory.person_of(punch.serial, punch.pin_key, event.day);
        if (person == nullptr) {
            if (is_apel(punch.serial)) nobodys.emplace(punch.serial, punch.pin_key);
            continue;
        }
        const auto found = people.find(person->id);
        if (found == people.end()) continue;
        const bool there = has_apel.at(person->id) ? is_apel(punch.serial)
                                                   : directory.is_expected(person->id, punch.serial, punch.time);
        const Presence in_time = punch.time < closes(event) ? Presence::present : Presence::late;
        take(found->second, there ? in_time : Presence::elsewhere, punch);
    }
    roll.of_nobody = static_cast<int>(nobodys.size());

    std::map<std::string, RollLine> lines;
    for (auto& [id, person] : people) {
        RollLine& line = lines[person.unit];
        line.unit = person.unit;
        line.groups.at(static_cast<std::size_t>(person.group)).add(person.presence);
        line.all.add(person.presence);
        roll.all.add(person.presence);
        roll.people.push_back(std::move(person));
    }
    for (auto& [code, line] : lines) roll.lines.push_back(std::move(line));
    std::sort(roll.people.begin(), roll.people.end(), [](const RollPerson& a, const RollPerson& b) {
        return std::tie(a.unit, a.group, a.person->name, a.person->id) <
               std::tie(b.unit, b.group, b.person->name, b.person->id);
    });
    return roll;
}

std::vector<std::string> event_terminals(const Directory& directory, const Event& event) {
    std::set<std::pair<std::string, EchelonGroup>> kinds;
    for (const auto& [membership, unit] : expectations(directory, event)) kinds.emplace(unit, membership->group);
    std::set<std::string> serials;
    for (const auto& [unit, group] : kinds) {
        auto theirs = directory.apel_terminals(unit, group, event.day);
        if (theirs.empty()) theirs = directory.daily_terminals(unit, event.day);
        for (auto& serial : theirs) serials.insert(std::move(serial));
    }
    return {serials.begin(), serials.end()};
}

}  // namespace presensi::attendance
