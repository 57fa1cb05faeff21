#include "daemon/time_service.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <future>
#include <string>
#include <thread>

#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// A message without header fields, as far as anybody looks: type, serial 1, body.
std::string message(char type, const std::string& body) {
    std::string bytes{'l', type, 0, 1};
    bytes += std::string{static_cast<char>(body.size()), 0, 0, 0} + std::string{1, 0, 0, 0} + std::string(4, '\0');
    return bytes + body;
}

const std::string hello_answer = message(2, std::string("\5\0\0\0:1.42\0", 10));
const std::string name_signal = message(4, std::string("\5\0\0\0:1.42\0", 10));
const std::string yes = message(2, std::string("\1b\0\0\1\0\0\0", 8));
const std::string no = message(2, std::string("\1b\0\0\0\0\0\0", 8));
const std::string no_such_service = message(3, std::string("\4\0\0\0gone\0", 9));

// A bus that says one thing to whoever greets it, another to what comes then, and keeps what it heard.
class Bus {
public:
    Bus(const std::string& path, std::string welcome, std::string answer)
        : acceptor_(io_, asio::local::stream_protocol::endpoint(path)),
          thread_([this, welcome = std::move(welcome), answer = std::move(answer)] { serve(welcome, answer); }) {}
    ~Bus() { thread_.join(); }
    const std::string& heard() const { return heard_; }  // when the asking is over

private:
    void serve(const std::string& welcome, const std::string& answer) {
        asio::local::stream_protocol::socket line(io_);
        acceptor_.accept(line);
        boost::system::error_code ended;
        asio::read_until(line, asio::dynamic_buffer(heard_), "\r\n", ended);
        asio::write(line, asio::buffer(welcome), ended);
        if (welcome.starts_with("OK")) asio::read_until(line, asio::dynamic_buffer(heard_), "NTPSynchronized", ended);
        asio::write(line, asio::buffer(answer), ended);
        std::string rest;
        asio::read(line, asio::dynamic_buffer(rest), ended);  // until the other side leaves
    }

    std::string heard_;
    asio::io_context io_;
    asio::local::stream_protocol::acceptor acceptor_;
    std::thread thread_;
};

std::optional<bool> ask(const std::string& bus, std::chrono::milliseconds patience = 20s) {
    asio::io_context io;
    auto answer = asio::co_spawn(io, ask_time_service(bus, patience), asio::use_future);
    io.run();
    return answer.get();
}

}  // namespace

TEST_CASE("time service: what it answers on the bus, whatever comes before") {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "bus").string();
    struct Case {
        const char* name;
        std::string welcome;
        std::string answer;
        std::optional<bool> expected;
    };
    std::string twisted = yes;
    twisted[0] = 'B';  // another byte order
    std::string endless = yes;
    endless[5] = endless[6] = endless[7] = '\x7f';  // 2 GiB of body
    const Case cases[] = {
        {"synchronised", "OK 1234deadbeef\r\n", hello_answer + name_signal + yes, true},
        {"not synchronised", "OK 1234deadbeef\r\n", hello_answer + no, false},
        {"no such service", "OK 1234deadbeef\r\n", hello_answer + no_such_service, std::nullopt},
        {"we are refused", "REJECTED EXTERNAL\r\n", "", std::nullopt},
        {"another byte order", "OK 1\r\n", twisted, std::nullopt},
        {"an endless message", "OK 1\r\n", endless, std::nullopt},
        {"chatter without end", "OK 1\r\n",
         hello_answer + hello_answer + hello_answer + hello_answer + hello_answer + hello_answer + hello_answer +
             hello_answer + yes,
         std::nullopt},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        std::filesystem::remove(path);
        Bus bus(path, c.welcome, c.answer);
        CHECK(ask(path) == c.expected);
    }
}

TEST_CASE("time service: its calls are what the bus expects") {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "bus").string();
    std::string heard;
    {
        Bus bus(path, "OK 1\r\n", yes);
        CHECK(ask(path) == true);
        heard = bus.heard();
    }
    CHECK(heard.starts_with(std::string("\0AUTH EXTERNAL ", 15)));
    CHECK(heard.find("\r\nBEGIN\r\nl\1") != std::string::npos);
    for (const char* word : {"Hello", "org.freedesktop.DBus.Properties", "Get", "org.freedesktop.timedate1"}) {
        CAPTURE(word);
        CHECK(heard.find(word) != std::string::npos);
    }
}

TEST_CASE("time service: nobody there, or nobody who answers, is no answer") {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "bus").string();
    CHECK(ask(path) == std::nullopt);
    asio::io_context io;
    const asio::local::stream_protocol::acceptor silent(io, asio::local::stream_protocol::endpoint(path));
    CHECK(ask(path, 50ms) == std::nullopt);
}
