#pragma once
// Host names to addresses, without ever waiting for the resolver on our thread (reliability F27).

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/aside.hpp"

namespace presensi::notify {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

// Blocks as long as the resolver likes; called on a thread of its own. Empty: it is not known.
using Resolve = std::function<std::vector<boost::asio::ip::address>(const std::string& host)>;
std::vector<boost::asio::ip::address> resolve_with_system(const std::string& host);

class Names {
public:
    Names(boost::asio::io_context& io, Resolve resolve) : io_(io), resolve_(std::move(resolve)) {}

    // An address is itself. A name is asked for anew each time; where there is no answer in time, the last good one
    // serves. Empty: it was never known.
    boost::asio::awaitable<Endpoints> find(std::string host, std::uint16_t port,
                                           std::chrono::milliseconds patience = std::chrono::seconds(5));

private:
    struct Known {
        Aside<std::vector<boost::asio::ip::address>> question;
        std::vector<boost::asio::ip::address> last_good;
    };

    boost::asio::io_context& io_;
    Resolve resolve_;
    std::map<std::string, Known> known_;  // as few as the configuration has
};

}  // namespace presensi::notify
