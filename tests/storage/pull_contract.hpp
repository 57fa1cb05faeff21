#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// Leases, pulls, contact and clocks of terminals.
std::span<const Contract> pull_contract();

}  // namespace presensi::storage
