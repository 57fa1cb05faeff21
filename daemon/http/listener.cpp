#include "daemon/http/listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <stdexcept>

#include "daemon/log.hpp"
#include "daemon/must_not_fail.hpp"

namespace presensi::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
// Of the kernel, for each connection: what a client does not read holds no more. Left to itself it grows to MiB, and a
// whole answer is gone before anybody can say that nobody reads.
constexpr int send_buffer = 256 * 1024;

std::string text_of(asio::ip::address address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    }
    return address.to_string();
}

// A socket for "::" takes IPv4, too.
bool is_same_place(const tcp::endpoint& left, const tcp::endpoint& right) {
    const bool any = left.address().is_unspecified() && right.address().is_unspecified();
    return left.port() == right.port() && (any || left.address() == right.address());
}

// POSIX gives out the lowest number that is free, so a high one says that almost all are taken: 95 of a hundred that
// the process may have.
bool are_descriptors_short(int newest) {
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
           static_cast<rlim_t>(newest) >= limit.rlim_cur - limit.rlim_cur / 20 - 1;
}

int next_descriptor() {
    const int descriptor = ::dup(STDERR_FILENO);
    if (descriptor < 0) return errno == EMFILE ? std::numeric_limits<int>::max() : 0;
    ::close(descriptor);
    return descriptor;
}

}  // namespace

Listener::Listener(asio::io_context& io, const std::string& name, const std::string& address, std::uint16_t port,
                   Connections::Limits limits, BodyBudget& budget, Service& service, SessionPolicy policy, int handed)
    : io_(io),
      name_(name),
      address_(address),
      acceptor_(io),
      port_(port),
      handed_(handed),
      connections_(limits),
      budget_(budget),
      service_(service),
      policy_(std::move(policy)) {}

void Listener::open() {
    try {
        const tcp::endpoint endpoint(asio::ip::make_address(address_), port_);
        if (handed_ >= 0) {
            adopt(handed_, endpoint);
        } else {
            bind(endpoint);
        }
        port_ = acceptor_.local_endpoint().port();
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(
            fmt::format("{} cannot listen on {} port {}: {}. Is another program (or another presensid) using it?",
                        name_, address_, port_, error.code().message()));
    }
}

void Listener::bind(const tcp::endpoint& endpoint) {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(4096);
}

// A copy of our own: what the service manager gave stays open, so that nobody is refused while we stop and start.
void Listener::adopt(int handed, const tcp::endpoint& wanted) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int copy = ::fcntl(handed, F_DUPFD_CLOEXEC, 3);
    const bool known = copy >= 0 && ::getsockname(copy, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    const bool is_v6 = address.ss_family == AF_INET6;
    if (!known || (!is_v6 && address.ss_family != AF_INET)) {
        if (copy >= 0) ::close(copy);
        throw std::runtime_error(fmt::format("{}: what the service manager handed over is no TCP socket", name_));
    }
    acceptor_.assign(is_v6 ? tcp::v6() : tcp::v4(), copy);
    const tcp::endpoint given = acceptor_.local_endpoint();
    if (wanted.port() == 0 || is_same_place(given, wanted)) return;
    throw std::runtime_error(
        fmt::format("{0} is {1} port {2} in the configuration, and the service manager listens for it on {3} port {4}; "
                    "change ListenStream of its .socket unit to the same (systemctl edit), or stop and disable it",
                    name_, wanted.address().to_string(), wanted.port(), given.address().to_string(), given.port()));
}

void Listener::set_limits(Connections::Limits connections, std::size_t header, std::size_t body) {
    connections_.set_limits(connections);
    policy_.header_limit = header;
    policy_.body_limit = body;
}

void Listener::start() { asio::co_spawn(io_, run(), must_not_fail); }

void Listener::stop_accepting() {
    error_code ignored;
    acceptor_.close(ignored);
    connections_.close_waiting();
}

void Listener::close_all() { connections_.close_all(); }

// New connections wait in the kernel's queue meanwhile; the last descriptors are for the store and its files.
asio::awaitable<void> Listener::wait_for_descriptors() {
    const auto now = Steady::now();
    const bool is_news = now - last_short_ > std::chrono::minutes(1);
    last_short_ = now;
    if (is_news)
        log::warn("http.few_descriptors", "almost no file descriptors are left; new connections wait",
                  {{"listener", name_}, {"connections", connections_.size()}, {"hint", "raise LimitNOFILE"}});
    asio::steady_timer pause(io_);
    while (acceptor_.is_open() && are_descriptors_short(next_descriptor())) {
        pause.expires_after(std::chrono::milliseconds(100));
        co_await pause.async_wait(no_throw);
    }
    if (is_news) log::info("http.accept_again", "accepting connections again", {{"listener", name_}});
}

// Returns whether descriptors become short.
bool Listener::begin_session(tcp::socket socket) {
    error_code failed;
    const auto remote = socket.remote_endpoint(failed);
    if (failed) return false;
    std::string peer = text_of(remote.address());
    if (!connections_.make_room(peer)) return false;  // all of them at work: the socket closes
    socket.set_option(tcp::no_delay(true), failed);
    socket.set_option(asio::socket_base::send_buffer_size(send_buffer), failed);
    const bool is_short = are_descriptors_short(socket.native_handle()) && !connections_.evict_longest_waiting();
    asio::co_spawn(io_, run_session(std::move(socket), std::move(peer), connections_, budget_, service_, policy_),
                   asio::detached);
    return is_short;
}

asio::awaitable<void> Listener::run() {
    asio::steady_timer pause(io_);
    bool complained = false;
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept(no_throw);
        if (!acceptor_.is_open()) co_return;
        if (error) {
            // Out of file descriptors, mostly: those that are open go on, and new ones wait in the kernel's queue.
            if (!complained)
                log::warn("http.accept_failed", "cannot accept connections",
                          {{"listener", name_}, {"error", error.message()}});
            complained = true;
            pause.expires_after(std::chrono::milliseconds(100));
            co_await pause.async_wait(no_throw);
            continue;
        }
        if (complained) log::info("http.accept_again", "accepting connections again", {{"listener", name_}});
        complained = false;
        bool is_short = false;
        try {
            is_short = begin_session(std::move(socket));
        } catch (const std::bad_alloc&) {
            // The socket closes, and its client comes again.
        }
        if (is_short) co_await wait_for_descriptors();
    }
}

}  // namespace presensi::http
