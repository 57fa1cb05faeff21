#pragma once
// A simulated terminal on port 4370, by TCP and by UDP, as slow as its line.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tests/terminals/zk_machine.hpp"

namespace presensi::terminals {

struct ZkLine {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any; the same one for TCP and UDP
    bool tcp = true;
    bool udp = true;
    std::size_t bytes_per_second = 0;  // of every session; 0: as fast as it goes
};

// Runs on the thread of `io`, which with the machine outlives it.
class ZkTerminal {
public:
    // Throws boost::system::system_error if the address is taken.
    ZkTerminal(boost::asio::io_context& io, ZkMachine& machine, ZkLine line);
    ~ZkTerminal();

    std::uint16_t port() const { return port_; }
    // Closes everything; called on the thread of `io`, or after it ended.
    void stop();

private:
    struct Stopped;

    void listen();
    boost::asio::awaitable<void> accept(std::shared_ptr<Stopped> stopped);
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, std::shared_ptr<Stopped> stopped);
    boost::asio::awaitable<void> serve_datagrams(std::shared_ptr<Stopped> stopped);
    boost::asio::awaitable<void> pace(std::size_t bytes);
    boost::asio::awaitable<void> reboot(std::shared_ptr<Stopped> stopped);

    boost::asio::io_context& io_;
    ZkMachine& machine_;
    const ZkLine line_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::udp::socket datagrams_;
    std::uint16_t port_ = 0;
    std::shared_ptr<Stopped> stopped_;
};

}  // namespace presensi::terminals
