#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace presensi::config {

// The offset of the first byte that is not UTF-8; npos if all of it is.
std::size_t find_invalid_utf8(std::string_view text);

bool has_control_character(std::string_view text);

// A foreign text inside a message: short, on one line, and harmless to a screen.
std::string shown(std::string_view text);

// The same for a path, which is of no use in part: not cut.
std::string shown_path(std::string_view path);

}  // namespace presensi::config
