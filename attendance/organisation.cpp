#include "attendance/organisation.hpp"

namespace presensi::attendance {

std::vector<Event> held_weekly(const Event& event, std::chrono::weekday weekday, Day from, Day to) {
    std::vector<Event> events;
    const Day first = from + (weekday - std::chrono::weekday(from));
    for (Day day = first; day < to; day += std::chrono::days(7)) {
        events.push_back(event);
        events.back().day = day;
    }
    return events;
}

}  // namespace presensi::attendance
