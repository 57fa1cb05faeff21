#include "daemon/minute_counts.hpp"

#include <chrono>

namespace presensi {

namespace {

std::size_t place_of(std::int64_t minute) { return static_cast<std::size_t>(minute) % MinuteCounts::minutes; }

}  // namespace

std::int64_t MinuteCounts::minute_of(Instant now) {
    return std::chrono::floor<std::chrono::minutes>(now).time_since_epoch().count();
}

void MinuteCounts::move_to(std::int64_t minute) {
    // Nobody's clock but ours stands behind this: set back, it begins anew.
    if (minute < minute_ || minute >= minute_ + static_cast<std::int64_t>(minutes)) {
        counts_.fill(0);
    } else {
        for (std::int64_t passed = minute_ + 1; passed <= minute; ++passed) counts_[place_of(passed)] = 0;
    }
    minute_ = minute;
}

void MinuteCounts::add(Instant now, std::int64_t count) {
    const std::int64_t minute = minute_of(now);
    if (minute != minute_) move_to(minute);
    counts_[place_of(minute)] += count;
}

void MinuteCounts::note_total(Instant now, std::int64_t total) {
    add(now, total - total_);
    total_ = total;
}

MinuteCounts::Hour MinuteCounts::last_hour(Instant now) const {
    MinuteCounts until_now = *this;
    until_now.add(now, 0);
    Hour hour{};
    const std::int64_t first = until_now.minute_ + 1 - static_cast<std::int64_t>(minutes);
    for (std::size_t i = 0; i < minutes; ++i) {
        hour[i] = until_now.counts_[place_of(first + static_cast<std::int64_t>(i))];
    }
    return hour;
}

}  // namespace presensi
