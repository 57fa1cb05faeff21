#pragma once

#include <span>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// Units, which terminals are for whom, calendar, events, people: what the directory is made of.
std::span<const Contract> organisation_contract();

}  // namespace presensi::storage
