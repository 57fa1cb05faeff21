// The proxy does what it says, and terminals survive a bad line to the daemon.
#include <doctest/doctest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_store.hpp"
#include "tests/terminals/comparison.hpp"

using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;

namespace {

// Sends back what it hears.
class Echo {
public:
    Echo() : thread_([this] { run(); }) {}
    ~Echo() {
        RawConnection wake(port());
        stopping_ = true;
        wake.end_of_sending();
        thread_.join();
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    using tcp = boost::asio::ip::tcp;
    void run() {
        while (!stopping_) {
            boost::system::error_code error;
            tcp::socket socket = acceptor_.accept(error);
            std::string piece(65536, '\0');
            while (!error) {
                const auto count = socket.read_some(boost::asio::buffer(piece), error);
                if (count > 0) boost::asio::write(socket, boost::asio::buffer(piece.data(), count), error);
            }
        }
    }

    boost::asio::io_context io_;
    tcp::acceptor acceptor_{io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace

TEST_CASE("the fault proxy: passes everything, and ends lines as it is told") {
    const std::string text = "twenty bytes of text";
    struct Case {
        const char* name;
        Fault fault;
        std::string arrives;
        std::size_t ended;
        bool may_be_less = false;  // the echo of what went up is cut too
    };
    const Case cases[] = {
        {"nothing", {}, text, 0},
        {"a delay", {.delay = 50ms}, text, 0},
        {"cut on the way up", {.up_bytes = 6}, "twenty", 1, true},
        {"cut on the way down", {.down_bytes = 12}, "twenty bytes", 1},
        {"reset", {.up_bytes = 0, .end = Fault::End::reset}, "", 1},
        {"half-closed on the way up: the rest still comes down",
         {.up_bytes = 6, .end = Fault::End::half_close},
         "twenty",
         1},
    };
    for (const auto& test : cases) {
        CAPTURE(test.name);
        Echo echo;
        FaultProxy proxy(echo.port());
        proxy.set(test.fault);
        RawConnection connection(proxy.port());
        const auto began = std::chrono::steady_clock::now();
        CHECK(connection.send(text));
        connection.end_of_sending();
        const std::string heard = connection.receive_to_end();
        if (test.may_be_less) {
            CHECK(test.arrives.starts_with(heard));
        } else {
            CHECK(heard == test.arrives);
        }
        CHECK(std::chrono::steady_clock::now() - began >= 2 * test.fault.delay);
        CHECK(await([&] { return proxy.connections() == 0; }, 5s));
        CHECK(proxy.ended() == test.ended);
    }
}

TEST_CASE("the fault proxy: a black hole swallows until it is healed, a refusing one lets nobody in") {
    Echo echo;
    FaultProxy proxy(echo.port());
    {
        RawConnection connection(proxy.port());
        CHECK(connection.send("one"));
        REQUIRE(await([&] { return proxy.connections() == 1; }, 5s));
        proxy.set({.up_bytes = 0, .end = Fault::End::black_hole});
        CHECK(connection.send("two"));
        REQUIRE(await([&] { return proxy.ended() == 1; }, 5s));
        CHECK(proxy.connections() == 1);
        proxy.heal();
        const auto heard = connection.receive_to_end();
        CHECK(std::string("one").starts_with(heard));
    }
    proxy.refuse(true);
    RawConnection refused(proxy.port());
    CHECK(refused.receive_to_end().empty());
    proxy.refuse(false);
    RawConnection again(proxy.port());
    again.send("x");
    again.end_of_sending();
    CHECK(again.receive_to_end() == "x");
}

TEST_CASE("a bad line between terminals and daemon: everything arrives in the end, once") {
    const unsigned cuts = from_environment("PRESENSI_CUTS", 30);
    FleetOptions options = busy_fleet();
    const TemporaryFolder folder;
    DaemonProcess daemon(write_fleet_config(folder.path(), storage_in_yaml(folder.path()), 0, 0, options),
                         folder.path());
    FaultProxy proxy(daemon.terminal_port());
    options.server = Url::decode(fmt::format("http://127.0.0.1:{}", proxy.port()));
    Crowd crowd(options);
    std::mt19937_64 random(options.seed);
    const auto any = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    for (unsigned cut = 0; cut < cuts; ++cut) {
        CAPTURE(cut);
        const auto before = crowd.acknowledged();
        REQUIRE(await([&] { return crowd.acknowledged() > before + 10; }, 60s));
        const auto ended = proxy.ended();
        const Fault::End ends[] = {Fault::End::close, Fault::End::reset, Fault::End::half_close};
        const auto how = ends[any(3)];
        if (any(2) == 0) {
            proxy.set({.up_bytes = any(300), .end = how});
        } else {
            proxy.set({.down_bytes = any(60), .end = how});
        }
        CHECK(await([&] { return proxy.ended() > ended; }, 60s));
        proxy.heal();
    }
    crowd.fleet.stop_creating();
    REQUIRE(await([&] { return crowd.fleet.settled(); }, 120s));
    const auto created = crowd.fleet.ledger().created();
    const auto stored = stored_punches(folder.path());
    CHECK(std::equal(created.begin(), created.end(), stored.begin(), stored.end()));
    CHECK(crowd.fleet.totals().wrong_count == 0);
    CHECK(proxy.ended() >= cuts);
}
