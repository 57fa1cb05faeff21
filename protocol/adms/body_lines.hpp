#pragma once
// How the body of an upload falls into lines (protocol-adms § 3.0).

#include <string_view>

namespace presensi::adms {

// The body without the NULs, TAB-only and empty lines behind its text. The last line keeps its own TABs: they are empty
// columns.
std::string_view without_padding(std::string_view body);

// Takes the first line off `rest`, without its LF and one CR before it. `rest` is empty after the last one.
std::string_view take_line(std::string_view& rest);

}  // namespace presensi::adms
