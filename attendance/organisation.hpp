#pragma once
// What the organisation says of itself at once: the content of units_file.

#include <vector>

#include "attendance/records.hpp"

namespace presensi::attendance {

struct Organisation {
    std::vector<Unit> units;
    std::vector<Assignment> assignments;
    std::vector<CalendarDay> holidays;
    std::vector<Event> events;         // each on its day, whatever day that is
    std::vector<Event> weekly_events;  // those of a rule, dated: not held on a holiday
};

// `event` on each such weekday; `to` is the first day without it. Its own day does not matter.
std::vector<Event> held_weekly(const Event& event, std::chrono::weekday weekday, Day from, Day to);

}  // namespace presensi::attendance
