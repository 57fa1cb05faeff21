#pragma once
// Which layout does a log have? Computed, then tested on all records; never guessed (protocol-4370 § 0.6, § 4.2).

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/zk4370/attendance_record.hpp"
#include "protocol/zk4370/record_counts.hpp"
#include "protocol/zk4370/table_body.hpp"

namespace presensi::zk4370 {

// A log that passed every check of protocol-4370 § 3.7 and § 4.2.
struct AttendanceLog {
    std::optional<AttendanceLayout> layout;  // nothing: an empty log
    std::string_view records;                // whole records only; points into the buffer
    std::size_t count = 0;                   // records in it
    std::vector<std::string> notes;  // English: accepted although something was unusual ("ok-with-note" of the vectors)
};

// `buffer` is what a read brought, with its prefix; `this_year` (2000 or later) is ours: a record of a later year than
// the next speaks against a layout. Problems:
//   truncated        fewer bytes than the prefix says
//   unknown_layout   no layout, or more than one, fits all records: keep the buffer, raise an alarm
//   count_mismatch   a layout fits, but the terminal counted otherwise: not the whole log
// Linear in the buffer, a handful of passes.
std::variant<AttendanceLog, TableProblem> detect_attendance(std::string_view buffer, const CountRange& counts,
                                                            int this_year);

}  // namespace presensi::zk4370
