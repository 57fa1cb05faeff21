#pragma once
// The service manager's end of $NOTIFY_SOCKET (sd_notify(3)).

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>

namespace presensi::test {

class NotifySocket {
public:
    explicit NotifySocket(std::filesystem::path path)
        : path_(std::move(path)), socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
        REQUIRE(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~NotifySocket() { close(socket_); }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    std::string variable() const { return "NOTIFY_SOCKET=" + path_.string(); }

    // The next state that is told; "nothing" if none is in time.
    std::string receive(std::chrono::milliseconds at_most = std::chrono::seconds(30)) const {
        pollfd wait{socket_, POLLIN, 0};
        if (poll(&wait, 1, static_cast<int>(at_most.count())) <= 0) return "nothing";
        char buffer[256];
        const auto count = recv(socket_, buffer, sizeof buffer, 0);
        return count < 0 ? "nothing" : std::string(buffer, static_cast<std::size_t>(count));
    }

    // The next one that begins like this, whatever comes before it; "nothing" if none is in time.
    std::string receive_one(const std::string& beginning,
                            std::chrono::milliseconds at_most = std::chrono::seconds(60)) const {
        const auto until = std::chrono::steady_clock::now() + at_most;
        while (std::chrono::steady_clock::now() < until) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
            std::string state = receive(left);
            if (state.starts_with(beginning)) return state;
        }
        return "nothing";
    }

    // Nothing is told for this long, at some moment within `at_most`.
    bool falls_silent(std::chrono::milliseconds silence, std::chrono::seconds at_most) const {
        const auto until = std::chrono::steady_clock::now() + at_most;
        while (std::chrono::steady_clock::now() < until) {
            if (receive(silence) == "nothing") return true;
        }
        return false;
    }

private:
    std::filesystem::path path_;
    int socket_;
};

}  // namespace presensi::test
