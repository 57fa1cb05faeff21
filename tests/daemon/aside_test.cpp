// What is asked on a thread of its own, also where the system gives none.
#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <pthread.h>

#include <chrono>
#include <future>
#include <thread>

#include "daemon/aside.hpp"
#include "daemon/notify/names.hpp"

using namespace presensi;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// While it lives no thread can be had: each would get a stack that no machine has room for.
class NoThreads {
public:
    NoThreads() {
        pthread_getattr_default_np(&before_);
        pthread_attr_t huge;
        pthread_attr_init(&huge);
        pthread_attr_setstacksize(&huge, std::size_t{1} << 47);
        pthread_setattr_default_np(&huge);
        pthread_attr_destroy(&huge);
    }
    ~NoThreads() {
        pthread_setattr_default_np(&before_);
        pthread_attr_destroy(&before_);
    }
    NoThreads(const NoThreads&) = delete;
    NoThreads& operator=(const NoThreads&) = delete;

private:
    pthread_attr_t before_;
};

std::optional<int> answer_of(Aside<int>& aside) {
    const auto until = std::chrono::steady_clock::now() + 30s;
    std::optional<int> answer = aside.take();
    while (!answer && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(1ms);
        answer = aside.take();
    }
    return answer;
}

notify::Endpoints find(asio::io_context& io, notify::Names& names, std::string host = "alarms.example") {
    auto found = asio::co_spawn(io, names.find(std::move(host), 25, 30s), asio::use_future);
    io.restart();
    io.run();
    return found.get();
}

}  // namespace

TEST_CASE("what is asked aside answers once") {
    Aside<int> aside;
    CHECK_FALSE(aside.asking());
    CHECK_FALSE(aside.take());
    REQUIRE(aside.ask([] { return 7; }));
    CHECK(aside.asking());
    CHECK(answer_of(aside) == 7);
    CHECK_FALSE(aside.asking());
    CHECK_FALSE(aside.take());
    {
        const NoThreads none;
        CHECK_FALSE(aside.ask([] { return 8; }));
    }
    CHECK_FALSE(aside.asking());
    REQUIRE(aside.ask([] { return 9; }));
    CHECK(answer_of(aside) == 9);
}

TEST_CASE("a name for which there was no thread once is asked for again") {
    asio::io_context io;
    notify::Names names(
        io, [](const std::string&) { return std::vector<asio::ip::address>{asio::ip::make_address("192.0.2.7")}; });
    {
        const NoThreads none;
        CHECK(find(io, names).empty());
    }
    const auto found = find(io, names);
    REQUIRE(found.size() == 1);
    CHECK(found[0].address().to_string() == "192.0.2.7");
}

TEST_CASE("a relay on this computer is found by its name, and one that is nowhere is not") {
    asio::io_context io;
    notify::Names names(io, notify::resolve_with_system);
    const auto here = find(io, names, "localhost");
    REQUIRE_FALSE(here.empty());
    for (const auto& endpoint : here) {
        CAPTURE(endpoint.address().to_string());
        CHECK(endpoint.address().is_loopback());
        CHECK(endpoint.port() == 25);
    }
    CHECK(find(io, names, "no such host").empty());
}
