#pragma once
// Logs of terminals of the Realand, Timmy and FK kind, which are often sold beside ZKTeco's (protocol-4370 § 8.3).

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/usb/attendance_file.hpp"

namespace presensi::usb {

// Whether the text begins as such a log does: by its header, or by seven columns that end with a date and a time.
bool is_general_log(std::string_view text);

// `text` is UTF-8, and a general log.
std::variant<AttendanceFile, std::string> decode_general_log(std::string_view text, std::size_t line_limit,
                                                             DateOrder order);

bool is_binary_general_log(std::string_view bytes);
std::variant<AttendanceFile, std::string> decode_binary_general_log(std::string_view bytes);

}  // namespace presensi::usb
