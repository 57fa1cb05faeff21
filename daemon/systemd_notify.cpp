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
    // A manager that does not read holds nobody up. A sign of life that finds no room is followed by the next; what is
    // said once waits a moment.
    const bool comes_again = state.starts_with("WATCHDOG=");
    const timeval patience{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | (comes_again ? MSG_DONTWAIT : 0),
           reinterpret_cast<const sockaddr*>(&address), size);
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
