#pragma once
// The columns of an ATTLOG line. Decoding and redaction must agree on which column is which.

#include <optional>
#include <string_view>

namespace presensi::adms {

// All views point into the line; a column that is not there is empty.
struct PunchLine {
    std::string_view pin;
    std::string_view time;
    std::string_view state;
    std::string_view verify;
    std::string_view work_code;
    std::string_view beyond;  // columns 6 and on
    char separator = '\t';

    // Mask flag, or the number of an identity card (protocol-adms § 3.1).
    std::string_view column_8() const;
};

// Columns by TAB, behind an optional "ATTLOG" column; or by blanks where no TAB is and a PIN, a date and a time begin
// the line. Nothing if there are fewer than two columns.
std::optional<PunchLine> split_punch_line(std::string_view line);

}  // namespace presensi::adms
