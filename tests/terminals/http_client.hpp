#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace presensi::terminals {

struct Url {
    boost::asio::ip::tcp::endpoint endpoint;
    // "http://127.0.0.1:8081"; throws std::runtime_error with a sentence.
    static Url decode(const std::string& text);
};

struct Answer {
    int status = 0;  // 0: none came
    std::string body;
    bool keep_alive = false;
};

// One terminal's connection, as blunt as a terminal's own.
class HttpClient {
public:
    // With several servers it goes on to the next now and then, and at once where one does not answer.
    HttpClient(boost::asio::io_context& io, std::vector<Url> servers, std::string source)
        : io_(io), servers_(std::move(servers)), source_(std::move(source)) {}
    HttpClient(boost::asio::io_context& io, Url server, std::string source)
        : HttpClient(io, std::vector<Url>{std::move(server)}, std::move(source)) {}

    // From now on, another address.
    void come_from(std::string source) { source_ = std::move(source); }
    // Sends and reads one answer; a new connection unless the one before was kept alive.
    boost::asio::awaitable<Answer> exchange(std::string request);
    // Sends only the first `bytes` of the request and hangs up; with all of them the answer is lost.
    boost::asio::awaitable<void> hang_up_after(std::string request, std::size_t bytes);

private:
    using Socket = std::shared_ptr<boost::asio::ip::tcp::socket>;
    boost::asio::awaitable<bool> connect(Socket socket);

    boost::asio::io_context& io_;
    std::vector<Url> servers_;
    std::size_t turn_ = 0;
    std::string source_;  // loopback address to come from; empty: any
    Socket kept_;
};

}  // namespace presensi::terminals
