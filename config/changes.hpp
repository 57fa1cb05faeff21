#pragma once
// What differs between the settings that hold and those that were read anew.

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace presensi::config {

// Keys that differ and that a running daemon cannot change: whoever reads a key once, at the start, names it here.
std::vector<std::string> keys_for_a_restart(const Settings& before, const Settings& after);

// Keys of the top level that differ, as check-config would show them, and where a terminal's secret does.
std::vector<std::string> changed_keys(const Settings& before, const Settings& after);

}  // namespace presensi::config
