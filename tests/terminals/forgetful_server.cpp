#include "tests/terminals/forgetful_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "tests/terminals/profile.hpp"

namespace presensi::terminals {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

std::string between(const std::string& text, const std::string& begin, const char* ends) {
    const auto at = text.find(begin);
    if (at == text.npos) return {};
    const auto from = at + begin.size();
    return text.substr(from, text.find_first_of(ends, from) - from);
}

std::string reply(int status, const std::string& body) {
    return fmt::format("HTTP/1.1 {} X\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                       status, body.size(), body);
}

// State and verification: "0 15".
std::string columns_after_time(const std::string& line) {
    const auto state = line.find('\t', line.find('\t') + 1) + 1;
    const auto verify = line.find('\t', state) + 1;
    return line.substr(state, verify - 1 - state) + " " + line.substr(verify, line.find('\t', verify) - verify);
}

// The instant of a wall clock in WITA: "2026-11-20T07:58:03" is "2026-11-19T23:58:03Z".
std::string in_utc(const std::string& time) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    long seconds[3] = {};
    std::sscanf(time.c_str(), "%d-%u-%uT%ld:%ld:%ld", &year, &month, &day, &seconds[0], &seconds[1], &seconds[2]);
    const std::chrono::local_days date{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)};
    const std::chrono::seconds clock{seconds[0] * 3600 + seconds[1] * 60 + seconds[2]};
    return format_time(date + clock - std::chrono::hours(8), 'T') + "Z";
}

}  // namespace

ForgetfulServer::ForgetfulServer(asio::io_context& io, Manners manners)
    : io_(io), acceptor_(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)), manners_(manners) {
    asio::co_spawn(io_, accept(), asio::detached);
}

void ForgetfulServer::stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

asio::awaitable<void> ForgetfulServer::accept() {
    for (;;) {
        auto [error, socket] = co_await acceptor_.async_accept(no_throw);
        if (error) co_return;
        asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> ForgetfulServer::serve(tcp::socket socket) {
    std::string text;
    std::string chunk(65536, '\0');
    for (;;) {
        const auto head_end = text.find("\r\n\r\n");
        if (head_end != text.npos) {
            const auto length =
                std::strtoul(between(text.substr(0, head_end + 2), "Content-Length: ", "\r").c_str(), nullptr, 10);
            if (text.size() >= head_end + 4 + length) {
                std::string out = answer(text.substr(0, head_end + 2), text.substr(head_end + 4, length));
                if (const auto at = out.find("Content-Length"); manners_.no_length && at != out.npos) {
                    out.erase(at, out.find('\n', at) + 1 - at);
                }
                const auto outgoing = asio::buffer(out);
                co_await asio::async_write(socket, outgoing, no_throw);
                co_return;
            }
        }
        const auto incoming = asio::buffer(chunk);
        const auto [error, count] = co_await socket.async_read_some(incoming, no_throw);
        if (error) co_return;
        text.append(chunk, 0, count);
    }
}

std::string ForgetfulServer::answer(const std::string& head, const std::string& body) {
    const std::string serial = between(head, "SN=", "& ");
    if (head.find("/api/v1/punches") != head.npos) return reply(200, feed(between(head, "after=", "& ")));
    if (head.find("options=all") != head.npos) {
        forgotten_ = false;
        return reply(
            200,
            fmt::format("GET OPTION FROM: {}\nStamp=0\nATTLOGStamp=None\nErrorDelay=60\nDelay=10\nTransFlag=TransData "
                        "AttLog\nTimeZone={}\n"
                        "Realtime=1\nEncrypt=None\nMaxPostSize=1048576{}",
                        serial, manners_.wrong_zone ? 7 : 8, manners_.cut_options ? "" : "\n"));
    }
    if (manners_.chatty && head.find("getrequest") != head.npos) return reply(200, "HELLO\n");
    if (head.find("table=ATTLOG") == head.npos) return reply(200, "OK");
    if (++uploads_ == manners_.forget_terminal_after) forgotten_ = true;
    if (forgotten_) return reply(403, "UNKNOWN DEVICE\n");
    if (every(refused_, manners_.refuse_every)) return reply(503, "ERROR\n");
    return take_upload(serial, body);
}

std::string ForgetfulServer::take_upload(const std::string& serial, const std::string& body) {
    const bool forget = every(forgot_, manners_.forget_every);
    std::size_t lines = 0;
    for (std::size_t at = 0; at < body.size();) {
        const auto end = body.find('\n', at);
        const std::string line = body.substr(at, end - at);
        at = end + 1;
        ++lines;
        std::string pin = line.substr(0, line.find('\t'));
        pin.erase(0, std::min(pin.find_first_not_of('0'), pin.size() - 1));
        std::string time = line.substr(line.find('\t') + 1, 19);
        time[10] = 'T';
        const Key key{serial, time, pin};
        if (!forget && stored_.insert(key).second) {
            order_.push_back(key);
            details_[key] = columns_after_time(line);
            if (every(doubled_, manners_.double_every)) order_.push_back(key);
        }
    }
    if (every(hung_up_, manners_.hang_up_every)) return {};
    return reply(200, fmt::format("OK: {}", lines + (every(miscounted_, manners_.miscount_every) ? 1 : 0)));
}

std::string ForgetfulServer::feed(const std::string& after) {
    constexpr std::size_t page = 7;
    const auto from = static_cast<std::size_t>(std::strtoul(after.c_str(), nullptr, 10));
    const auto to = ++feeds_ <= manners_.late_feed ? from : std::min(order_.size(), from + page);
    const auto next = manners_.circular_feed && to == order_.size() ? 0 : to;
    std::string rows;
    for (std::size_t i = from; i < to; ++i) {
        const auto& [serial, time, pin] = order_[i];
        const std::string& columns = details_.at(order_[i]);
        const auto blank = columns.find(' ');
        rows += fmt::format(
            R"({}{{"terminal":"{}","device_time":"{}","pin":"00{}","state":{},"verify":{},"punched_at":"{}"}})",
            rows.empty() ? "" : ",", serial, time, pin, manners_.forget_states ? "0" : columns.substr(0, blank),
            columns.substr(blank + 1), in_utc(time));
    }
    return fmt::format(R"({{"punches":[{}],"next":"{}"}})", rows, next);
}

}  // namespace presensi::terminals
