#pragma once
// What a list of people changes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attendance/directory.hpp"
#include "attendance/people_file.hpp"
#include "attendance/pin_claims.hpp"
#include "attendance/reach.hpp"

namespace presensi::attendance {

// Somebody who is new, or of whom something is.
struct PersonPlan {
    std::size_t line = 0;
    Person person;  // as they will be; id 0 and no uuid: new
    bool person_changed = false;
    std::optional<Membership> membership;  // from valid.from on, until the one after it; its person is 0 for a new one
    std::vector<PinClaim> pins;            // their person is not set for a new one
};

struct PeoplePlan {
    std::vector<PersonPlan> people;
    std::size_t added = 0;
    std::size_t changed = 0;
    std::size_t unchanged = 0;
    std::vector<LineProblem> problems;  // lines that are not in `people`
    std::vector<LineProblem> warnings;
};

// People are recognised by their uuid, else by their NIP, else, with a warning, by their very name in the same unit.
// A line without `from` holds from `from` on.
PeoplePlan plan_people(const PeopleFile& file, const Directory& directory, const Reach& reach, const NamesOfPins& names,
                       Day from);

}  // namespace presensi::attendance
