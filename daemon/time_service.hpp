#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace presensi {

inline constexpr auto system_bus = "/run/dbus/system_bus_socket";

// Whether this machine's clock is synchronised, as its time service says on the system bus (org.freedesktop.timedate1,
// NTPSynchronized): for a daemon whose sandbox keeps it from the kernel's clock calls (ProtectClock=). Nothing: nobody
// answers within `patience`.
boost::asio::awaitable<std::optional<bool>> ask_time_service(
    std::string bus = system_bus, std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace presensi
