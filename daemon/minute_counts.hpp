#pragma once

#include <array>
#include <cstdint>

#include "protocol/records.hpp"

namespace presensi {

// How many of something came in each of the last sixty minutes, from a total that somebody reads every second.
class MinuteCounts {
public:
    static constexpr std::size_t minutes = 60;
    using Hour = std::array<std::int64_t, minutes>;

    void add(Instant now, std::int64_t count);
    // `total`: of all that came since the start.
    void note_total(Instant now, std::int64_t total);
    Hour last_hour(Instant now) const;  // oldest first; the last is the minute under way

    static std::int64_t minute_of(Instant now);

private:
    void move_to(std::int64_t minute);

    Hour counts_{};            // of a minute at its number modulo sixty
    std::int64_t total_ = 0;   // the last that was noted
    std::int64_t minute_ = 0;  // the latest that was counted in
};

}  // namespace presensi
