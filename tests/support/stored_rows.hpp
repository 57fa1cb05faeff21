#pragma once
// Looks into the store from outside, beside a running daemon.

#include <filesystem>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace presensi::test {

using StoredPunch = std::tuple<std::string, std::string, std::string>;  // serial, device time, PIN key

// Of the store that belongs to this state folder. Throws if a punch is there twice.
std::set<StoredPunch> stored_punches(const std::filesystem::path& folder);
std::set<StoredPunch> stored_punches_at(const std::string& postgres_url);
long count_rows(const std::filesystem::path& folder, const std::string& table);

// The first column of `sql` as text.
std::vector<std::string> stored_texts(const std::filesystem::path& folder, const std::string& sql);

// Every text and every byte string of every table.
std::vector<std::string> all_texts(const std::filesystem::path& folder);

}  // namespace presensi::test
