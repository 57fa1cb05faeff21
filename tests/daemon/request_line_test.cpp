#include <doctest/doctest.h>

#include "daemon/http/request_line.hpp"

using presensi::http::mend_request_line;

TEST_CASE("a target with raw spaces becomes one word") {
    const struct {
        const char* name;
        std::string line;
        std::string mended;
    } cases[] = {
        {"regular", "GET /iclock/ping?SN=T1 HTTP/1.1", "GET /iclock/ping?SN=T1 HTTP/1.1"},
        {"sample 26", "GET /iclock/getrequest?SN=T1&INFO=Ver 8.0.4.7-20230116,3 HTTP/1.0",
         "GET /iclock/getrequest?SN=T1&INFO=Ver%208.0.4.7-20230116,3 HTTP/1.0"},
        {"missing &", "POST /iclock/cdata?SN=T1&table=ATTLOG Stamp=9999 HTTP/1.1",
         "POST /iclock/cdata?SN=T1&table=ATTLOG%20Stamp=9999 HTTP/1.1"},
        {"two spaces in front of the version", "GET /a?b=c  HTTP/1.1", "GET /a?b=c%20 HTTP/1.1"},
        {"the version also inside the target", "GET /a?b= HTTP/1.1 c HTTP/1.1", "GET /a?b=%20HTTP/1.1%20c HTTP/1.1"},
        {"TAB, control and high bytes", "GET /a?\t\x01\xe4 HTTP/1.1", "GET /a?%09%01%E4 HTTP/1.1"},
        {"absolute form", "GET http://h:1/iclock/ping?SN=a b HTTP/1.0", "GET http://h:1/iclock/ping?SN=a%20b HTTP/1.0"},
        {"no version", "GET /a b", "GET /a b"},
        {"one word", "GET", "GET"},
        {"nothing", "", ""},
        {"no target", "GET HTTP/1.1", "GET HTTP/1.1"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(mend_request_line(c.line) == c.mended);
        CHECK(mend_request_line(c.mended) == c.mended);
    }
}
