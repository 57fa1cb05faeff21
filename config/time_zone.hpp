#pragma once

#include <string>
#include <string_view>

#include "config/decoded.hpp"

namespace presensi::config {

// The name of a zone in the time zone database of this machine.
Decoded<std::string> decode_time_zone(std::string_view text);

}  // namespace presensi::config
