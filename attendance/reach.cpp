#include "attendance/reach.hpp"

#include <algorithm>

namespace presensi::attendance {

bool Reach::has_unit(std::string_view unit, Day day) const {
    return everything() || std::any_of(units_.begin(), units_.end(), [&](const std::string& above) {
               return directory_.is_looked_after(unit, above, day);
           });
}

bool Reach::has_terminal(std::string_view serial, Day day) const {
    if (everything()) return true;
    const auto& terminals = directory_.facts().terminals;
    const auto place = std::find_if(terminals.begin(), terminals.end(),
                                    [&](const auto& terminal) { return terminal.serial == serial; });
    return place != terminals.end() && !place->apel && has_unit(place->unit, day);
}

bool Reach::has_person(std::int64_t person, Day day) const {
    return everything() || has_unit(directory_.unit_of(person, day), day);
}

std::optional<Day> Reach::foreign_from(const Membership& membership, Day from) const {
    const Day begin = std::max(from, membership.valid.from);
    if (membership.valid.to && *membership.valid.to <= begin) return std::nullopt;
    if (!has_unit(membership.unit, begin)) return begin;
    const Unit* unit = directory_.find_unit(membership.unit);
    if (unit == nullptr || unit->merged_into.empty() || !unit->valid.to) return std::nullopt;
    const Day merges = *unit->valid.to;
    if (merges <= begin || (membership.valid.to && *membership.valid.to <= merges)) return std::nullopt;
    return has_unit(membership.unit, merges) ? std::nullopt : std::optional(merges);
}

std::optional<Span> Reach::span_of(std::int64_t person, Day from) const {
    Span span{from, std::nullopt};
    if (everything()) return span;
    for (const Membership* membership : directory_.memberships_of(person)) {
        const auto foreign = foreign_from(*membership, from);
        if (foreign && (!span.to || *foreign < *span.to)) span.to = foreign;
    }
    if (span.to && *span.to <= from) return std::nullopt;
    return span;
}

bool Reach::may_change(std::int64_t person, Day from) const {
    const auto span = span_of(person, from);
    return span && !span->to;
}

}  // namespace presensi::attendance
