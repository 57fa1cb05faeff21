#include "tests/support/fault_proxy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <set>
#include <thread>

namespace presensi::test {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

enum class Direction { up, down };

}  // namespace

// All of it belongs to the proxy's thread, but for the counters.
class FaultProxy::Parts {
public:
    Parts(std::uint16_t target, std::uint16_t port) : target_(target), acceptor_(io_, loopback(port)) {
        port_ = acceptor_.local_endpoint().port();
        asio::co_spawn(io_, accept(), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Parts() {
        io_.stop();
        thread_.join();
    }

    std::uint16_t port() const { return port_; }
    std::size_t connections() const { return open_; }
    std::size_t ended() const { return ended_; }

    void set(const Fault& fault) {
        on_thread([&] {
            fault_ = fault;
            for (Line* line : lines_) {
                line->passed = {};
                if (line->is_swallowed) finish(*line, Fault::End::close);
            }
        });
    }
    void end_all(Fault::End how) {
        on_thread([&] {
            for (Line* line : lines_) end(*line, Direction::down, how);
        });
    }
    void refuse(bool yes) {
        on_thread([&] { refuses_ = yes; });
    }

private:
    struct Line {
        explicit Line(asio::io_context& io) : client(io), server(io) {}
        tcp::socket client;
        tcp::socket server;
        std::array<std::size_t, 2> passed{};  // since the fault was set, by direction
        bool is_swallowed = false;
        int directions_over = 0;
    };

    template <typename Work>
    void on_thread(Work work) {
        std::promise<void> done;
        asio::post(io_, [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    asio::awaitable<void> accept() {
        for (;;) {
            auto line = std::make_shared<Line>(io_);
            const auto [failed] = co_await acceptor_.async_accept(line->client, no_throw);
            if (failed) co_return;
            if (!refuses_) asio::co_spawn(io_, serve(std::move(line)), asio::detached);
        }
    }

    asio::awaitable<void> serve(std::shared_ptr<Line> line) {
        const tcp::endpoint target = loopback(target_);
        const auto [failed] = co_await line->server.async_connect(target, no_throw);
        if (failed) co_return;
        boost::system::error_code ignored;
        line->client.set_option(tcp::no_delay(true), ignored);
        line->server.set_option(tcp::no_delay(true), ignored);
        lines_.insert(line.get());
        ++open_;
        for (const Direction direction : {Direction::up, Direction::down}) {
            asio::co_spawn(io_, pump(line, direction), [this, line](const std::exception_ptr&) {
                if (++line->directions_over < 2) return;
                finish(*line, Fault::End::close);
                lines_.erase(line.get());
                --open_;
            });
        }
    }

    asio::awaitable<void> pump(std::shared_ptr<Line> line, Direction direction) {
        tcp::socket& from = direction == Direction::up ? line->client : line->server;
        tcp::socket& to = direction == Direction::up ? line->server : line->client;
        std::array<char, 16 * 1024> piece{};
        for (;;) {
            const auto into = asio::buffer(piece);
            const auto [over, count] = co_await from.async_read_some(into, no_throw);
            if (over && line->is_swallowed) co_return;  // the other side never learns
            if (over) break;
            if (line->is_swallowed) continue;
            if (fault_.delay.count() > 0) {
                asio::steady_timer pause(io_, fault_.delay);
                co_await pause.async_wait(no_throw);
            }
            const auto limit = direction == Direction::up ? fault_.up_bytes : fault_.down_bytes;
            std::size_t& passed = line->passed[direction == Direction::up ? 0 : 1];
            const std::size_t allowed = limit ? std::min(count, *limit - std::min(*limit, passed)) : count;
            passed += allowed;
            const auto out = asio::buffer(piece.data(), allowed);
            const auto [broken, written] = co_await asio::async_write(to, out, no_throw);
            if (broken) break;
            if (allowed == count) continue;
            end(*line, direction, fault_.end);
            if (!line->is_swallowed) co_return;
        }
        boost::system::error_code ignored;
        // An end passes on as an end, so that half-closed lines stay half-closed.
        to.shutdown(tcp::socket::shutdown_send, ignored);
    }

    void end(Line& line, Direction direction, Fault::End how) {
        ++ended_;
        boost::system::error_code ignored;
        if (how == Fault::End::black_hole) {
            line.is_swallowed = true;
        } else if (how == Fault::End::half_close) {
            (direction == Direction::up ? line.server : line.client).shutdown(tcp::socket::shutdown_send, ignored);
        } else {
            finish(line, how);
        }
    }

    static void finish(Line& line, Fault::End how) {
        boost::system::error_code ignored;
        for (tcp::socket* socket : {&line.client, &line.server}) {
            if (how == Fault::End::reset) socket->set_option(tcp::socket::linger(true, 0), ignored);
            socket->close(ignored);
        }
    }

    asio::io_context io_{1};
    std::uint16_t target_;
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    Fault fault_;
    bool refuses_ = false;
    std::set<Line*> lines_;
    std::atomic<std::size_t> open_{0};
    std::atomic<std::size_t> ended_{0};
    std::thread thread_;
};

FaultProxy::FaultProxy(std::uint16_t target_port, std::uint16_t port)
    : parts_(std::make_unique<Parts>(target_port, port)) {}
FaultProxy::~FaultProxy() = default;

std::uint16_t FaultProxy::port() const { return parts_->port(); }
void FaultProxy::set(const Fault& fault) { parts_->set(fault); }
void FaultProxy::end_all(Fault::End how) { parts_->end_all(how); }
void FaultProxy::refuse(bool yes) { parts_->refuse(yes); }
std::size_t FaultProxy::connections() const { return parts_->connections(); }
std::size_t FaultProxy::ended() const { return parts_->ended(); }

std::string with_port(const std::string& url, std::uint16_t port) {
    const auto colon = url.rfind(':') + 1;
    return url.substr(0, colon) + std::to_string(port) + url.substr(url.find('/', colon));
}

std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
}

}  // namespace presensi::test
