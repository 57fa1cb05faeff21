#include "attendance/directory.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace presensi::attendance {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::minutes;

// A tree or a chain of mergers that went round would otherwise never end.
constexpr int most_steps = 32;

template <typename Map>
typename Map::mapped_type find_or_null(const Map& map, const typename Map::key_type& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second;
}

// The one that began last; of equals the one that was recorded last.
template <typename Dated>
const Dated* latest_on(const std::vector<const Dated*>& list, Day day) {
    const Dated* latest = nullptr;
    for (const Dated* one : list) {
        if (one->valid.holds(day) && (latest == nullptr || latest->valid.from <= one->valid.from)) latest = one;
    }
    return latest;
}

bool is_within_window(const Event& event, DeviceTime time, minutes margin) {
    const DeviceTime opens = DeviceTime(event.day) + event.opens - margin;
    const DeviceTime closes = DeviceTime(event.day) + event.closes + minutes(1) + margin;
    return opens <= time && time < closes;
}

void add_all(std::vector<std::string>& list, const std::vector<std::string>& more) {
    list.insert(list.end(), more.begin(), more.end());
}

void sort_once(std::vector<std::string>& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

}  // namespace

Directory::Directory(Facts facts) : facts_(std::move(facts)) {
    for (const Unit& unit : facts_.units) {
        units_.emplace(unit.code, &unit);
        if (!unit.merged_into.empty()) merged_from_[unit.merged_into].push_back(&unit);
    }
    // A name goes before another unit's alias.
    for (const Unit& unit : facts_.units) names_.emplace(folded_name(unit.name), &unit);
    for (const Unit& unit : facts_.units) {
        for (const auto& alias : unit.aliases) names_.emplace(folded_name(alias), &unit);
    }
    for (const TerminalPlace& terminal : facts_.terminals) {
        terminals_.emplace(terminal.serial, &terminal);
        if (!terminal.unit.empty()) terminals_of_unit_[terminal.unit].push_back(&terminal);
    }
    for (const Assignment& assignment : facts_.assignments) assignments_of_[assignment.unit].push_back(&assignment);
    for (const CalendarDay& day : facts_.calendar) holidays_.emplace(day.day, &day);
    for (const Event& event : facts_.events) events_[event.day].push_back(&event);
    for (auto& [day, events] : events_) {
        std::stable_sort(events.begin(), events.end(),
                         [](const auto* a, const auto* b) { return a->opens < b->opens; });
    }
    for (const Person& person : facts_.people) {
        people_.emplace(person.id, &person);
        uuids_.emplace(person.uuid, &person);
        if (!person.nip.empty()) nips_.emplace(person.nip, &person);
    }
    for (const Membership& membership : facts_.memberships) memberships_[membership.person].push_back(&membership);
    for (const PinAssignment& pin : facts_.pins) {
        pins_[pin.pin_key].push_back(&pin);
        pins_of_[pin.person].push_back(&pin);
    }
}

const Unit* Directory::find_unit(std::string_view code) const { return find_or_null(units_, std::string(code)); }

const Unit* Directory::find_unit_by_name(std::string_view name_or_alias_or_code) const {
    const std::string wanted = folded_name(name_or_alias_or_code);
    const Unit* by_code = find_unit(wanted);
    return by_code != nullptr ? by_code : find_or_null(names_, wanted);
}

const Person* Directory::find_person(std::int64_t id) const { return find_or_null(people_, id); }

const Person* Directory::find_person_by_uuid(std::string_view uuid) const {
    return find_or_null(uuids_, std::string(uuid));
}

const Person* Directory::find_person_by_nip(std::string_view nip) const {
    return find_or_null(nips_, std::string(nip));
}

const Person* Directory::person_of(std::string_view serial, std::string_view pin_key, Day day) const {
    const auto found = pins_.find(std::string(pin_key));
    if (found == pins_.end()) return nullptr;
    for (const std::string_view scope : {serial, std::string_view()}) {
        const PinAssignment* holder = nullptr;
        for (const PinAssignment* pin : found->second) {
            if (pin->serial != scope || !pin->valid.holds(day)) continue;
            if (holder != nullptr && holder->person != pin->person) return nullptr;
            holder = pin;
        }
        if (holder != nullptr) return find_person(holder->person);
    }
    return nullptr;
}

const Membership* Directory::membership_of(std::int64_t person, Day day) const {
    const auto found = memberships_.find(person);
    return found == memberships_.end() ? nullptr : latest_on(found->second, day);
}

std::string Directory::unit_of(std::int64_t person, Day day) const {
    const Membership* membership = membership_of(person, day);
    return membership == nullptr ? "" : merged(membership->unit, day);
}

std::string Directory::merged(std::string_view unit, Day day) const {
    std::string code(unit);
    for (int step = 0; step < most_steps; ++step) {
        const Unit* found = find_or_null(units_, code);
        if (found == nullptr || found->merged_into.empty() || !found->valid.to || day < *found->valid.to) break;
        code = found->merged_into;
    }
    return code;
}

std::vector<const Person*> Directory::people_of(std::string_view unit, Day from, Day to) const {
    // Between these days nobody's unit changes but by a membership of theirs.
    std::vector<Day> mergers;
    for (const Unit& merging : facts_.units) {
        if (!merging.merged_into.empty() && merging.valid.to) mergers.push_back(*merging.valid.to);
    }
    std::vector<const Person*> people;
    for (const auto& [id, memberships] : memberships_) {
        const Person* person = find_person(id);
        if (person == nullptr) continue;
        std::vector<Day> looks = mergers;
        looks.push_back(from);
        for (const Membership* membership : memberships) {
            looks.push_back(membership->valid.from);
            if (membership->valid.to) looks.push_back(*membership->valid.to);
        }
        if (std::any_of(looks.begin(), looks.end(),
                        [&](Day day) { return from <= day && day < to && unit_of(person->id, day) == unit; })) {
            people.push_back(person);
        }
    }
    std::sort(people.begin(), people.end(),
              [](const auto* a, const auto* b) { return std::tie(a->name, a->id) < std::tie(b->name, b->id); });
    return people;
}

std::vector<PinAssignment> Directory::pins_of(std::int64_t person) const {
    std::vector<PinAssignment> pins;
    const auto found = pins_of_.find(person);
    if (found == pins_of_.end()) return pins;
    for (const PinAssignment* pin : found->second) pins.push_back(*pin);
    return pins;
}

std::vector<const Membership*> Directory::memberships_of(std::int64_t person) const {
    const auto found = memberships_.find(person);
    if (found == memberships_.end()) return {};
    std::vector<const Membership*> list = found->second;
    std::stable_sort(list.begin(), list.end(),
                     [](const auto* a, const auto* b) { return a->valid.from < b->valid.from; });
    return list;
}

bool Directory::is_within(std::string_view unit, std::string_view above, Day day) const {
    return is_or_is_below(unit, merged(above, day), day);
}

bool Directory::is_looked_after(std::string_view unit, std::string_view above, Day day) const {
    return is_or_is_below(unit, above, day);
}

bool Directory::is_or_is_below(std::string_view unit, std::string_view above, Day day) const {
    if (unit.empty() || above.empty()) return false;
    std::string code = merged(unit, day);
    for (int step = 0; step < most_steps; ++step) {
        if (code == above) return true;
        const Unit* found = find_or_null(units_, code);
        if (found == nullptr || found->parent.empty()) return false;
        code = merged(found->parent, day);
    }
    return false;
}

bool Directory::is_working_day(Day day) const {
    const std::chrono::weekday weekday{day};
    return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday && holiday_on(day) == nullptr;
}

const CalendarDay* Directory::holiday_on(Day day) const { return find_or_null(holidays_, day); }

std::vector<Day> Directory::working_days(Day from, Day to) const {
    std::vector<Day> list;
    for (Day day = from; day < to; day += days(1)) {
        if (is_working_day(day)) list.push_back(day);
    }
    return list;
}

std::vector<const Event*> Directory::events_on(Day day) const {
    const auto found = events_.find(day);
    return found == events_.end() ? std::vector<const Event*>() : found->second;
}

const Event* Directory::event_at(std::string_view unit, DeviceTime time, minutes margin) const {
    for (const minutes around : {minutes(0), margin}) {
        // A margin may reach into the day before or after.
        for (Day day = floor<days>(time - around); day <= floor<days>(time + around); day += days(1)) {
            for (const Event* event : events_on(day)) {
                if (is_within_window(*event, time, around) && concerns(*event, unit)) return event;
            }
        }
    }
    return nullptr;
}

bool Directory::concerns(const Event& event, std::string_view unit) const {
    return event.units.empty() || std::any_of(event.units.begin(), event.units.end(), [&](const std::string& code) {
               return is_within(unit, code, event.day);
           });
}

std::vector<std::string> Directory::parts_of(std::string_view unit, Day day) const {
    std::vector<std::string> waiting{merged(unit, day)};
    std::set<std::string> parts;
    while (!waiting.empty()) {
        std::string code = std::move(waiting.back());
        waiting.pop_back();
        if (!parts.insert(code).second) continue;
        const auto found = merged_from_.find(code);
        if (found == merged_from_.end()) continue;
        for (const Unit* part : found->second) {
            if (part->valid.to && *part->valid.to <= day) waiting.push_back(part->code);
        }
    }
    return {parts.begin(), parts.end()};
}

std::vector<std::string> Directory::terminals_for(std::string_view unit, bool apel, Group group, Day day) const {
    const auto assigned_to = [&](const std::string& code) {
        std::vector<std::string> serials;
        const auto found = assignments_of_.find(code);
        if (found == assignments_of_.end()) return serials;
        for (const Assignment* assignment : found->second) {
            if (assignment->apel != apel || !assignment->valid.holds(day)) continue;
            if (group && assignment->group && *assignment->group != *group) continue;
            serials.push_back(assignment->serial);
        }
        return serials;
    };
    std::vector<std::string> list;
    std::string code = merged(unit, day);
    for (int step = 0; step < most_steps && !serves_one(list) && !code.empty(); ++step) {
        for (const auto& part : parts_of(code, day)) {
            add_all(list, assigned_to(part));
            const auto standing = terminals_of_unit_.find(part);
            if (apel || standing == terminals_of_unit_.end()) continue;
            for (const TerminalPlace* terminal : standing->second) {
                if (!terminal->apel) list.push_back(terminal->serial);
            }
        }
        const Unit* found = find_or_null(units_, code);
        code = found == nullptr || found->parent.empty() ? "" : merged(found->parent, day);
    }
    add_all(list, assigned_to(""));
    sort_once(list);
    return list;
}

bool Directory::serves_one(const std::vector<std::string>& serials) const {
    return !std::all_of(serials.begin(), serials.end(), [&](const std::string& serial) { return is_retired(serial); });
}

bool Directory::is_retired(std::string_view serial) const {
    const TerminalPlace* place = find_or_null(terminals_, std::string(serial));
    return place != nullptr && place->retired;
}

std::vector<std::string> Directory::without_retired(std::vector<std::string> serials) const {
    std::erase_if(serials, [&](const std::string& serial) { return is_retired(serial); });
    return serials;
}

std::vector<std::string> Directory::apel_terminals(std::string_view unit, EchelonGroup group, Day day) const {
    return without_retired(terminals_for(unit, true, group, day));
}

std::vector<std::string> Directory::daily_terminals(std::string_view unit, Day day) const {
    return without_retired(terminals_for(unit, false, std::nullopt, day));
}

bool Directory::is_apel_terminal(std::string_view serial, Day day) const {
    const TerminalPlace* place = find_or_null(terminals_, std::string(serial));
    if (place != nullptr && place->apel) return true;
    return std::any_of(facts_.assignments.begin(), facts_.assignments.end(), [&](const Assignment& assignment) {
        return assignment.apel && assignment.serial == serial && assignment.valid.holds(day);
    });
}

bool Directory::has_event_in(std::string_view unit, Day day, minutes from, minutes to) const {
    const auto list = events_on(day);
    return std::any_of(list.begin(), list.end(), [&](const Event* event) {
        return event->opens <= to && from <= event->closes && concerns(*event, unit);
    });
}

Expected Directory::expected_terminals(std::int64_t person, DeviceTime time) const {
    const Day day = floor<days>(time);
    Expected expected;
    const Membership* membership = membership_of(person, day);
    if (membership == nullptr) return expected;
    const std::string unit = merged(membership->unit, day);
    expected.event = event_at(unit, time);
    if (expected.event != nullptr) {
        expected.serials = apel_terminals(unit, membership->group, day);
    } else {
        const std::chrono::weekday weekday{day};
        const auto minute = floor<minutes>(time - DeviceTime(day));
        expected.assumed = (weekday == std::chrono::Monday || weekday == std::chrono::Friday) && is_working_day(day) &&
                           assumed_opens <= minute && minute <= assumed_closes &&
                           !has_event_in(unit, day, assumed_opens, assumed_closes);
    }
    if (expected.serials.empty()) {
        expected.serials = without_retired(terminals_for(unit, false, membership->group, day));
    }
    return expected;
}

bool Directory::is_expected(std::int64_t person, std::string_view serial, DeviceTime time) const {
    const Day day = floor<days>(time);
    const Membership* membership = membership_of(person, day);
    if (membership == nullptr) return true;
    const std::string unit = merged(membership->unit, day);
    const auto apel = terminals_for(unit, true, membership->group, day);
    const auto daily = terminals_for(unit, false, membership->group, day);
    const auto is_among = [&](const std::vector<std::string>& list) {
        return std::find(list.begin(), list.end(), serial) != list.end();
    };
    const bool has_apel = serves_one(apel);
    if (has_apel && event_at(unit, time) != nullptr) return is_among(apel);
    if (!serves_one(daily) || is_among(daily)) return true;
    if (event_at(unit, time, event_margin) == nullptr) return false;
    if (has_apel || is_among(apel)) return is_among(apel);
    const TerminalPlace* place = find_or_null(terminals_, std::string(serial));
    return place != nullptr && place->apel;
}

}  // namespace presensi::attendance
