#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "daemon/http/message.hpp"

using namespace presensi::http;

TEST_CASE("the head for a terminal is the one of protocol-adms § 8, byte for byte") {
    const Response response{200, "text/plain", "OK: 2", {}};
    CHECK(encode_head(response, Manner::terminal, false, "Mon, 05 Jan 2026 00:41:05 GMT") ==
          "HTTP/1.1 200 OK\r\nDate: Mon, 05 Jan 2026 00:41:05 GMT\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
          "Connection: close\r\nPragma: no-cache\r\nCache-Control: no-store\r\n\r\n");
    CHECK(encode_head(response, Manner::terminal, true, "")
              .starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"));
}

TEST_CASE("no reason phrase of a failure holds the letters that a terminal takes for success") {
    for (const unsigned status : {400U, 403U, 404U, 405U, 406U, 413U, 431U, 500U, 503U}) {
        CAPTURE(status);
        CHECK(reason_phrase(status).find("OK") == std::string_view::npos);
    }
}

TEST_CASE("what every answer to people says, unless it says otherwise itself") {
    const Response plain{404, "application/problem+json", "{}", {}};
    CHECK(encode_head(plain, Manner::web, true, "") ==
          "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\nConnection: "
          "keep-alive\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: "
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\nReferrer-Policy: no-referrer\r\n"
          "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n\r\n");
    const Response own{200, "text/html", "x", {{"Cache-Control", "no-cache"}, {"Content-Security-Policy", "mine"}}};
    const std::string head = encode_head(own, Manner::web, false, "");
    CHECK(head.find("no-store") == head.npos);
    CHECK(head.find("script-src") == head.npos);
    CHECK(head.find("Content-Security-Policy: mine\r\n") != head.npos);
    CHECK(head.find("Strict-Transport-Security") == head.npos);
    CHECK(encode_head(own, Manner::web, false, "", true).find("Strict-Transport-Security: max-age=31536000\r\n") !=
          std::string::npos);
}

TEST_CASE("an answer without content has neither length nor type") {
    const std::string gone = encode_head({204, "", "", {}}, Manner::web, true, "");
    CHECK(gone.starts_with("HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n"));
    const std::string known = encode_head({304, "text/css", "", {{"ETag", "\"a\""}}}, Manner::web, true, "");
    CHECK(known.starts_with("HTTP/1.1 304 Not Modified\r\n"));
    CHECK(known.find("Content-Length") == known.npos);
    CHECK(known.find("ETag: \"a\"") != known.npos);
}

TEST_CASE("HTTP dates") {
    using namespace std::chrono;
    CHECK(format_http_date(sys_days{2026y / January / 5} + 0h + 40min + 2s) == "Mon, 05 Jan 2026 00:40:02 GMT");
    CHECK(format_http_date(sys_days{2024y / February / 29} + 23h + 59min + 59s) == "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST_CASE("T11 no header of ours holds a line end: the whole answer is refused, and on the wire it is a 500") {
    using namespace std::string_literals;
    for (const std::string& evil : {"a\r\nSet-Cookie: x=y"s, "a\nb"s, "a\rb"s, "a\0b"s, "a\x1b[31m"s, "a\x7f"s}) {
        CAPTURE(evil);
        Response response{200, "text/plain", "x", {}};
        response.headers.emplace_back("Location", evil);
        CHECK_THROWS_AS(encode_head(response, Manner::web, true, ""), std::logic_error);
        response.headers = {{evil, "x"}};
        CHECK_THROWS_AS(encode_head(response, Manner::web, true, ""), std::logic_error);
        response.headers = {{"", "x"}};
        CHECK_THROWS_AS(encode_head(response, Manner::web, true, ""), std::logic_error);
        response.headers.clear();
        response.content_type = evil;
        CHECK_THROWS_AS(encode_head(response, Manner::terminal, true, ""), std::logic_error);
        CHECK_THROWS_AS(encode_head({200, "text/plain", "x", {}}, Manner::terminal, true, evil), std::logic_error);
    }
}
