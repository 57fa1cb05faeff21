#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// Months of units: states, steps, longer windows, what a frozen one consists of; and what is stored of a month.
std::span<const Contract> period_contract();

}  // namespace presensi::storage
