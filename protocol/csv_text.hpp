#pragma once
// Writing CSV, so that reading it again gives the same texts and no spreadsheet runs one of them (reliability T13).

#include <span>
#include <string>
#include <string_view>

namespace presensi {

// RFC 4180. A text that a spreadsheet would run as a formula (it begins with = + - @, TAB or CR) gets an apostrophe in
// front, and so does one that looks as if it had got one. The same behind each ; TAB or line end in it, where a
// spreadsheet that does not split at commas begins a cell.
std::string csv_field(std::string_view value);

// The text that csv_field() was given, of a field as it was read: without these apostrophes.
std::string without_formula_marks(std::string_view field);

// The fields with commas between them, and CR LF.
std::string csv_record(std::span<const std::string> fields);

}  // namespace presensi
