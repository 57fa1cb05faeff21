#pragma once
// Requests and answers as plain structs: only http/session.cpp knows Beast.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace presensi::access {
struct Viewer;
}

namespace presensi::http {

class Spool;

struct Request {
    std::string method;  // as sent, e.g. "GET"
    std::string target;  // as sent; spaces inside a terminal's target have become %20 (http/request_line.hpp)
    std::string host;
    std::string origin;      // of the page that a browser sends it from
    std::string fetch_site;  // Sec-Fetch-Site and Sec-Fetch-Mode: what a browser says of who sends this
    std::string fetch_mode;
    std::string requested_with;  // X-Requested-With: the page's scripts say so
    std::string accept;
    std::string accept_encoding;
    std::string if_none_match;
    std::string content_type;
    std::string authorization;  // credentials: never logged or stored
    std::string cookie;         // likewise
    std::string peer;           // the socket's peer address, without port; IPv4-mapped IPv6 as IPv4
    bool secure = false;        // over TLS
    std::string body;
    std::shared_ptr<const Spool> spool;              // set: the body is there, and `body` is empty
    std::shared_ptr<const access::Viewer> viewer{};  // who sends it, as Service::admit found; null: nobody asked
};

struct Response {
    unsigned status = 200;
    std::string content_type = "text/plain";  // empty: there is no content
    std::string body;
    std::vector<std::pair<std::string, std::string>>
        headers;  // beside the fixed ones, or instead of one of `web`; values without control characters
    // Set: the body is what this gives, piece by piece until it is empty, and then the connection ends (server-sent
    // events). It lives as long as the answer; asked no more when the peer is gone.
    std::function<boost::asio::awaitable<std::string>()> next_piece{};
};

// What stands behind a listener.
class Service {
public:
    virtual ~Service() = default;

    // Asked when the head is read, before any byte of the body: an answer here ends the request.
    virtual std::optional<Response> refuse(const Request& head) = 0;

    // The same where it takes a while to find out, on listeners for people: whether whoever sends this may. Notes in
    // `head` what it found.
    virtual boost::asio::awaitable<std::optional<Response>> admit(Request& head);

    // Bytes of body that this request may have, where that is less than the listener's limit.
    virtual std::size_t body_limit(const Request&) { return std::numeric_limits<std::size_t>::max(); }

    // A file or a list that somebody brings and can bring again: refused first when there is little room.
    virtual bool can_wait(const Request&) { return false; }

    // The folder where the body of this request may wait on the disk; empty: it has to be held in memory.
    virtual std::filesystem::path spool_folder(const Request&) { return {}; }

    virtual boost::asio::awaitable<Response> handle(Request request) = 0;

    // The answer to what never became a request (400, 431), or whose body was too large (413) or came at a bad time
    // (503). `head` is what is known so far.
    virtual Response failure(unsigned status, const Request& head, std::string_view sentence) = 0;
};

std::string_view reason_phrase(unsigned status);

// How a listener speaks.
enum class Manner {
    terminal,  // protocol-adms § 1.3: fixed header set, close unless HTTP/1.1 says keep-alive
    web
};

// Status line and headers, in the order and case of protocol-adms § 1.3. `date` empty: no Date header. `secure`: the
// connection is TLS. Throws std::logic_error where a header would hold CR, LF, NUL or another control character.
std::string encode_head(const Response& response, Manner manner, bool keep_alive, std::string_view date,
                        bool secure = false);

// What a page of ours may load: scripts, styles and data of this listener, and nothing that stands in the page itself.
// Every answer to people says so; a printed page, whose style stands in it, allows that by its hash.
inline constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

// RFC 9110 § 5.6.7: "Mon, 05 Jan 2026 00:40:02 GMT".
std::string format_http_date(std::chrono::sys_seconds time);

}  // namespace presensi::http
