#include "daemon/http/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace presensi::http {

namespace {

bool is_clean(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    }
    return true;
}

// What every answer to people says, unless it says otherwise itself. OWASP ASVS 5.0 § 3.4.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> web_headers{{
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", content_security_policy},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
}};

bool has_header(const Response& response, std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [&](const auto& header) { return header.first == name; });
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
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
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

std::string encode_head(const Response& response, Manner manner, bool keep_alive, std::string_view date, bool secure) {
    fmt::memory_buffer out;
    const auto put = std::back_inserter(out);
    fmt::format_to(put, "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
    if (!date.empty()) put_header(out, "Date", date);
    if (!response.content_type.empty()) put_header(out, "Content-Type", response.content_type);
    // RFC 9110 § 8.6: none with these; of a stream nobody knows.
    const bool is_measured = !response.next_piece && response.status != 204 && response.status != 304;
    if (is_measured) put_header(out, "Content-Length", std::to_string(response.body.size()));
    put_header(out, "Connection", keep_alive ? "keep-alive" : "close");
    if (manner == Manner::terminal) {
        out.append(std::string_view("Pragma: no-cache\r\nCache-Control: no-store\r\n"));
    } else {
        for (const auto& [name, value] : web_headers) {
            if (!has_header(response, name)) put_header(out, name, value);
        }
        if (secure) put_header(out, "Strict-Transport-Security", "max-age=31536000");
    }
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
