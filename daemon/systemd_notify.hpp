#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace presensi {

// Tells the service manager our state (sd_notify(3)): "READY=1", "STOPPING=1", "STATUS=…". Does nothing without
// $NOTIFY_SOCKET; a failure is not ours to handle. Takes a second at most where nobody reads, "WATCHDOG=1" no time.
void systemd_notify(std::string_view state);

// How often the service manager wants to hear "WATCHDOG=1" at least (sd_watchdog_enabled(3)); nothing: never.
std::optional<std::chrono::microseconds> watchdog_time();

// "RELOADING=1" with the time that newer service managers want beside it; "READY=1" ends it.
std::string reloading_state();

}  // namespace presensi
