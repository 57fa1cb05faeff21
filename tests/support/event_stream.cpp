#include "tests/support/event_stream.hpp"

#include <boost/json/parse.hpp>

#include <fmt/format.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>

namespace presensi::test {

EventStream::EventStream(std::uint16_t port, std::string_view target, std::string_view headers) : connection_(port) {
    connection_.send(
        fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n{}\r\n", target, headers));
    head_ = read_through("\r\n\r\n");
    if (head_.size() > 12) status_ = std::atoi(head_.substr(9, 3).c_str());
}

std::string EventStream::read_through(std::string_view end) {
    char buffer[16384];
    for (;;) {
        if (const auto at = unread_.find(end); at != std::string::npos) {
            std::string text = unread_.substr(0, at + end.size());
            unread_.erase(0, at + end.size());
            return text;
        }
        const auto count = ::recv(connection_.descriptor(), buffer, sizeof buffer, 0);
        if (count <= 0) return {};
        unread_.append(buffer, static_cast<std::size_t>(count));
    }
}

std::string EventStream::next_block() { return read_through("\n\n"); }

std::optional<boost::json::object> EventStream::next() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    for (;;) {
        const std::string block = next_block();
        if (block.empty() || std::chrono::steady_clock::now() > until) return std::nullopt;
        const auto data = block.find("data: ");
        if (data == block.npos) continue;
        return boost::json::parse(block.substr(data + 6, block.size() - data - 8)).as_object();
    }
}

}  // namespace presensi::test
