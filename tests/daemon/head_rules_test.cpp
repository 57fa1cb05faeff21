#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "daemon/http/head_rules.hpp"

using namespace presensi::http;

namespace {

// The first refusal, or nothing.
std::string refused(Manner manner, const std::vector<std::string>& lines) {
    HeadRules rules(manner);
    for (const auto& line : lines) {
        if (const auto sentence = rules.look_at(line + "\r\n")) return std::string(*sentence);
    }
    CHECK(rules.is_complete());
    return {};
}

}  // namespace

TEST_CASE("T09 heads as terminals, browsers and programs write them") {
    const struct {
        const char* name;
        Manner manner;
        std::vector<std::string> lines;
    } cases[] = {
        {"a terminal",
         Manner::terminal,
         {"GET /iclock/getrequest?SN=1&INFO=Ver%208 HTTP/1.1", "Host: 10.0.0.1:8081", "User-Agent: iClock Proxy/1.09",
          "Connection: starting", "Accept: */*", ""}},
        {"a terminal without Host", Manner::terminal, {"GET /iclock/ping HTTP/1.1", ""}},
        {"a terminal's odd Host", Manner::terminal, {"GET /iclock/ping HTTP/1.1", "Host: http://server/x", ""}},
        {"chunked", Manner::terminal, {"POST /x HTTP/1.1", "Transfer-Encoding: Chunked", ""}},
        {"a browser",
         Manner::web,
         {"GET /?lang=en HTTP/1.1", "Host: [::1]:8080", "sec-ch-ua: \"Chromium\";v=\"156\"",
          "Accept: text/html,*/*;q=0.8", "X:\tvalue with\ttabs ", "Empty:", "X: \xc3\xa9", ""}},
        {"HTTP/1.0 without Host", Manner::web, {"GET / HTTP/1.0", ""}},
        {"absolute form", Manner::web, {"GET http://Host.example:1/x HTTP/1.1", "Host: host.EXAMPLE:1", ""}},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(refused(c.manner, c.lines) == "");
    }
}

TEST_CASE("T09 a head is refused at the line that is wrong") {
    HeadRules rules(Manner::web);
    CHECK_FALSE(rules.look_at("GET / HTTP/1.1\r\n"));
    CHECK_FALSE(rules.look_at("Host: h\r\n"));
    CHECK(rules.look_at("X: y\n"));
    CHECK_FALSE(rules.is_complete());
    CHECK(refused(Manner::web, {"GET / HTTP/1.1", "Host: h", " folded"}) == "a header field goes on in the next line");
    CHECK(refused(Manner::web, {"POST / HTTP/1.1", "Host: h", "Content-Length: 1", "Transfer-Encoding: chunked", ""}) ==
          "Content-Length and Transfer-Encoding exclude each other");
    CHECK(refused(Manner::web, {"GET / HTTP/1.1", ""}) == "HTTP/1.1 asks for a Host");
}

TEST_CASE("the path of a target in absolute form") {
    CHECK(without_authority("/a?b") == "/a?b");
    CHECK(without_authority("http://h:1/a?b") == "/a?b");
    CHECK(without_authority("HTTPS://h") == "/");
    CHECK(without_authority("http://h?x") == "/");
}
