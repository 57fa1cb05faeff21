#include "daemon/systemd_notify.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace presensi {

void systemd_notify(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(path);
    if (length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path, length);
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // abstract socket, unix(7)

    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    // A service manager that does not listen must not hold us up: there will be another sign of life, and the rest is
    // worth a moment.
    const timeval moment{2, 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment);
    const int flags = state.starts_with("WATCHDOG") ? MSG_NOSIGNAL | MSG_DONTWAIT : MSG_NOSIGNAL;
    sendto(fd, state.data(), state.size(), flags, reinterpret_cast<const sockaddr*>(&address), size);
    close(fd);
}

std::optional<std::chrono::microseconds> watchdog_time() {
    const auto number_in = [](const char* name) {
        const char* text = std::getenv(name);
        return text == nullptr ? 0LL : std::atoll(text);
    };
    const bool is_others = std::getenv("WATCHDOG_PID") != nullptr && number_in("WATCHDOG_PID") != getpid();
    const long long time = number_in("WATCHDOG_USEC");
    if (is_others || time <= 0) return std::nullopt;
    return std::chrono::microseconds(time);
}

std::string reloading_state() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
    return fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                       std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace presensi
