#pragma once
// From the start until the database is there for the first time: nothing can be kept, and nobody is left without an
// answer.

#include <functional>
#include <string>

#include "config/settings.hpp"
#include "daemon/app.hpp"
#include "daemon/http/connections.hpp"
#include "daemon/notify/news.hpp"

namespace presensi {

// Tries `start` every half second, on a thread of its own, until it no longer throws storage::StoreUnavailable;
// `reason` is why it did so before. Meanwhile terminals hear 503 and keep what they have, /healthz, /readyz, /metrics
// and the page say how it is, and the alarm `store_unavailable` is sent as ever; then both ports are closed. Returns
// what people were told. Throws what else `start` throws, and std::runtime_error with a sentence for a port that cannot
// be had.
notify::News serve_without_store(const config::Settings& settings, const AppHooks& hooks,
                                 http::Connections::Limits limits, const std::string& reason,
                                 const std::function<void()>& start);

}  // namespace presensi
