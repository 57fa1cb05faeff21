#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

std::span<const Contract> feed_contract();

}  // namespace presensi::storage
