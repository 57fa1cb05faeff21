#pragma once

#include <cstddef>
#include <vector>

#include "protocol/records.hpp"
#include "protocol/zk4370/attendance_layout.hpp"

namespace presensi::zk4370 {

struct AttendanceBatch {
    std::vector<Punch> punches;  // in the order of the records; `line` is the position of the record, from 1
    std::vector<Reject> rejects;
    std::size_t unknown_slots = 0;  // punches whose PIN is "uid:N", because the user table has no such slot
};

// Every record of the log becomes a punch or a reject. Never fails. Rejects:
//   bad_time      a day that the calendar lacks, or a year beyond 2099 (protocol-4370 § 4.2)
//   time_unknown  the terminal had no clock (§ 4.1)
//   no_user       slot 0, number 0 or an empty id (§ 4.5)
//   bad_pin       an id that is not printable text
// The PIN is the user id verbatim; of 16-byte records the number in decimal digits; of 8-byte records what `users`
// gives for the slot. A work code is the number in decimal digits, "0" for none, as terminals push it.
AttendanceBatch decode_attendance(const AttendanceLog& log, const UserIds& users);

}  // namespace presensi::zk4370
