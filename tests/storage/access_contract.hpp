#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// Accounts, tokens, and who looked at whom.
std::span<const Contract> access_contract();

}  // namespace presensi::storage
