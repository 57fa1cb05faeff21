#include "tests/support/raw_http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace presensi::test {

std::string RawResponse::header(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const auto is_same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    const auto at = std::search(head.begin(), head.end(), start.begin(), start.end(), is_same);  // proxies write small
    if (at == head.end()) return {};
    const auto value = static_cast<std::size_t>(at - head.begin()) + start.size();
    return head.substr(value, head.find("\r\n", value) - value);
}

RawConnection::RawConnection(std::uint16_t port, const std::string& source) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    inet_pton(AF_INET, source.c_str(), &from.sin_addr);
    const bool bound = ::bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const timeval patience{30, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!bound || ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        ::close(socket_);
        throw std::runtime_error("cannot connect to port " + std::to_string(port));
    }
}

RawConnection::~RawConnection() { ::close(socket_); }

bool RawConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawConnection::end_of_sending() { ::shutdown(socket_, SHUT_WR); }

RawResponse RawConnection::receive() {
    RawResponse response;
    char buffer[16384];
    for (;;) {
        const auto head_end = unread_.find("\r\n\r\n");
        if (head_end != std::string::npos) {
            response.head = unread_.substr(0, head_end + 2);
            const auto length = std::strtoul(response.header("Content-Length").c_str(), nullptr, 10);
            if (unread_.size() >= head_end + 4 + length) {
                response.status = std::atoi(response.head.substr(9, 3).c_str());
                response.body = unread_.substr(head_end + 4, length);
                unread_.erase(0, head_end + 4 + length);
                return response;
            }
        }
        const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) return response;
        unread_.append(buffer, static_cast<std::size_t>(count));
    }
}

std::string RawConnection::receive_to_end() {
    char buffer[16384];
    for (;;) {
        const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) return std::move(unread_);
        unread_.append(buffer, static_cast<std::size_t>(count));
    }
}

std::uint16_t steady_port() {
    std::random_device random;
    for (;;) {
        const auto port = static_cast<std::uint16_t>(10'000 + random() % 10'000);
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
        const bool free = ::bind(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
        ::close(socket);
        if (free) return port;
    }
}

RawResponse exchange(std::uint16_t port, std::string_view request, std::size_t split) {
    RawConnection connection(port);
    connection.send(request.substr(0, split));
    // Long enough for the daemon to read the first part alone, mostly; nothing depends on it.
    if (split > 0) usleep(150);
    connection.send(request.substr(split));
    return connection.receive();
}

std::string get_request(std::string_view target) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", target);
}

std::string post_request(std::string_view target, std::string_view body) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                       target, body.size(), body);
}

RawResponse http_get(std::uint16_t port, std::string_view target, std::string_view extra_headers) {
    return exchange(
        port, fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{}\r\n", target, extra_headers));
}

RawResponse http_patch(std::uint16_t port, std::string_view target, std::string_view json) {
    return exchange(
        port,
        fmt::format("PATCH {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    target, json.size(), json));
}

}  // namespace presensi::test
