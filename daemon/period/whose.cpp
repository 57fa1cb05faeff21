#include "daemon/period/whose.hpp"

#include <algorithm>
#include <optional>

namespace presensi::period {

using attendance::Day;

namespace {

// Neither begins nor ends inside of it, so it says the same of each of its days.
bool is_constant(const attendance::Span& span, attendance::Month month) {
    const auto inside = [&](Day day) { return month.first() < day && day < month.after(); };
    return !inside(span.from) && !(span.to && inside(*span.to));
}

}  // namespace

Whose::Whose(const attendance::Directory& directory, attendance::Month month) : directory_(directory), month_(month) {
    const auto& facts = directory.facts();
    for (const auto& pin : facts.pins) {
        if (!is_constant(pin.valid, month)) changing_pins_.insert(pin.pin_key);
    }
    for (const auto& membership : facts.memberships) {
        if (!is_constant(membership.valid, month)) changing_people_.insert(membership.person);
    }
    for (const auto& unit : facts.units) {
        if (is_constant(unit.valid, month)) continue;
        for (const auto day : {std::optional(unit.valid.from), unit.valid.to}) {
            if (day && month.first() < *day && *day < month.after()) mergers_.push_back(*day);
        }
    }
    std::sort(mergers_.begin(), mergers_.end());
    for (const auto& terminal : facts.terminals) terminals_.emplace(terminal.serial, &terminal);
}

std::string Whose::submitter(std::string_view unit, Day day) const {
    std::string code = directory_.merged(unit, day);
    const auto* found = directory_.find_unit(code);
    if (found == nullptr) return {};
    // The tree has no cycles; the bound is for a store that somebody else wrote.
    for (std::size_t i = 0; !found->parent.empty() && i < directory_.facts().units.size(); ++i) {
        const auto* above = directory_.find_unit(directory_.merged(found->parent, day));
        if (above == nullptr) break;
        found = above;
    }
    return found->code;
}

std::vector<Stay> Whose::stays() const {
    std::vector<Stay> stays;
    for (const auto& membership : directory_.facts().memberships) {
        std::string before;
        std::vector<Day> looks{std::max(membership.valid.from, month_.first())};
        looks.insert(looks.end(), mergers_.begin(), mergers_.end());
        for (const Day day : looks) {
            if (day < looks.front() || day >= month_.after() || !membership.valid.holds(day)) continue;
            std::string unit = submitter(membership.unit, day);
            if (unit.empty() || unit == before) continue;
            before = unit;
            stays.push_back({&membership, day, std::move(unit)});
        }
    }
    return stays;
}

Owner Whose::of(std::string_view serial, std::string_view pin_key, Day day) const {
    if (const auto* person = directory_.person_of(serial, pin_key, day)) {
        const auto* membership = directory_.membership_of(person->id, day);
        return {person->id, membership == nullptr ? std::string() : submitter(membership->unit, day)};
    }
    const auto terminal = terminals_.find(std::string(serial));
    if (terminal == terminals_.end() || terminal->second->apel || terminal->second->unit.empty()) return {};
    return {0, submitter(terminal->second->unit, day)};
}

bool Whose::is_steady(std::string_view serial, std::string_view pin_key) const {
    if (!mergers_.empty() || changing_pins_.contains(std::string(pin_key))) return false;
    const auto* person = directory_.person_of(serial, pin_key, month_.first());
    return person == nullptr || !changing_people_.contains(person->id);
}

}  // namespace presensi::period
