#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// Files that people brought, those that wait, and whose punches are in them.
std::span<const Contract> upload_contract();

}  // namespace presensi::storage
