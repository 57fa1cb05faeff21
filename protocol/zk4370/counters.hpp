#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace presensi::zk4370 {

// What a terminal says it holds (protocol-4370 § 5.2). Hostile numbers: compare with them, never allocate by them.
struct Counters {
    std::uint32_t users = 0;
    std::uint32_t fingers = 0;
    std::uint32_t records = 0;  // attendance
    // Nothing where the answer ended before.
    std::optional<std::uint32_t> operations;
    std::optional<std::uint32_t> admins;
    std::optional<std::uint32_t> passwords;
    std::optional<std::uint32_t> fingers_capacity;
    std::optional<std::uint32_t> users_capacity;
    std::optional<std::uint32_t> records_capacity;
    std::optional<std::uint32_t> fingers_free;
    std::optional<std::uint32_t> users_free;
    std::optional<std::uint32_t> records_free;
    std::optional<std::uint32_t> faces;
    std::optional<std::uint32_t> faces_capacity;

    // Attendance records + free = capacity, where all three are known. If not: warn, and keep going.
    bool add_up() const;
};

// The data of the answer to counters(). Nothing if it is too short to hold the counts: then they are unknown, not
// zero, and the tables are read anyway. Words beyond those known are ignored.
std::optional<Counters> decode_counters(std::string_view data);

}  // namespace presensi::zk4370
