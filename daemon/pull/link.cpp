#include "daemon/pull/link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

namespace presensi::pull {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_at_most = 65536;
// A piece of 16 KiB comes as one burst of datagrams; small buffers of the system would lose some of it.
constexpr int datagram_buffer = 1024 * 1024;

}  // namespace

std::string describe(const Endpoint& endpoint) {
    const auto text = endpoint.address.to_string();
    return fmt::format("{}:{} ({})", endpoint.address.is_v6() ? "[" + text + "]" : text, endpoint.port,
                       endpoint.transport == zk4370::Transport::tcp ? "TCP" : "UDP");
}

// Shared with the timer's handler, which may come when the link is gone.
struct Link::Sockets {
    explicit Sockets(asio::io_context& io) : stream(io), datagrams(io) {}

    void cancel() {
        error_code ignored;
        stream.cancel(ignored);
        datagrams.cancel(ignored);
    }

    tcp::socket stream;
    udp::socket datagrams;
    std::uint64_t step = 0;  // the one under way; odd: one is
    bool timed_out = false;
};

Link::Link(asio::io_context& io, Endpoint endpoint)
    : endpoint_(std::move(endpoint)), sockets_(std::make_shared<Sockets>(io)), timer_(io) {}

Link::~Link() { close(); }

void Link::begin(Steady::time_point until) {
    sockets_->timed_out = false;
    ++sockets_->step;
    timer_.expires_at(until);
    timer_.async_wait([sockets = sockets_, step = sockets_->step](const error_code& error) {
        if (error || sockets->step != step) return;
        sockets->timed_out = true;
        sockets->cancel();
    });
}

Link::Outcome Link::finish(const error_code& error) {
    ++sockets_->step;
    timer_.cancel();
    error_ = error;
    if (!error) return Outcome::done;
    return sockets_->timed_out ? Outcome::timed_out : Outcome::closed;
}

void Link::interrupt() {
    if (sockets_->step % 2 == 0) return;
    sockets_->timed_out = true;
    sockets_->cancel();
}

asio::awaitable<Link::Outcome> Link::connect(Steady::time_point until) {
    error_code error;
    if (endpoint_.transport == zk4370::Transport::udp) {
        const udp::endpoint peer(endpoint_.address, endpoint_.port);
        sockets_->datagrams.open(peer.protocol(), error);
        if (!error) sockets_->datagrams.connect(peer, error);
        if (!error) {
            error_code smaller_will_do;
            sockets_->datagrams.set_option(asio::socket_base::receive_buffer_size(datagram_buffer), smaller_will_do);
        }
        error_ = error;
        co_return error ? Outcome::closed : Outcome::done;
    }
    begin(until);
    const tcp::endpoint peer(endpoint_.address, endpoint_.port);
    const auto [failed] = co_await sockets_->stream.async_connect(peer, no_throw);
    const auto outcome = finish(failed);
    if (outcome == Outcome::done) sockets_->stream.set_option(tcp::no_delay(true), error);
    co_return outcome;
}

asio::awaitable<Link::Outcome> Link::write(std::string_view bytes, Steady::time_point until) {
    begin(until);
    const auto buffer = asio::buffer(bytes.data(), bytes.size());
    error_code error;
    if (endpoint_.transport == zk4370::Transport::udp) {
        const auto [failed, count] = co_await sockets_->datagrams.async_send(buffer, no_throw);
        error = failed;
    } else {
        const auto [failed, count] = co_await asio::async_write(sockets_->stream, buffer, no_throw);
        error = failed;
    }
    co_return finish(error);
}

asio::awaitable<Link::Received> Link::read(Steady::time_point until) {
    begin(until);
    buffer_.resize(read_at_most);
    const auto buffer = asio::buffer(buffer_.data(), buffer_.size());
    error_code error;
    std::size_t count = 0;
    if (endpoint_.transport == zk4370::Transport::udp) {
        std::tie(error, count) = co_await sockets_->datagrams.async_receive(buffer, no_throw);
    } else {
        std::tie(error, count) = co_await sockets_->stream.async_read_some(buffer, no_throw);
    }
    const auto outcome = finish(error);
    co_return Received{outcome, std::string_view(buffer_.data(), count)};
}

void Link::close() {
    timer_.cancel();
    error_code ignored;
    sockets_->stream.close(ignored);
    sockets_->datagrams.close(ignored);
}

}  // namespace presensi::pull
