#include "tests/terminals/zk_terminal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <list>
#include <stdexcept>

namespace presensi::terminals {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t most_by_tcp = 1024 * 1024;
constexpr std::size_t most_by_udp = 1024;
constexpr auto reboot_time = 2s;

// What the machine's fault makes of one packet on the line.
struct OnTheLine {
    std::string bytes;
    int copies = 1;
    bool close = false;
    bool silent = false;
};

OnTheLine through_fault(const ZkSession& session, const ZkFaults& faults, std::size_t number, std::string bytes) {
    OnTheLine line{std::move(bytes)};
    if (!session.meets_fault()) return line;
    const bool here = number == faults.at;
    const bool from_here = number >= faults.at;
    switch (faults.fault) {
        case ZkFault::cut:
        case ZkFault::reboot:
            line.close = from_here;
            break;
        case ZkFault::silence:
            line.silent = from_here;
            break;
        case ZkFault::wrong_checksum:
            if (here) line.bytes[line.bytes.size() - 6] = static_cast<char>(line.bytes[line.bytes.size() - 6] ^ 0x10);
            break;
        case ZkFault::lost:
            if (here) line.copies = 0;
            break;
        case ZkFault::doubled:
            if (here) line.copies = 2;
            break;
        default:
            break;
    }
    return line;
}

}  // namespace

// What is closed when the terminal goes; its coroutines look here whether there is still one.
struct ZkTerminal::Stopped {
    bool stopped = false;
    bool rebooting = false;
    std::list<tcp::socket*> open;
};

ZkTerminal::ZkTerminal(asio::io_context& io, ZkMachine& machine, ZkLine line)
    : io_(io),
      machine_(machine),
      line_(std::move(line)),
      acceptor_(io),
      datagrams_(io),
      port_(line_.port),
      stopped_(std::make_shared<Stopped>()) {
    listen();
    if (line_.tcp) asio::co_spawn(io_, accept(stopped_), asio::detached);
    if (line_.udp) asio::co_spawn(io_, serve_datagrams(stopped_), asio::detached);
}

ZkTerminal::~ZkTerminal() { stop(); }

void ZkTerminal::listen() {
    const auto address = asio::ip::make_address(line_.address);
    if (line_.tcp) {
        const tcp::endpoint endpoint(address, port_);
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(endpoint);
        acceptor_.listen();
        port_ = acceptor_.local_endpoint().port();
    }
    if (line_.udp) {
        const udp::endpoint endpoint(address, port_);
        datagrams_.open(endpoint.protocol());
        datagrams_.bind(endpoint);
        port_ = datagrams_.local_endpoint().port();
    }
}

void ZkTerminal::stop() {
    stopped_->stopped = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    datagrams_.close(ignored);
    for (tcp::socket* socket : stopped_->open) socket->close(ignored);
}

// The line is busy with so many bytes.
asio::awaitable<void> ZkTerminal::pace(std::size_t bytes) {
    if (line_.bytes_per_second == 0) co_return;
    asio::steady_timer timer(io_);
    timer.expires_after(std::chrono::microseconds(bytes * 1'000'000 / line_.bytes_per_second));
    co_await timer.async_wait(no_throw);
}

asio::awaitable<void> ZkTerminal::reboot(std::shared_ptr<Stopped> stopped) {
    stopped->rebooting = true;
    machine_.restart();
    asio::steady_timer timer(io_, reboot_time);
    co_await timer.async_wait(no_throw);
    stopped->rebooting = false;
}

asio::awaitable<void> ZkTerminal::accept(std::shared_ptr<Stopped> stopped) {
    while (!stopped->stopped) {
        auto [error, socket] = co_await acceptor_.async_accept(no_throw);
        if (stopped->stopped) co_return;
        if (error || stopped->rebooting) continue;
        asio::co_spawn(io_, serve(std::move(socket), stopped), asio::detached);
    }
}

asio::awaitable<void> ZkTerminal::serve(tcp::socket socket, std::shared_ptr<Stopped> stopped) {
    const auto place = stopped->open.insert(stopped->open.end(), &socket);
    const std::shared_ptr<void> leaving(nullptr, [&](void*) { stopped->open.erase(place); });
    boost::system::error_code slower_will_do;
    socket.set_option(tcp::no_delay(true), slower_will_do);
    const ZkFaults faults = machine_.faults();
    ZkSession session(machine_, most_by_tcp);
    std::string stream;
    std::array<char, 4096> bytes{};
    std::size_t sent = 0;
    while (!session.ended()) {
        const auto [read_error, n] = co_await socket.async_read_some(asio::buffer(bytes), no_throw);
        if (read_error) co_return;
        stream.append(bytes.data(), n);
        std::optional<ZkPacket> request;
        try {
            request = take_segment(stream);
        } catch (const std::runtime_error&) {
            co_return;
        }
        for (; request; request = take_segment(stream)) {
            for (const auto& packet : session.answer(*request)) {
                const OnTheLine line = through_fault(session, faults, sent++, encode_segment(packet));
                if (line.close) {
                    if (faults.fault == ZkFault::reboot) asio::co_spawn(io_, reboot(stopped), asio::detached);
                    co_return;
                }
                if (line.silent) continue;
                for (int i = 0; i < line.copies; ++i) {
                    // As on a line: a little at a time, not a packet after a pause.
                    const std::size_t most = line_.bytes_per_second == 0 ? line.bytes.size() : 4096;
                    for (std::size_t at = 0; at < line.bytes.size(); at += most) {
                        const std::size_t size = std::min(most, line.bytes.size() - at);
                        co_await pace(size);
                        if (stopped->stopped) co_return;
                        const auto piece = asio::buffer(line.bytes.data() + at, size);
                        const auto [error, written] = co_await asio::async_write(socket, piece, no_throw);
                        if (error) co_return;
                    }
                }
            }
        }
    }
}

asio::awaitable<void> ZkTerminal::serve_datagrams(std::shared_ptr<Stopped> stopped) {
    struct Client {
        ZkSession session;
        std::size_t sent = 0;
    };
    const ZkFaults faults = machine_.faults();
    std::map<udp::endpoint, std::unique_ptr<Client>> clients;
    std::string bytes(65536, '\0');
    while (!stopped->stopped) {
        udp::endpoint from;
        const auto [read_error, n] = co_await datagrams_.async_receive_from(asio::buffer(bytes), from, no_throw);
        if (stopped->stopped) co_return;
        const auto request = decode_datagram(std::string_view(bytes).substr(0, n));
        if (read_error || !request || stopped->rebooting) continue;
        auto& client = clients[from];
        if (!client) client.reset(new Client{ZkSession(machine_, most_by_udp)});
        bool closed = false;
        for (const auto& packet : client->session.answer(*request)) {
            const OnTheLine line = through_fault(client->session, faults, client->sent++, encode_datagram(packet));
            closed = closed || line.close;
            if (line.silent || closed) continue;
            for (int i = 0; i < line.copies; ++i) {
                co_await pace(line.bytes.size());
                if (stopped->stopped) co_return;
                co_await datagrams_.async_send_to(asio::buffer(line.bytes), from, no_throw);
            }
        }
        if (closed && faults.fault == ZkFault::reboot) asio::co_spawn(io_, reboot(stopped), asio::detached);
        if (closed || client->session.ended()) clients.erase(from);
    }
}

}  // namespace presensi::terminals
