#pragma once
// What came of a month other than punches: logs as files, files that wait, lines that could not be read.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "daemon/period/board.hpp"

namespace presensi::period {

struct Files {
    std::string last;           // RFC 3339 UTC, of whatever was taken; empty: never
    bool holds_month = false;   // a log that was brought after the month and reaches its last working day
    bool fulfils_duty = false;  // one of the last seven days that reaches the last working day before these
    std::int64_t waiting = 0;   // with punches of this month, for a second person
};
// By terminal id. Users, tables and files that were cut are no logs. An apel terminal's log has to reach the day of the
// last event instead or, without one in the month before, the last Monday that is a working day.
std::unordered_map<std::int64_t, Files> files_of(storage::Database& database, const Question& question);

// By terminal id: lines of this month that could not be read. A reject is of the month of the day that can be read in
// it; without one, of the newest punch of its file; else of the month in which it came, and until the window of the
// month before is over, of that one.
std::unordered_map<std::int64_t, std::int64_t> rejects_of(storage::Database& database, const Question& question);

}  // namespace presensi::period
