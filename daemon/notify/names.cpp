#include "daemon/notify/names.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>

namespace presensi::notify {

namespace asio = boost::asio;
using asio::ip::address;

namespace {

constexpr auto look_every = std::chrono::milliseconds(20);

address address_of(const sockaddr* from) {
    if (from->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, from, sizeof v4);
        return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, from, sizeof v6);
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes, v6.sin6_scope_id);
}

}  // namespace

std::vector<address> resolve_with_system(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
    std::vector<address> addresses;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        if (each->ai_family == AF_INET || each->ai_family == AF_INET6) addresses.push_back(address_of(each->ai_addr));
    }
    freeaddrinfo(found);
    return addresses;
}

asio::awaitable<Endpoints> Names::find(std::string host, std::uint16_t port, std::chrono::milliseconds patience) {
    boost::system::error_code no_address;
    const address literal = asio::ip::make_address(host, no_address);
    if (!no_address) co_return Endpoints(1, {literal, port});
    Known& known = known_[host];
    // Without a thread for it the last good address serves; the next try asks again.
    if (!known.question.asking()) known.question.ask([resolve = resolve_, host] { return resolve(host); });
    const auto until = std::chrono::steady_clock::now() + patience;
    asio::steady_timer timer(io_);
    std::optional<std::vector<address>> addresses = known.question.take();
    // Who asks for the same name meanwhile may have taken the answer.
    while (!addresses && known.question.asking() && std::chrono::steady_clock::now() < until) {
        timer.expires_after(look_every);
        const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (error) break;
        addresses = known.question.take();
    }
    if (addresses && !addresses->empty()) known.last_good = std::move(*addresses);
    Endpoints endpoints;
    for (const auto& each : known.last_good) endpoints.emplace_back(each, port);
    co_return endpoints;
}

}  // namespace presensi::notify
