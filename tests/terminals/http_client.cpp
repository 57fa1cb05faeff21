#include "tests/terminals/http_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace presensi::terminals {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds patience{10};  // protocol-adms § 1.1

// Closes the socket when the time is up, unless it is gone by then.
class Deadline {
public:
    Deadline(asio::io_context& io, std::shared_ptr<tcp::socket> socket) : timer_(io, patience) {
        timer_.async_wait([socket = std::move(socket)](const boost::system::error_code& cancelled) {
            boost::system::error_code ignored;
            if (!cancelled) socket->close(ignored);
        });
    }

private:
    asio::steady_timer timer_;
};

std::string header(const std::string& head, const std::string& name) {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == head.npos) return {};
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

Url Url::decode(const std::string& text) {
    const std::string scheme = "http://";
    const auto colon = text.rfind(':');
    if (!text.starts_with(scheme) || colon <= scheme.size())
        throw std::runtime_error(text + ": write it as http://127.0.0.1:8081");
    unsigned short port = 0;
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    boost::system::error_code unknown;
    std::string host = text.substr(scheme.size(), colon - scheme.size());
    if (host == "localhost") host = "127.0.0.1";
    const auto address = asio::ip::make_address(host, unknown);
    if (unknown || port == 0)
        throw std::runtime_error(text + ": an IP address and a port are needed, as in http://127.0.0.1:8081");
    return {{address, port}};
}

asio::awaitable<bool> HttpClient::connect(Socket socket) {
    constexpr std::size_t connections_per_turn = 5;
    const tcp::endpoint to = servers_[turn_++ / connections_per_turn % servers_.size()].endpoint;
    boost::system::error_code failed;
    socket->open(to.protocol(), failed);
    if (!source_.empty()) {
        const tcp::endpoint from(asio::ip::make_address(source_), 0);
        socket->bind(from, failed);
    }
    const auto [error] = co_await socket->async_connect(to, no_throw);
    if (!error) socket->set_option(tcp::no_delay(true), failed);
    if (error) turn_ += connections_per_turn;
    co_return !error;
}

asio::awaitable<Answer> HttpClient::exchange(std::string request) {
    const bool reused = kept_ != nullptr;
    Socket socket = reused ? std::move(kept_) : std::make_shared<tcp::socket>(io_);
    kept_.reset();
    const Deadline deadline(io_, socket);
    if (!reused) {
        const bool connected = co_await connect(socket);
        if (!connected) co_return Answer{};
    }
    const auto outgoing = asio::buffer(request);
    const auto [write_error, written] = co_await asio::async_write(*socket, outgoing, no_throw);
    if (write_error) co_return Answer{};
    std::string text;
    std::string chunk(4096, '\0');
    bool ended = false;
    for (;;) {
        const auto head_end = text.find("\r\n\r\n");
        if (head_end != text.npos) {
            const std::string head = text.substr(0, head_end + 2);
            const std::string announced = header(head, "Content-Length");
            // Without a length the answer ends where the connection does (protocol-adms § 1.1).
            std::size_t length = text.size() - head_end - 4;
            std::from_chars(announced.data(), announced.data() + announced.size(), length);
            const bool complete = announced.empty() ? ended : text.size() >= head_end + 4 + length;
            if (complete && text.size() > 12) {
                Answer answer;
                std::from_chars(text.data() + 9, text.data() + 12, answer.status);
                answer.body = text.substr(head_end + 4, length);
                answer.keep_alive = !ended && header(head, "Connection") == "keep-alive";
                if (answer.keep_alive) kept_ = socket;
                co_return answer;
            }
        }
        if (ended) co_return Answer{};
        const auto incoming = asio::buffer(chunk);
        const auto [error, count] = co_await socket->async_read_some(incoming, no_throw);
        if (error && error != asio::error::eof) co_return Answer{};
        ended = error == asio::error::eof;
        text.append(chunk, 0, count);
    }
}

asio::awaitable<void> HttpClient::hang_up_after(std::string request, std::size_t bytes) {
    Socket socket = std::make_shared<tcp::socket>(io_);
    const Deadline deadline(io_, socket);
    const bool connected = co_await connect(socket);
    if (!connected) co_return;
    request.resize(std::min(bytes, request.size()));
    const auto outgoing = asio::buffer(request);
    // Whether all of it went out does not matter: the peer sees a connection that ends.
    co_await asio::async_write(*socket, outgoing, no_throw);
    boost::system::error_code ignored;
    socket->close(ignored);
}

}  // namespace presensi::terminals
