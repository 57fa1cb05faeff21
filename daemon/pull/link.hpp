#pragma once
// One connection to one terminal, by TCP or UDP, with a deadline on every step.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/zk4370/packet.hpp"

namespace presensi::pull {

using Steady = std::chrono::steady_clock;

struct Endpoint {
    boost::asio::ip::address address;
    std::uint16_t port = 4370;
    zk4370::Transport transport = zk4370::Transport::tcp;
};

// "10.20.0.14:4370 (TCP)"
std::string describe(const Endpoint& endpoint);

class Link {
public:
    enum class Outcome { done, timed_out, closed };

    Link(boost::asio::io_context& io, Endpoint endpoint);
    ~Link();

    // Anew, after close(). Where `closed`, error() says why.
    boost::asio::awaitable<Outcome> connect(Steady::time_point until);
    // All of it.
    boost::asio::awaitable<Outcome> write(std::string_view bytes, Steady::time_point until);
    // What one call brings, at most 64 KiB; of UDP one datagram. Points into the link until the next call.
    struct Received {
        Outcome outcome = Outcome::closed;
        std::string_view bytes;
    };
    boost::asio::awaitable<Received> read(Steady::time_point until);
    // A step that is under way ends as if its time were over.
    void interrupt();
    void close();

    const boost::system::error_code& error() const { return error_; }

private:
    struct Sockets;
    void begin(Steady::time_point until);
    Outcome finish(const boost::system::error_code& error);

    const Endpoint endpoint_;
    std::shared_ptr<Sockets> sockets_;
    boost::asio::steady_timer timer_;
    std::string buffer_;
    boost::system::error_code error_;
};

}  // namespace presensi::pull
