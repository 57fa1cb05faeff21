#pragma once

#include <string_view>

#include "storage/database.hpp"
#include "storage/intake.hpp"

namespace presensi::storage {

// A punch as colder lists read it: these columns first, of `punch p JOIN terminal t ON t.id = p.terminal_id`.
inline constexpr std::string_view punch_columns =
    "p.id, t.serial, t.time_zone, p.pin, p.device_time, p.punched_at, p.state, p.verify, p.work_code, p.road, p.grade,"
    " p.received_at";
inline constexpr std::size_t punch_column_count = 12;

// roads holds the first sighting's alone.
FeedRow read_punch(const Row& row);

}  // namespace presensi::storage
