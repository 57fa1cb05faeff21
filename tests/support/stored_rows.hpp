#pragma once
// Looks into the embedded store from outside, beside a running daemon.

#include <filesystem>
#include <set>
#include <string>
#include <tuple>

namespace presensi::test {

using StoredPunch = std::tuple<std::string, std::string, std::string>;  // serial, device time, PIN key

std::set<StoredPunch> stored_punches(const std::filesystem::path& database);
long count_rows(const std::filesystem::path& database, const std::string& table);

}  // namespace presensi::test
