#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attendance/directory.hpp"

namespace presensi::attendance {

// What somebody may touch who looks after these units and what is below them; none: everything.
class Reach {
public:
    // Both outlive it.
    Reach(const Directory& directory, const std::vector<std::string>& units) : directory_(directory), units_(units) {}

    bool everything() const { return units_.empty(); }
    bool has_unit(std::string_view unit, Day day) const;
    // A terminal that stands in one of them; an apel terminal is nobody's but of who reaches everything.
    bool has_terminal(std::string_view serial, Day day) const;
    // Somebody whose unit it is on that day. Without any unit: nobody's but of who reaches everything.
    bool has_person(std::int64_t person, Day day) const;
    // Whether every unit of theirs from that day on is among them; also somebody who has none then.
    bool may_change(std::int64_t person, Day from) const;

private:
    const Directory& directory_;
    const std::vector<std::string>& units_;
};

}  // namespace presensi::attendance
