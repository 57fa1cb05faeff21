#include "daemon/time_service.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace presensi {

namespace asio = boost::asio;
using Stream = asio::local::stream_protocol::socket;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// D-Bus Specification, "Message Format" and "Marshaling"; little endian throughout.
constexpr char method_call = 1;
constexpr char method_return = 2;
constexpr char error_reply = 3;
constexpr std::size_t head_size = 16;
constexpr std::size_t largest_message = 64 * 1024;  // answers to us are tiny
constexpr int most_messages = 8;                    // and few: the name we got, two answers

class Marshal {
public:
    void byte(char value) { bytes_ += value; }
    void align(std::size_t to) { bytes_.resize((bytes_.size() + to - 1) / to * to, '\0'); }
    void number(std::uint32_t value) {
        align(4);
        for (int shift = 0; shift < 32; shift += 8) byte(static_cast<char>(value >> shift));
    }
    void text(std::string_view value) {
        number(static_cast<std::uint32_t>(value.size()));
        bytes_.append(value).append(1, '\0');
    }
    // A header field: its code, and a variant of type 's' or 'o'.
    void field(char code, char type, std::string_view value) {
        align(8);
        byte(code);
        signature({&type, 1});
        text(value);
    }
    void signature(std::string_view value) {
        byte(static_cast<char>(value.size()));
        bytes_.append(value).append(1, '\0');
    }
    void append(const std::string& bytes) { bytes_ += bytes; }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

struct MethodCall {
    std::string_view to;
    std::string_view object;
    std::string_view interface;
    std::string_view method;
    std::vector<std::string_view> texts;  // its parameters
};

std::string encode(const MethodCall& call, std::uint32_t serial) {
    Marshal body;
    for (const auto text : call.texts) body.text(text);
    Marshal fields;  // an array that begins at offset 16, so that its alignment is the message's
    fields.field(1, 'o', call.object);
    fields.field(2, 's', call.interface);
    fields.field(3, 's', call.method);
    fields.field(6, 's', call.to);
    if (!call.texts.empty()) {
        fields.align(8);
        fields.byte(8);
        fields.signature("g");
        fields.signature(std::string(call.texts.size(), 's'));
    }
    Marshal message;
    for (const char byte : {'l', method_call, '\0', '\1'}) message.byte(byte);
    message.number(static_cast<std::uint32_t>(body.bytes().size()));
    message.number(serial);
    message.number(static_cast<std::uint32_t>(fields.bytes().size()));
    message.append(fields.bytes());
    message.align(8);
    message.append(body.bytes());
    return message.bytes();
}

std::size_t number_at(std::string_view bytes, std::size_t at) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value |= std::size_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    return value;
}

// Our user id in decimal digits, each of them in hexadecimal ones.
std::string greeting() {
    std::string text(1, '\0');
    text += "AUTH EXTERNAL ";
    for (const char digit : std::to_string(::getuid())) text += fmt::format("{:02x}", digit);
    return text + "\r\n";
}

struct Message {
    char type = 0;
    std::string body;
};

asio::awaitable<std::optional<Message>> read_message(Stream& stream) {
    std::string head(head_size, '\0');
    const auto [error, count] = co_await asio::async_read(stream, asio::buffer(head), no_throw);
    if (error || head[0] != 'l') co_return std::nullopt;
    const std::size_t fields = (number_at(head, 12) + 7) / 8 * 8;
    const std::size_t body = number_at(head, 4);
    if (fields > largest_message || body > largest_message) co_return std::nullopt;
    std::string rest(fields + body, '\0');
    const auto [cut, size] = co_await asio::async_read(stream, asio::buffer(rest), no_throw);
    if (cut) co_return std::nullopt;
    co_return Message{head[1], rest.substr(fields)};
}

asio::awaitable<std::optional<bool>> ask(Stream& stream, const std::string& bus) {
    const asio::local::stream_protocol::endpoint endpoint(bus);
    const auto [refused] = co_await stream.async_connect(endpoint, no_throw);
    if (refused) co_return std::nullopt;
    const std::string hello = greeting();
    const auto [unsent, sent] = co_await asio::async_write(stream, asio::buffer(hello), no_throw);
    if (unsent) co_return std::nullopt;
    std::string answer;
    auto into = asio::dynamic_buffer(answer, 512);
    const auto [unread, read] = co_await asio::async_read_until(stream, into, "\r\n", no_throw);
    if (unread || !answer.starts_with("OK ")) co_return std::nullopt;
    const MethodCall greet{"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", {}};
    const MethodCall get{"org.freedesktop.timedate1",
                         "/org/freedesktop/timedate1",
                         "org.freedesktop.DBus.Properties",
                         "Get",
                         {"org.freedesktop.timedate1", "NTPSynchronized"}};
    const std::string calls = "BEGIN\r\n" + encode(greet, 1) + encode(get, 2);
    const auto [cut, written] = co_await asio::async_write(stream, asio::buffer(calls), no_throw);
    if (cut) co_return std::nullopt;
    constexpr std::string_view boolean("\1b\0\0", 4);
    for (int i = 0; i < most_messages; ++i) {
        const std::optional<Message> message = co_await read_message(stream);
        if (!message || message->type == error_reply) co_return std::nullopt;
        // The answer to Hello is a text, whose length comes first.
        const bool is_ours = message->type == method_return && message->body.starts_with(boolean);
        if (is_ours && message->body.size() == 8) co_return message->body[4] != 0;
    }
    co_return std::nullopt;
}

}  // namespace

asio::awaitable<std::optional<bool>> ask_time_service(std::string bus, std::chrono::milliseconds patience) {
    const auto executor = co_await asio::this_coro::executor;
    const auto stream = std::make_shared<Stream>(executor);  // the deadline may come when we are gone
    asio::steady_timer deadline(executor, patience);
    deadline.async_wait([stream](const boost::system::error_code& error) {
        boost::system::error_code ignored;
        if (!error) stream->close(ignored);
    });
    const std::optional<bool> answer = co_await ask(*stream, bus);
    co_return answer;
}

}  // namespace presensi
