#include "daemon/http/message.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace presensi::http {

namespace {

bool is_clean(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    }
    return true;
}

}  // namespace

boost::asio::awaitable<std::optional<Response>> Service::admit(Request&) { co_return std::nullopt; }

std::string_view reason_phrase(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Payload Too Large";
        case 415:
            return "Unsupported Media Type";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Entity";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

namespace {

// The one place where a header is written. A line end inside one would let a peer write our headers, whatever the
// library below thinks of it; that is our own mistake, and nothing of that answer goes out (T09, T11).
void put_header(fmt::memory_buffer& out, std::string_view name, std::string_view value) {
    if (name.empty() || !is_clean(name) || !is_clean(value))
        throw std::logic_error("a header of ours would hold a control character");
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", name, value);
}

}  // namespace

std::string encode_head(const Response& response, Manner manner, bool keep_alive, std::string_view date) {
    fmt::memory_buffer out;
    const auto put = std::back_inserter(out);
    fmt::format_to(put, "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
    if (!date.empty()) put_header(out, "Date", date);
    put_header(out, "Content-Type", response.content_type);
    if (!response.next_piece) put_header(out, "Content-Length", std::to_string(response.body.size()));
    put_header(out, "Connection", keep_alive ? "keep-alive" : "close");
    out.append(std::string_view(manner == Manner::terminal
                                    ? "Pragma: no-cache\r\nCache-Control: no-store\r\n"
                                    : "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"));
    for (const auto& [name, value] : response.headers) put_header(out, name, value);
    fmt::format_to(put, "\r\n");
    return fmt::to_string(out);
}

std::string format_http_date(std::chrono::sys_seconds time) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[std::chrono::weekday{day}.c_encoding()],
                       static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
}

}  // namespace presensi::http
