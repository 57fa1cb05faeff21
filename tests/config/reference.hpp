#pragma once

#include <map>
#include <string>

namespace presensi::config {

// config/reference.yaml with every key in force: a line that begins with one # loses it.
std::string uncommented_reference();

// The keys of a YAML text and their values as text: "limits.body" → "16MiB", "terminals[].name" → "" where none is set.
std::map<std::string, std::string> flattened(const std::string& yaml);

}  // namespace presensi::config
