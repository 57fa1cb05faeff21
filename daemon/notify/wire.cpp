#include "daemon/notify/wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "protocol/text_fields.hpp"

namespace presensi::notify {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
}

// What a deadline or a cut closes; shared, so that it is there when they come late.
class Socket {
public:
    explicit Socket(asio::io_context& io, ssl::context& context) : stream(io, context), deadline(io) {}
    void close() {
        error_code ignored;
        stream.lowest_layer().close(ignored);
    }
    ssl::stream<tcp::socket> stream;
    asio::steady_timer deadline;
    bool late = false;
};

void Exchange::cut() {
    cut_ = true;
    if (const auto socket = socket_.lock()) socket->close();
}

class Wire {
public:
    Wire(const Reach& reach, Exchange& exchange, bool tls)
        : reach_(reach), exchange_(exchange), context_(ssl::context::tls_client), tls_(tls) {}
    ~Wire() {
        if (socket_ == nullptr) return;
        socket_->deadline.cancel();
        socket_->close();
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    asio::awaitable<Failure> connect(std::string host, std::uint16_t port);
    asio::awaitable<Failure> write(std::string text);
    // Up to and with the first line end; what follows waits for the next.
    asio::awaitable<Failure> read_line(std::string& line);

private:
    Failure trust(const std::string& host);
    Failure because(const error_code& error) const;
    void begin_deadline();

    Reach reach_;
    Exchange& exchange_;
    ssl::context context_;
    bool tls_;
    std::shared_ptr<Socket> socket_;
    std::string unread_;
};

Failure Wire::because(const error_code& error) const {
    if (exchange_.cut_) return "presensid stops";
    if (socket_ != nullptr && socket_->late) return "no answer in time";
    return error.message();
}

// Whom we talk to over TLS: 1.2 or later, a certificate of this name, signed by somebody who is trusted.
Failure Wire::trust(const std::string& host) {
    error_code error;
    context_.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, error);
    if (reach_.ca_file.empty()) {
        context_.set_default_verify_paths(error);
    } else {
        context_.load_verify_file(reach_.ca_file.string(), error);
        if (error) return fmt::format("{} cannot be read: {}", reach_.ca_file.string(), error.message());
    }
    socket_ = std::make_shared<Socket>(reach_.io, context_);
    socket_->stream.set_verify_mode(ssl::verify_peer, error);
    socket_->stream.set_verify_callback(ssl::host_name_verification(host), error);
    // RFC 6066 § 3: no addresses there; whoever does not know the name answers as it likes.
    error_code is_name;
    asio::ip::make_address(host, is_name);
    if (is_name) SSL_set_tlsext_host_name(socket_->stream.native_handle(), host.c_str());
    return {};
}

void Wire::begin_deadline() {
    socket_->deadline.expires_after(reach_.patience);
    socket_->deadline.async_wait([socket = socket_](const error_code& error) {
        if (error) return;
        socket->late = true;
        socket->close();
    });
}

asio::awaitable<Failure> Wire::connect(std::string host, std::uint16_t port) {
    const Endpoints endpoints = co_await reach_.names.find(host, port);
    if (exchange_.cut_) co_return Failure("presensid stops");
    if (endpoints.empty()) co_return fmt::format("{} cannot be resolved", host);
    if (Failure failure = trust(host); !failure.empty()) co_return failure;
    exchange_.socket_ = socket_;
    begin_deadline();
    error_code failed;
    for (const tcp::endpoint& endpoint : endpoints) {
        auto& lowest = socket_->stream.lowest_layer();
        error_code ignored;
        lowest.close(ignored);
        const auto [error] = co_await lowest.async_connect(endpoint, no_throw);
        failed = error;
        if (!failed || socket_->late || exchange_.cut_) break;
    }
    if (failed) co_return because(failed);
    if (!tls_) co_return Failure();
    const auto [error] = co_await socket_->stream.async_handshake(ssl::stream_base::client, no_throw);
    if (error) co_return because(error);
    co_return Failure();
}

asio::awaitable<Failure> Wire::write(std::string text) {
    const auto buffer = asio::buffer(text);
    error_code failed;
    if (tls_) {
        const auto [error, count] = co_await asio::async_write(socket_->stream, buffer, no_throw);
        failed = error;
    } else {
        const auto [error, count] = co_await asio::async_write(socket_->stream.next_layer(), buffer, no_throw);
        failed = error;
    }
    co_return failed ? because(failed) : Failure();
}

asio::awaitable<Failure> Wire::read_line(std::string& line) {
    constexpr std::size_t longest = 8192;
    std::array<char, 2048> piece;
    for (;;) {
        if (const auto end = unread_.find('\n'); end != unread_.npos) {
            line = unread_.substr(0, end + 1);
            unread_.erase(0, end + 1);
            co_return Failure();
        }
        if (unread_.size() > longest) co_return Failure("the answer has a line without end");
        const auto buffer = asio::buffer(piece);
        error_code failed;
        std::size_t received = 0;
        if (tls_) {
            const auto [error, count] = co_await socket_->stream.async_read_some(buffer, no_throw);
            failed = error;
            received = count;
        } else {
            const auto [error, count] = co_await socket_->stream.next_layer().async_read_some(buffer, no_throw);
            failed = error;
            received = count;
        }
        if (failed) co_return because(failed);
        unread_.append(piece.data(), received);
    }
}

namespace {

std::optional<unsigned> number_at(std::string_view text, std::size_t at) {
    unsigned number = 0;
    if (text.size() < at + 3) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 3, number);
    if (error != std::errc() || end != text.data() + at + 3) return std::nullopt;
    return number;
}

std::string shown(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    return to_stored_text(line, 120);
}

bool is_safe(std::string_view value) { return value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos; }

}  // namespace

asio::awaitable<Failure> ask_http(Reach reach, config::Url url, HttpAsk ask, std::shared_ptr<Exchange> exchange) {
    std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: presensid/{}\r\nConnection: close\r\n",
                                      ask.method, url.target, url.authority(), PRESENSI_VERSION);
    for (const auto& [name, value] : ask.headers) {
        if (is_safe(value)) request += fmt::format("{}: {}\r\n", name, value);
    }
    if (ask.method != "GET") request += fmt::format("Content-Length: {}\r\n", ask.body.size());
    request += "\r\n" + ask.body;

    Wire wire(reach, *exchange, url.tls);
    Failure failure = co_await wire.connect(url.host, url.port);
    if (!failure.empty()) co_return failure;
    failure = co_await wire.write(std::move(request));
    if (!failure.empty()) co_return failure;
    std::string line;
    failure = co_await wire.read_line(line);
    if (!failure.empty()) co_return failure;
    constexpr std::size_t status_at = 9;  // "HTTP/1.1 200"
    const auto status = line.starts_with("HTTP/1.") ? number_at(line, status_at) : std::nullopt;
    if (!status) co_return fmt::format("this is no HTTP: {}", shown(line));
    if (*status / 100 != 2) co_return fmt::format("the answer was {}", *status);
    co_return Failure();
}

namespace {

// One command and its whole answer (RFC 5321 § 4.2.1: a blank behind the code ends it).
asio::awaitable<Failure> say(Wire& wire, std::string command, unsigned wanted) {
    if (!command.empty()) {
        Failure unsent = co_await wire.write(command + "\r\n");
        if (!unsent.empty()) co_return unsent;
    }
    constexpr int most_lines = 100;
    std::string line;
    for (int i = 0; i < most_lines; ++i) {
        Failure unread = co_await wire.read_line(line);
        if (!unread.empty()) co_return unread;
        const auto code = number_at(line, 0);
        if (!code) co_return fmt::format("this is no SMTP: {}", shown(line));
        if (line.size() > 3 && line[3] == '-') continue;
        if (*code / 100 == wanted / 100) co_return Failure();
        co_return fmt::format("the relay said: {}", shown(line));
    }
    co_return Failure("the relay's answer has no end");
}

// RFC 5321 § 4.5.2
std::string with_dots_doubled(std::string_view mail) {
    std::string out;
    for (bool begins = true; const char c : mail) {
        if (begins && c == '.') out += '.';
        out += c;
        begins = c == '\n';
    }
    return out;
}

}  // namespace

asio::awaitable<Failure> send_mail(Reach reach, SmtpAsk ask, std::shared_ptr<Exchange> exchange) {
    Wire wire(reach, *exchange, false);
    Failure failure = co_await wire.connect(ask.relay, ask.port);
    if (!failure.empty()) co_return failure;
    std::vector<std::pair<std::string, unsigned>> commands{
        {"", 220}, {"EHLO " + ask.our_name, 250}, {fmt::format("MAIL FROM:<{}>", ask.from), 250}};
    for (const auto& address : ask.to) commands.emplace_back(fmt::format("RCPT TO:<{}>", address), 250);
    commands.emplace_back("DATA", 354);
    commands.emplace_back(with_dots_doubled(ask.mail) + ".", 250);
    for (auto& [command, wanted] : commands) {
        std::string words = std::move(command);
        failure = co_await say(wire, std::move(words), wanted);
        if (!failure.empty()) co_return failure;
    }
    // It is theirs now, whatever becomes of the farewell.
    std::string farewell = "QUIT";
    co_await say(wire, std::move(farewell), 221);
    co_return Failure();
}

}  // namespace presensi::notify
