// A stream's reader who does not read: cut, and nothing piles up for them.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <sys/socket.h>

#include <chrono>
#include <string>

#include "daemon/http/listener.hpp"
#include "tests/support/raw_http.hpp"

using namespace presensi;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// Answers with a stream that never ends.
class Endless : public http::Service {
public:
    std::optional<http::Response> refuse(const http::Request&) override { return std::nullopt; }
    asio::awaitable<http::Response> handle(http::Request) override {
        http::Response response{200, "text/event-stream", {}, {}};
        response.next_piece = [this] { return next(); };
        co_return response;
    }
    http::Response failure(unsigned status, const http::Request&, std::string_view) override {
        return {status, "text/plain", "", {}};
    }
    int pieces = 0;

private:
    asio::awaitable<std::string> next() {
        ++pieces;
        co_return std::string(64 * 1024, 'x');
    }
};

}  // namespace

TEST_CASE("a reader who does not read is cut, and is given no more than the kernel holds") {
    asio::io_context io{1};
    Endless service;
    http::BodyBudget budget(1024 * 1024);
    http::SessionPolicy policy;
    policy.write = 1s;
    policy.date = [] { return std::string(); };
    http::Listener listener(io, "test", "127.0.0.1", 0, {10, 10}, budget, service, policy);
    listener.open();
    listener.start();
    test::RawConnection lazy(listener.port());
    lazy.send(test::get_request("/"));
    const auto until = std::chrono::steady_clock::now() + 30s;
    bool was_there = false;
    bool is_cut = false;
    while (!is_cut && std::chrono::steady_clock::now() < until) {
        io.run_for(100ms);
        listener.close_overdue();
        was_there = was_there || listener.connections().size() == 1;
        is_cut = was_there && listener.idle();
    }
    CHECK(is_cut);
    CHECK(service.pieces > 0);
    CHECK(service.pieces < 64 * 16);  // 64 MiB
    listener.stop_accepting();
    listener.close_all();
    io.run_for(1s);
}
