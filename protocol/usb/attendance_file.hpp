#pragma once
// Attendance files that people bring on a USB stick (protocol-4370 § 8), recognised by their content alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/records.hpp"

namespace presensi::usb {

enum class FileKind {
    attlog,              // "1_attlog.dat": PIN, time, terminal number, state, verify mode, work code (§ 8.1)
    attlog_as_pushed,    // the columns of a push upload: PIN, time, state, verify mode, work code
    general_log,         // AGL_001.TXT, GLG_001.TXT of other makes (§ 8.3)
    general_log_binary,  // AGL_001.DAT
};
std::string_view to_string(FileKind kind);

// How 05/06/2026 is to be read, where the file itself does not tell.
enum class DateOrder { by_the_file, day_first, month_first };

struct AttendanceFile {
    FileKind kind = FileKind::attlog;
    std::string body;  // what is kept of it: text as redacted UTF-8, a binary log as it is
    std::vector<Punch> punches;
    std::vector<Reject> rejects;
    std::vector<TerminalUser> users;  // name hints, of a general log
    std::string terminal_number;      // as its column says, the same in all of its lines; empty: it says nothing
    bool cut = false;                 // its last line or record is not whole
};

// Never fails for one line: what is no punch is a reject. The sentence says why nothing of it can be taken.
std::variant<AttendanceFile, std::string> decode_attendance_file(std::string_view bytes, std::size_t line_limit,
                                                                 DateOrder order = DateOrder::by_the_file);

}  // namespace presensi::usb
