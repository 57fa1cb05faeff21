#pragma once
// Which store a test runs on: the embedded one, or with PRESENSI_TEST_STORE=postgres a database of its own in the run's
// cluster, one for each state folder.

#include <filesystem>
#include <string>

#include "tests/support/postgres_cluster.hpp"

namespace presensi::test {

bool on_postgres();

// The database that belongs to this state folder; made when it is first asked for, dropped with the process.
const PostgresDatabaseOfTest& postgres_of(const std::filesystem::path& folder);

// Waits until the feed of this folder's store shows every punch that is stored.
void settle(const std::filesystem::path& folder);

// The lines of a configuration that choose the store of this folder; none for the embedded one.
std::string storage_in_yaml(const std::filesystem::path& folder);

}  // namespace presensi::test
