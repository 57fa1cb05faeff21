#pragma once
// What speaks against a file: that it is another terminal's, or that somebody made it up.

#include <cstdint>
#include <string>

#include "attendance/month.hpp"
#include "daemon/upload/read_file.hpp"
#include "storage/upload_repository.hpp"

namespace presensi::upload {

// Why it looks like another terminal's or like several terminals' files joined, and whose; empty: it does not.
// `spread` is of its punches.
std::string find_doubt(storage::UploadRepository& uploads, std::int64_t terminal_id, const Read& read,
                       const storage::Spread& spread);

// More punches of one PIN on one day than anybody makes; empty: there are none.
std::string find_crowd(const Read& read);

// That it brings punches of months whose window is over, for the unit that submits the terminal's `unit`. What it
// brings of a month that still runs, or of a clock that was wrong, makes nothing late. Empty: there are none.
std::string find_untimely(storage::Database& database, const attendance::Directory& directory, const std::string& unit,
                          const storage::Spread& spread, attendance::Day today, int enough_working_days);

}  // namespace presensi::upload
