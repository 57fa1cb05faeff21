#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attendance/directory.hpp"

namespace presensi::attendance {

// What somebody may touch who looks after these units and what is below them, or after everything.
class Reach {
public:
    // `directory` outlives it.
    Reach(const Directory& directory, std::vector<std::string> units, bool everything)
        : directory_(directory), units_(std::move(units)), everything_(everything) {}

    bool everything() const { return everything_; }
    bool has_unit(std::string_view unit, Day day) const;
    // A terminal that stands in one of them; an apel terminal is nobody's but of who reaches everything.
    bool has_terminal(std::string_view serial, Day day) const;
    // Somebody whose unit it is on that day. Without any unit: nobody's but of who reaches everything.
    bool has_person(std::int64_t person, Day day) const;
    // Whether every unit of theirs from that day on is among them; also somebody who has none then.
    bool may_change(std::int64_t person, Day from) const;
    // From that day on until they go to a unit that is not among them; nothing: they are of such a one on that day.
    std::optional<Span> span_of(std::int64_t person, Day from) const;

private:
    // The first day, from `from` on, on which that is of a unit that is not among them.
    std::optional<Day> foreign_from(const Membership& membership, Day from) const;

    const Directory& directory_;
    std::vector<std::string> units_;
    bool everything_;
};

}  // namespace presensi::attendance
