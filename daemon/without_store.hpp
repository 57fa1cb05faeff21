#pragma once
// From the start until the database is there for the first time: nothing can be kept, and nobody is left without an
// answer.

#include "config/settings.hpp"
#include "daemon/app.hpp"

namespace presensi {

// Returns when the store could be opened, asked every half second; `reason` is why it could not. Meanwhile terminals
// hear 503 and keep what they have, /healthz, /readyz, /metrics and the page say how it is, and the alarm
// `store_unavailable` is sent as ever. Throws what makes a start impossible: storage::StoreUnusable, or
// std::runtime_error with a sentence.
void serve_without_store(const config::Settings& settings, const AppHooks& hooks, const std::string& reason);

}  // namespace presensi
