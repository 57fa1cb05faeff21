#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// Database, and the repositories written on it.
std::span<const Contract> database_contract();

}  // namespace presensi::storage
