#pragma once
// What is too little, too old and too soon: the same for the alarms of the daemon and for the doctor.

#include <chrono>

#include "daemon/health_watch.hpp"

namespace presensi {

inline constexpr auto backup_every = std::chrono::hours(26);       // a night and some
inline constexpr auto certificate_warned = std::chrono::days(30);  // before its end

inline int percent_free(const DiskSpace& space) { return static_cast<int>(space.free_bytes * 100 / space.all_bytes); }

// Less than a fifth, or less than 500 MiB.
inline bool is_short(const DiskSpace& space) {
    constexpr int least_percent = 20;
    constexpr std::uint64_t least_free = std::uint64_t{500} * 1024 * 1024;
    return percent_free(space) < least_percent || space.free_bytes < least_free;
}

}  // namespace presensi
