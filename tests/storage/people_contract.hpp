#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// People, their units and PINs, and what terminals say of PINs.
std::span<const Contract> people_contract();

}  // namespace presensi::storage
