#include "attendance/reach.hpp"

#include <algorithm>

namespace presensi::attendance {

bool Reach::has_unit(std::string_view unit, Day day) const {
    return everything() || std::any_of(units_.begin(), units_.end(), [&](const std::string& above) {
               return directory_.is_within(unit, above, day);
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

bool Reach::may_change(std::int64_t person, Day from) const {
    if (everything()) return true;
    const auto memberships = directory_.memberships_of(person);
    return std::all_of(memberships.begin(), memberships.end(), [&](const Membership* membership) {
        return (membership->valid.to && *membership->valid.to <= from) ||
               has_unit(membership->unit, std::max(from, membership->valid.from));
    });
}

}  // namespace presensi::attendance
