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
#include <fmt/ranges.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

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
    // tcp(7), SIOCOUTQ: the other end has acknowledged every byte.
    bool all_arrived() {
        int waiting = 0;
        return ::ioctl(stream.lowest_layer().native_handle(), SIOCOUTQ, &waiting) == 0 && waiting == 0;
    }
    ssl::stream<tcp::socket> stream;
    asio::steady_timer deadline;
    unsigned step = 0;             // which deadline holds
    bool late = false;             // it ran out
    bool arrived_in_vain = false;  // whereas all that we wrote had arrived
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
    // From now on so long; the deadline before is off.
    void allow(std::chrono::milliseconds time);
    // All that was written arrived there, and nothing came back: neither in time nor before they closed.
    bool was_met_with_silence() const { return unread_.empty() && socket_->arrived_in_vain; }

private:
    Failure trust(const std::string& host);
    Failure because(const error_code& error) const;

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

void Wire::allow(std::chrono::milliseconds time) {
    socket_->deadline.expires_after(time);
    socket_->deadline.async_wait([socket = socket_, step = ++socket_->step](const error_code& error) {
        // One that ran out just as its step was done.
        if (error || step != socket->step) return;
        socket->late = true;
        socket->arrived_in_vain = socket->all_arrived();
        socket->close();
    });
}

asio::awaitable<Failure> Wire::connect(std::string host, std::uint16_t port) {
    const Endpoints endpoints = co_await reach_.names.find(host, port);
    if (exchange_.cut_) co_return Failure("presensid stops");
    if (endpoints.empty()) co_return fmt::format("{} cannot be resolved", host);
    if (Failure failure = trust(host); !failure.empty()) co_return failure;
    exchange_.socket_ = socket_;
    error_code failed;
    for (const tcp::endpoint& endpoint : endpoints) {
        auto& lowest = socket_->stream.lowest_layer();
        error_code ignored;
        lowest.close(ignored);
        socket_->late = socket_->arrived_in_vain = false;
        allow(reach_.patience.connect);
        const auto [error] = co_await lowest.async_connect(endpoint, no_throw);
        failed = socket_->late ? asio::error::timed_out : error;
        if (!failed || exchange_.cut_) break;
    }
    if (failed) co_return because(failed);
    allow(reach_.patience.http);
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
        if (failed == asio::error::eof) socket_->arrived_in_vain = socket_->all_arrived();
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

// A relay repeats addresses, and those of people are in no log.
std::string without_addresses(std::string_view line) {
    std::string out;
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        const auto word = line.substr(0, end);
        out += word.find('@') == word.npos ? word : "…";
        if (end < line.size()) out += ' ';
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return out;
}

// "550 5.1.1 <somebody@…> is not here" → "550 5.1.1".
std::string codes_of(std::string_view line) {
    line = line.substr(0, line.find_first_not_of("0123456789. "));
    while (line.ends_with(' ')) line.remove_suffix(1);
    return std::string(line);
}

struct Reply {
    Failure failure;    // empty: the answer was of the class that was wanted
    unsigned code = 0;  // 0: none came
    std::string line;
    bool is_for_good() const { return code / 100 == 5; }
};

// One command and its whole answer (RFC 5321 § 4.2.1: a blank behind the code ends it). So long for either.
asio::awaitable<Reply> say(Wire& wire, std::string command, unsigned wanted, std::chrono::milliseconds to_write,
                           std::chrono::milliseconds to_answer) {
    Reply reply;
    wire.allow(to_write);
    if (!command.empty()) {
        reply.failure = co_await wire.write(command + "\r\n");
        if (!reply.failure.empty()) co_return reply;
    }
    wire.allow(to_answer);
    constexpr int most_lines = 100;
    for (int i = 0; i < most_lines; ++i) {
        reply.failure = co_await wire.read_line(reply.line);
        if (!reply.failure.empty()) co_return reply;
        const auto code = number_at(reply.line, 0);
        if (!code) {
            reply.failure = fmt::format("this is no SMTP: {}", without_addresses(shown(reply.line)));
            co_return reply;
        }
        if (reply.line.size() > 3 && reply.line[3] == '-') continue;
        reply.code = *code;
        if (*code / 100 != wanted / 100)
            reply.failure = fmt::format("the relay said: {}", without_addresses(shown(reply.line)));
        co_return reply;
    }
    reply.failure = "the relay's answer has no end";
    co_return reply;
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

asio::awaitable<Outcome> send_mail(Reach reach, SmtpAsk ask, std::shared_ptr<Exchange> exchange) {
    const auto step = reach.patience.mail_step;
    Wire wire(reach, *exchange, false);
    Outcome outcome;
    outcome.failure = co_await wire.connect(ask.relay, ask.port);
    if (!outcome.failure.empty()) co_return outcome;
    // A relay that refuses us refuses no message: that it may have later.
    const std::vector<std::pair<std::string, unsigned>> greetings{{"", 220}, {"EHLO " + ask.our_name, 250}};
    for (const auto& [words, wanted] : greetings) {
        std::string command = words;
        const Reply reply = co_await say(wire, std::move(command), wanted, step, step);
        outcome.failure = reply.failure;
        if (!outcome.failure.empty()) co_return outcome;
    }
    std::string from = fmt::format("MAIL FROM:<{}>", ask.from);
    const Reply sender = co_await say(wire, std::move(from), 250, step, step);
    if (!sender.failure.empty()) co_return Outcome{sender.failure, sender.is_for_good(), false, {}};

    bool all_for_good = true;
    for (std::size_t i = 0; i < ask.to.size(); ++i) {
        std::string to = fmt::format("RCPT TO:<{}>", ask.to[i]);
        const Reply reply = co_await say(wire, std::move(to), 250, step, step);
        if (reply.failure.empty()) continue;
        outcome.failure = reply.failure;
        if (reply.code == 0) co_return outcome;
        outcome.refused_recipients.push_back(fmt::format("alarms.mail.to[{}]: {}", i, codes_of(reply.line)));
        all_for_good = all_for_good && reply.is_for_good();
    }
    if (outcome.refused_recipients.size() == ask.to.size()) {
        outcome.failure = fmt::format("no recipient is accepted: {}", fmt::join(outcome.refused_recipients, ", "));
        outcome.for_good = all_for_good;
        co_return outcome;
    }

    std::string begin = "DATA";
    const Reply data = co_await say(wire, std::move(begin), 354, step, step);
    outcome.failure = data.failure;
    outcome.for_good = data.is_for_good();
    if (!outcome.failure.empty()) co_return outcome;
    std::string mail = with_dots_doubled(ask.mail) + ".";
    const Reply end = co_await say(wire, std::move(mail), 250, step, reach.patience.mail_end);
    if (end.code == 0 && wire.was_met_with_silence()) {
        outcome.unanswered = true;
        co_return outcome;
    }
    outcome.failure = end.failure;
    outcome.for_good = end.is_for_good();
    if (!outcome.failure.empty()) co_return outcome;
    // It is theirs now, whatever becomes of the farewell.
    constexpr std::chrono::milliseconds farewell_time = std::chrono::seconds(5);
    std::string farewell = "QUIT";
    co_await say(wire, std::move(farewell), 221, farewell_time, farewell_time);
    co_return outcome;
}

}  // namespace presensi::notify
