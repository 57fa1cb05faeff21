#pragma once
// One record of the attendance log, in each of its layouts (protocol-4370 § 4.3).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presensi::zk4370 {

// Named by their size; the 8-byte record has two forms.
enum class AttendanceLayout : std::uint8_t { bytes_8a, bytes_8b, bytes_16, bytes_22, bytes_40, bytes_49 };

inline constexpr std::array all_attendance_layouts{AttendanceLayout::bytes_8a, AttendanceLayout::bytes_8b,
                                                   AttendanceLayout::bytes_16, AttendanceLayout::bytes_22,
                                                   AttendanceLayout::bytes_40, AttendanceLayout::bytes_49};

std::size_t record_size(AttendanceLayout layout);     // bytes
std::string_view to_string(AttendanceLayout layout);  // "8A", "8B", "16", "22", "40", "49"
bool carries_only_slots(AttendanceLayout layout);     // 8A and 8B: who punched, the user table says

// The fields as they stand there.
struct AttendanceRecord {
    std::optional<std::uint16_t> slot;  // of 16 none; some firmware counts records here instead: never identity
    std::string user_id;                // verbatim up to the first NUL, any bytes; a number as decimal text, 0 as ""
    std::uint8_t verify = 0;            // meaning differs by generation (protocol-4370 § 4.4)
    std::uint8_t state = 0;
    std::uint32_t packed_time = 0;           // see packed_time.hpp
    std::optional<std::uint32_t> work_code;  // of 8A and 8B none; medium confidence in 40 and 49
    std::optional<std::uint8_t> mask_flag;   // of 49 only; 255 not measured
    std::string temperature;                 // of 49 only; "255" or "" not measured
};

// `bytes` must be exactly one record.
AttendanceRecord decode_attendance_record(AttendanceLayout layout, std::string_view bytes);

}  // namespace presensi::zk4370
