// The page as it is served, and what stands on every answer of the admin listener.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "daemon/admin/routes.hpp"
#include "daemon/http/message.hpp"
#include "daemon/web/page_files.hpp"
#include "tests/end_to_end/callers.hpp"
#include "tests/support/running_app.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

void check_headers(const RawResponse& response) {
    CAPTURE(response.head);
    CHECK(response.header("X-Content-Type-Options") == "nosniff");
    CHECK(response.header("Referrer-Policy") == "no-referrer");
    CHECK(response.header("Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(response.header("Cross-Origin-Resource-Policy") == "same-origin");
    const std::string policy = response.header("Content-Security-Policy");
    if (response.header("Content-Type").starts_with("text/html") && policy != http::content_security_policy) {
        // A printed page: its style alone, by its hash.
        CHECK(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        CHECK(policy.ends_with("frame-ancestors 'none'; base-uri 'none'"));
    } else {
        CHECK(policy == http::content_security_policy);
    }
    CHECK(policy.find("unsafe") == policy.npos);
    CHECK(response.head.find("Strict-Transport-Security") == response.head.npos);  // this is no TLS
    CHECK(response.head.find("Access-Control-Allow") == response.head.npos);
}

void check_problem(const RawResponse& response, int status) {
    CAPTURE(response.body);
    CHECK(response.status == status);
    REQUIRE(response.header("Content-Type") == "application/problem+json");
    const auto problem = json::parse(response.body);
    CHECK(problem.at("status") == status);
    CHECK(problem.at("type") == "about:blank");
    CHECK(problem.at("title").as_string().size() > 2);
    CHECK(problem.at("detail").as_string().size() > 15);
    check_headers(response);
}

}  // namespace

TEST_CASE("page: everybody may have it, with its kind, its tag and its policy") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path()));
    const auto port = app.admin_port();
    create_token(port, "", "closes-the-door", "reader");
    for (const web::PageFile& file : web::page_files()) {
        CAPTURE(file.name);
        const bool is_index = file.name == "index.html";
        const std::string target =
            is_index ? "/" : "/assets/" + std::string(file.name.substr(file.name.rfind('/') + 1));
        const auto plain = http_get(port, target);
        CHECK(plain.status == 200);
        CHECK(plain.body == file.bytes);
        CHECK(plain.header("Content-Type") == file.content_type);
        CHECK(plain.header("Content-Encoding").empty());
        CHECK(plain.header("Cache-Control") == "no-cache");
        CHECK(plain.header("Vary") == "Accept-Encoding");
        check_headers(plain);
        const std::string tag = plain.header("ETag");
        CHECK(tag.size() == 34);

        const auto zipped = http_get(port, target, "Accept-Encoding: br;q=1.0, gzip;q=0.8, *;q=0.1\r\n");
        CHECK(zipped.status == 200);
        CHECK(zipped.body == (file.gzipped.empty() ? file.bytes : file.gzipped));
        CHECK(zipped.header("Content-Encoding") == (file.gzipped.empty() ? "" : "gzip"));
        CHECK((zipped.header("ETag") == tag) == file.gzipped.empty());
        for (const char* none : {"identity", "gzip;q=0", "gzip;q=0.0", "x-gzip"}) {
            CAPTURE(none);
            CHECK(http_get(port, target, fmt::format("Accept-Encoding: {}\r\n", none)).body == file.bytes);
        }

        for (const std::string& known : {tag, "\"other\", W/" + tag, std::string("*")}) {
            CAPTURE(known);
            const auto same = http_get(port, target, "If-None-Match: " + known + "\r\n");
            CHECK(same.status == 304);
            CHECK(same.body.empty());
            CHECK(same.header("ETag") == tag);
            CHECK(same.header("Cache-Control") == "no-cache");
            CHECK(same.head.find("Content-Length") == same.head.npos);
            check_headers(same);
        }
        CHECK(http_get(port, target, "If-None-Match: \"other\"\r\n").status == 200);
        if (!file.gzipped.empty()) {
            // The plain one is not the zipped one.
            CHECK(http_get(port, target, "Accept-Encoding: gzip\r\nIf-None-Match: " + tag + "\r\n").status == 200);
        }

        RawConnection connection(port);
        connection.send(
            fmt::format("HEAD {} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /healthz HTTP/1.1\r\nHost: "
                        "127.0.0.1\r\nConnection: close\r\n\r\n",
                        target));
        const std::string both = connection.receive_to_end();
        CHECK(both.starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(both.find(fmt::format("Content-Length: {}\r\n", file.bytes.size())) != both.npos);
        // Nothing follows the head, and the connection goes on.
        CHECK(both.find("\r\n\r\nHTTP/1.1 200 OK\r\n") != both.npos);
        CHECK(both.ends_with("\r\n\r\nalive\n"));
    }
    CHECK(http_get(port, "/?lang=en").status == 200);
}

TEST_CASE("page: T12, there is no way from a file's name to the disk") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path()));
    for (const char* name : {"",
                             "nothing.js",
                             "../index.html",
                             "..%2findex.html",
                             "..%2F..%2F..%2Fetc%2Fpasswd",
                             "%2e%2e/app.js",
                             "..%5capp.js",
                             "%2fetc%2fpasswd",
                             "/etc/passwd",
                             "//etc/passwd",
                             ".",
                             "..",
                             "%2e",
                             "app.js/",
                             "app.js/.",
                             "app.js%00",
                             "app.js%20",
                             "APP.JS",
                             "%c0%ae%c0%ae/app.js",
                             "vendor",
                             "vendor%2f",
                             "vendor%2f..%2fapp.js",
                             "page_files.cpp",
                             "presensi.db",
                             "~root",
                             "file:%2f%2f%2fetc%2fpasswd"}) {
        CAPTURE(name);
        check_problem(http_get(app.admin_port(), std::string("/assets/") + name), 404);
    }
}

TEST_CASE("page: security headers on every route, and on every error, which is problem details") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST1"}));
    const auto port = app.admin_port();
    create_account(port, "", "root", "super-admin");
    const std::string root = basic("root", password);
    const std::string reader = bearer(create_token(port, root, "reader", "reader", {"dinas-a"}));
    int answers = 0;
    for (const auto& route : admin::routes()) {
        std::string target(route.path);
        for (auto open = target.find('{'); open != target.npos; open = target.find('{')) {
            const bool is_serial = target.compare(open, 8, "{serial}") == 0;
            target.replace(open, target.find('}') - open + 1, is_serial ? "TST1" : "1");
        }
        CAPTURE(route.method);
        CAPTURE(target);
        for (const std::string& who : {root, reader, std::string()}) {
            const auto response = ask(port, route.method, target, who);
            CAPTURE(response.status);
            check_headers(response);
            ++answers;
            if (response.status >= 400) check_problem(response, response.status);
        }
        check_problem(ask(port, "PUT", target, root), 405);
        check_problem(ask(port, route.method, target + "/nothing/at/all/of/it", root), 404);
    }
    CHECK(answers > 150);

    struct Case {
        const char* name;
        std::string request;
        int status;
    };
    const std::string to = " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    const Case cases[] = {
        {"no HTTP", "nonsense\r\n\r\n", 400},
        {"a header without a colon", "GET /healthz HTTP/1.1\r\nHost\r\n\r\n", 400},
        {"a head without end", "GET /" + std::string(10'000, 'x'), 431},
        {"a large body", "POST /api/v1/session" + to + "Content-Length: 99999999\r\n\r\n", 413},
        {"a large chunk", "POST /api/v1/session" + to + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"nobody", "GET /api/v1/status" + to + "\r\n", 401},
        {"a foreign thing", "GET /api/v1/terminals/TST1" + to + reader + "\r\n", 403},
        {"not allowed", "GET /api/v1/audit" + to + reader + "\r\n", 403},
        {"no path", "GET /nothing" + to + "\r\n", 404},
        {"another method", "DELETE /api/v1/status" + to + "\r\n", 405},
        {"an unknown parameter", "GET /api/v1/status?x=1" + to + root + "\r\n", 400},
        {"no JSON", "POST /api/v1/session" + to + "Content-Length: 1\r\n\r\nx", 415},
        {"an id that is none", "GET /api/v1/deliveries/999" + to + root + "\r\n", 404},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        check_problem(presensi::test::exchange(port, c.request), c.status);
    }
}

TEST_CASE("page: a printed page allows its own style and no other") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {"TST1"});
    settings.terminals[0].name = "</title><style>body{display:none}</style><script>alert(1)</script>";
    RunningApp app(settings, "2026-11-20T00:00:00Z");
    const auto page = http_get(app.admin_port(), "/terminals/TST1/certificate?month=2026-10");
    REQUIRE(page.status == 200);
    check_headers(page);
    CHECK(page.body.find("<script") == page.body.npos);
    CHECK(page.body.find("style=") == page.body.npos);
    // Exactly one style, which is ours.
    CHECK(page.body.find("<style>") != page.body.npos);
    CHECK(page.body.find("<style>") == page.body.rfind("<style>"));
}
