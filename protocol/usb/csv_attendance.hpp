#pragma once
// Punches in a table: an office program's, another server's, or our own export.

#include <string>
#include <string_view>
#include <variant>

#include "protocol/usb/attendance_file.hpp"

namespace presensi::usb {

// Whether its header has names that are known for a PIN and for a time.
bool is_csv_attendance(std::string_view text);

// `text` is UTF-8. Columns that are not said are found by their names; without a header every column has to be said by
// its number. Of the rows the columns that are read are kept, and nothing else of them: a column beside them may hold
// anything.
std::variant<AttendanceFile, std::string> decode_csv_attendance(std::string_view text, std::size_t line_limit,
                                                                const Said& said);

}  // namespace presensi::usb
