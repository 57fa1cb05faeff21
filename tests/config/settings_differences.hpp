#pragma once

#include <set>
#include <string>

#include "config/settings.hpp"

namespace presensi::config {

// The keys in which two settings differ, as "limits.body" or "terminals[].pull.port". Of the terminals, both sides must
// have exactly one, with a pull section. The file and the state folder are no keys.
std::set<std::string> differences(const Settings& left, const Settings& right);

}  // namespace presensi::config
