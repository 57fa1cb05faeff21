#include "daemon/people/pins_of_terminals.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "protocol/text_fields.hpp"

namespace presensi::people {

using namespace attendance;
using Evidence = storage::PinEvidenceRepository;

namespace {

Day day_of(const std::string& device_time) {
    return std::chrono::floor<std::chrono::days>(decode_device_time(device_time).value_or(DeviceTime{}));
}

std::vector<std::string> terminals_of(const Directory& directory, const std::string& unit, EchelonGroup group,
                                      Day day) {
    auto serials = directory.daily_terminals(unit, day);
    for (auto& serial : directory.apel_terminals(unit, group, day)) serials.push_back(std::move(serial));
    std::sort(serials.begin(), serials.end());
    serials.erase(std::unique(serials.begin(), serials.end()), serials.end());
    return serials;
}

}  // namespace

std::string start_of(Day day) { return format_day(day) + "T00:00:00"; }

NamesOfPins names_of_pins(storage::Database& database, const access::Viewer& viewer, Day today) {
    Evidence evidence(database);
    NamesOfPins names;
    for (auto& user : evidence.list_users()) {
        names[user.pin_key].push_back({std::move(user.serial), std::move(user.name)});
    }
    if (viewer.sees_all()) return names;
    for (auto& [serial, key] : evidence.list_punching(start_of(today - std::chrono::days(366)))) {
        auto& known = names[key];
        const bool is_listed = std::any_of(known.begin(), known.end(),
                                           [&, serial = serial](const auto& one) { return one.serial == serial; });
        if (!is_listed) known.push_back({std::move(serial), {}});
    }
    return names;
}

std::vector<std::string> needed_terminals(const Directory& directory, std::int64_t person, Day day) {
    const Membership* membership = directory.membership_of(person, day);
    if (membership == nullptr) return {};
    return terminals_of(directory, directory.merged(membership->unit, day), membership->group, day);
}

std::vector<Somebody> everybody(const Directory& directory, Day today) {
    std::vector<Somebody> people;
    std::map<std::pair<std::string, EchelonGroup>, std::vector<std::string>> needed;  // by unit and group
    for (const Person& person : directory.facts().people) {
        const auto memberships = directory.memberships_of(person.id);
        if (memberships.empty()) continue;
        const auto& last = memberships.back()->valid;
        if (last.to && *last.to <= today) continue;
        const Day day = std::max(today, last.from);
        const Membership* membership = directory.membership_of(person.id, today);
        if (membership == nullptr) membership = memberships.back();
        const std::pair key{directory.merged(membership->unit, day), membership->group};
        auto place = needed.find(key);
        if (place == needed.end()) {
            place = needed.emplace(key, terminals_of(directory, key.first, key.second, day)).first;
        }
        Somebody somebody{person.id, person.name, person.nip, place->second, {}};
        for (const auto& pin : directory.pins_of(person.id)) {
            if (pin.serial.empty() && pin.valid.holds(today)) somebody.pin_keys.push_back(pin.pin_key);
        }
        people.push_back(std::move(somebody));
    }
    return people;
}

std::vector<Unmatched> find_unmatched(storage::Database& database, const Directory& directory, Day from, Day to) {
    Evidence evidence(database);
    std::map<std::string, std::vector<Span>> held;  // by PIN key
    for (const auto& pin : directory.facts().pins) held[pin.pin_key].push_back(pin.valid);
    std::vector<Unmatched> unmatched;
    for (auto& punched : evidence.list_punched(start_of(from), start_of(to))) {
        const Day first = day_of(punched.first);
        const Day last = day_of(punched.last);
        const auto changes_between = [&](Day day) { return first < day && day <= last; };
        const auto spans = held.find(punched.pin_key);
        // Mostly it is one person's, or nobody's, from the first punch to the last.
        const bool changes =
            spans != held.end() && std::any_of(spans->second.begin(), spans->second.end(), [&](const Span& span) {
                return changes_between(span.from) || (span.to && changes_between(*span.to));
            });
        if (!changes && directory.person_of(punched.serial, punched.pin_key, first) != nullptr) continue;
        Unmatched one{punched.serial, punched.pin, punched.punches, punched.first, punched.last};
        if (changes) {
            one.punches = 0;
            for (const auto& time :
                 evidence.list_times(punched.serial, punched.pin_key, start_of(from), start_of(to))) {
                if (directory.person_of(punched.serial, punched.pin_key, day_of(time)) != nullptr) continue;
                if (one.punches++ == 0) one.first = time;
                one.last = time;
            }
        }
        if (one.punches > 0) unmatched.push_back(std::move(one));
    }
    return unmatched;
}

std::vector<UnknownPin> find_unknown_pins(storage::Database& database, const Directory& directory, Day today, Day from,
                                          Day to) {
    Evidence evidence(database);
    std::vector<UnknownPin> pins;
    std::set<std::string> retired;
    std::map<std::string, std::string> places;  // by serial
    for (const auto& terminal : directory.facts().terminals) {
        if (terminal.retired) retired.insert(terminal.serial);
        places[terminal.serial] = terminal.apel ? terminal.serial : terminal.unit;
    }
    std::set<std::pair<std::string, std::string>> listed;  // serial and PIN key
    for (auto& user : evidence.list_users()) {
        if (retired.contains(user.serial)) continue;
        listed.emplace(user.serial, user.pin_key);
        if (directory.person_of(user.serial, user.pin_key, today) != nullptr) continue;
        pins.push_back({std::move(user.serial), std::move(user.pin), std::move(user.pin_key), std::move(user.name)});
        pins.back().place = places[pins.back().serial];
    }
    for (auto& punched : evidence.list_punched(start_of(from), start_of(to))) {
        if (listed.contains({punched.serial, punched.pin_key})) continue;
        if (directory.person_of(punched.serial, punched.pin_key, today) != nullptr ||
            directory.person_of(punched.serial, punched.pin_key, day_of(punched.last)) != nullptr) {
            continue;
        }
        pins.push_back({std::move(punched.serial), std::move(punched.pin), std::move(punched.pin_key), {}});
        pins.back().place = places[pins.back().serial];
    }
    return pins;
}

}  // namespace presensi::people
