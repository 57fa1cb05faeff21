#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// Commands to terminals, and the comparisons of their days.
std::span<const Contract> talk_contract();

}  // namespace presensi::storage
