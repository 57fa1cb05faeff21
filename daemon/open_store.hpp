#pragma once

#include <memory>
#include <string>

#include "config/settings.hpp"
#include "storage/store.hpp"

namespace presensi {

// Beside a running daemon only what reads may open the embedded store (architecture 5.1).
enum class StoreUse { alone, beside_a_daemon };

// The store that the configuration names. Throws storage::StoreUnusable, or StoreUnavailable while the server cannot be
// reached.
std::unique_ptr<storage::Store> open_store(const config::Settings& settings, bool migrate,
                                           StoreUse use = StoreUse::alone);

// Where the data is, for people: a path, or a URL without password.
std::string place_of_store(const config::Settings& settings);

}  // namespace presensi
