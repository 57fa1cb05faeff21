#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// What terminals tell of themselves.
std::span<const Contract> terminal_log_contract();

}  // namespace presensi::storage
