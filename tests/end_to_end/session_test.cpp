// Logging in with a browser, and what other sites cannot do with its cookie (T21).
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "daemon/admin/routes.hpp"
#include "tests/end_to_end/callers.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

const std::string own_origin = "Origin: http://127.0.0.1\r\n";

RawResponse log_in(const RunningApp& app, std::string_view name, std::string_view secret = password) {
    return ask(app.admin_port(), "POST", "/api/v1/session", own_origin,
               fmt::format(R"({{"name":"{}","password":"{}"}})", name, secret));
}

// The header with the cookie that a log-in gave.
std::string cookie_of(const RawResponse& logged_in) {
    REQUIRE(logged_in.status == 200);
    const std::string given = logged_in.header("Set-Cookie");
    return "Cookie: theme=dark; " + given.substr(0, given.find(';')) + "\r\n";
}

bool is_problem(const RawResponse& response) {
    return response.header("Content-Type") == "application/problem+json" &&
           json::parse(response.body).at("status") == response.status;
}

int status_of_me(const RunningApp& app, const std::string& headers) {
    return ask(app.admin_port(), "GET", "/api/v1/me", headers).status;
}

class Office {
public:
    Office() : app(RunningApp::settings(folder.path(), {"TST1"}), "2026-11-20T00:00:00Z") {
        create_account(app.admin_port(), "", "rina", "super-admin");
        create_account(app.admin_port(), basic("rina", password), "adi", "admin", {"dinas-a"});
    }
    TemporaryFolder folder;
    RunningApp app;
};

}  // namespace

TEST_CASE("session: a log-in gives a cookie that no script reads and no other site sends, and a log-out ends it") {
    Office office;
    const auto in = log_in(office.app, "adi");
    CAPTURE(in.body);
    REQUIRE(in.status == 200);
    const auto body = json::parse(in.body);
    CHECK(body.at("name") == "adi");
    CHECK(body.at("role") == "admin");
    CHECK(json::serialize(body.at("units")) == R"(["dinas-a"])");
    CHECK(body.at("expires_at") == "2026-11-20T12:00:00.000Z");
    const std::string cookie = in.header("Set-Cookie");
    CHECK(cookie.starts_with("presensi_session="));
    CHECK(cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"));
    CHECK(in.header("Cache-Control") == "no-store");

    const std::string with = cookie_of(in);
    const auto me = ask(office.app.admin_port(), "GET", "/api/v1/me", with);
    CHECK(me.status == 200);
    CHECK(json::parse(me.body).at("name") == "account:adi");
    const auto out = ask(office.app.admin_port(), "DELETE", "/api/v1/session", with + own_origin);
    CHECK(out.status == 204);
    CHECK(out.header("Set-Cookie") == "presensi_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    CHECK(status_of_me(office.app, with) == 401);
    CHECK(ask(office.app.admin_port(), "DELETE", "/api/v1/session", own_origin).status == 204);
    // A new log-in ends the session of this browser that was there before.
    const auto second = log_in(office.app, "adi");
    const auto third = ask(office.app.admin_port(), "POST", "/api/v1/session", cookie_of(second) + own_origin,
                           fmt::format(R"({{"name":"adi","password":"{}"}})", password));
    CHECK(third.status == 200);
    CHECK(status_of_me(office.app, cookie_of(second)) == 401);
    CHECK(status_of_me(office.app, cookie_of(third)) == 200);
}

TEST_CASE("session: a wrong password is told as every error, waits, and makes no browser ask by itself") {
    Office office;
    const auto wrong = log_in(office.app, "adi", "tebakan pertama");
    CHECK(wrong.status == 401);
    CHECK(is_problem(wrong));
    CHECK(wrong.head.find("WWW-Authenticate") == std::string::npos);
    CHECK(wrong.head.find("Set-Cookie") == std::string::npos);
    const auto early = log_in(office.app, "adi");
    CHECK(early.status == 429);
    CHECK(early.header("Retry-After") == "1");
    CHECK(is_problem(early));
    const auto nobody = log_in(office.app, "nobody", "tebakan pertama");
    CHECK(nobody.status == 401);
    CHECK(nobody.body == wrong.body);
    office.app.set_now("2026-11-20T00:00:01Z");
    CHECK(log_in(office.app, "adi").status == 200);

    const auto port = office.app.admin_port();
    for (const char* body : {"x", "[]", "{}", R"({"name":"adi"})", R"({"name":"adi","password":1})",
                             R"({"name":"adi","password":"x","role":"super-admin"})"}) {
        CAPTURE(body);
        const auto refused = ask(port, "POST", "/api/v1/session", own_origin, body);
        CHECK(refused.status == 422);
        CHECK(is_problem(refused));
    }
    const auto form = exchange(port,
                               "POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                               "application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\nname=adi");
    CHECK(form.status == 415);
    CHECK(is_problem(form));

    // Nor does what the page's scripts ask without a session, or with one that is over.
    for (const std::string& headers :
         {std::string("X-Requested-With: presensi\r\n"), std::string("Accept: application/json\r\n"),
          std::string("Accept: text/event-stream\r\n"), std::string("Sec-Fetch-Mode: cors\r\n"),
          std::string("Cookie: presensi_session=over\r\n")}) {
        CAPTURE(headers);
        const auto refused = ask(port, "GET", "/api/v1/me", headers);
        CHECK(refused.status == 401);
        CHECK(refused.head.find("Basic") == std::string::npos);
        CHECK(refused.header("WWW-Authenticate").starts_with("Bearer"));
    }
    CHECK(ask(port, "GET", "/api/v1/me").head.find("Basic") != std::string::npos);
}

TEST_CASE("session: while nobody has an account there is nothing to log in to") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path()));
    const auto refused = log_in(app, "rina");
    CHECK(refused.status == 409);
    CHECK(is_problem(refused));
    CHECK(status_of_me(app, "Cookie: presensi_session=over\r\n") == 200);
}

TEST_CASE("session: half an hour without use ends it, and half a day in any case") {
    Office office;
    const std::string idle = cookie_of(log_in(office.app, "adi"));
    const std::string busy = cookie_of(log_in(office.app, "adi"));
    for (int minutes = 25; minutes < 720; minutes += 25) {
        office.app.set_now(fmt::format("2026-11-20T{:02}:{:02}:00Z", minutes / 60, minutes % 60));
        CAPTURE(minutes);
        CHECK(status_of_me(office.app, busy) == 200);
    }
    CHECK(status_of_me(office.app, idle) == 401);
    office.app.set_now("2026-11-20T12:00:00Z");
    CHECK(status_of_me(office.app, busy) == 401);
}

TEST_CASE("session: ended at once by another password and by revocation") {
    Office office;
    const auto port = office.app.admin_port();
    const std::string rina = basic("rina", password);
    const std::string first = cookie_of(log_in(office.app, "adi"));
    CHECK(ask(port, "POST", "/api/v1/accounts/adi/password", rina, R"({"password":"kata sandi yang lain"})").status ==
          200);
    CHECK(status_of_me(office.app, first) == 401);
    const std::string second = cookie_of(log_in(office.app, "adi", "kata sandi yang lain"));
    CHECK(status_of_me(office.app, second) == 200);
    CHECK(ask(port, "POST", "/api/v1/accounts/adi/revoke", rina).status == 200);
    CHECK(status_of_me(office.app, second) == 401);
    CHECK(log_in(office.app, "adi", "kata sandi yang lain").status == 401);
}

TEST_CASE("session: T21, no other site changes anything by any route") {
    Office office;
    const auto port = office.app.admin_port();
    const std::string cookie = cookie_of(log_in(office.app, "rina"));
    const std::string who[] = {cookie, basic("rina", password), ""};
    // What a browser says when a page elsewhere made it ask.
    const std::string elsewhere[] = {
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://127.0.0.1.evil.example\r\n",
        "Origin: http://127.0.0.1:8080\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Origin: http://127.0.0.1\r\nSec-Fetch-Site: cross-site\r\n",
    };
    const long audit = count_rows(office.folder.path(), "audit");
    int asked = 0;
    for (const auto& route : admin::routes()) {
        if (route.method == "GET") continue;
        std::string target(route.path);
        for (auto open = target.find('{'); open != target.npos; open = target.find('{')) {
            target.replace(open, target.find('}') - open + 1, "1");
        }
        CAPTURE(route.method);
        CAPTURE(target);
        for (const std::string& credentials : who) {
            CAPTURE(credentials);
            for (const std::string& headers : elsewhere) {
                CAPTURE(headers);
                const auto refused = ask(port, route.method, target, credentials + headers);
                CHECK(refused.status == 403);
                CHECK(is_problem(refused));
                ++asked;
            }
        }
        // By cookie alone there has to be proof that a page of ours asks.
        CHECK(ask(port, route.method, target, cookie).status == 403);
        CHECK(ask(port, route.method, target, cookie + "Sec-Fetch-Site: none\r\n").status == 403);
    }
    CHECK(asked > 20 * 21);
    CHECK(count_rows(office.folder.path(), "audit") == audit);
    CHECK(status_of_me(office.app, cookie) == 200);  // nobody was logged out either

    const std::string change = R"({"name":"Apel IV"})";
    for (const std::string& proof :
         {own_origin, std::string("Sec-Fetch-Site: same-origin\r\n"), own_origin + "Sec-Fetch-Site: same-origin\r\n"}) {
        CAPTURE(proof);
        CHECK(ask(port, "PATCH", "/api/v1/terminals/TST1", cookie + proof, change).status == 200);
    }
    // Who says who they are by a header of their own is no browser that was led here.
    CHECK(ask(port, "PATCH", "/api/v1/terminals/TST1", cookie + basic("rina", password), change).status == 200);
}

TEST_CASE("session: nothing that changes is a GET") {
    Office office;
    const auto port = office.app.admin_port();
    const std::string cookie = cookie_of(log_in(office.app, "rina"));
    // Something that is there for the names in paths, so that answers are made in full.
    exchange(office.app.terminal_port(),
             post_request("/iclock/cdata?SN=TST1&table=ATTLOG&Stamp=1", "1\t2026-11-20 07:58:30\t0\t1\n"));
    office.app.settle();
    const std::map<std::string, std::string> names{{"{serial}", "TST1"}, {"{month}", "2026-10"}};
    // What the daemon notes of the terminal by itself, every five seconds, is over.
    std::vector<std::string> before;
    const auto is_quiet = [&] {
        before = all_texts(office.folder.path());
        std::this_thread::sleep_for(std::chrono::seconds(6));
        return all_texts(office.folder.path()) == before;
    };
    bool quiet = false;
    for (int tries = 0; tries < 10 && !quiet; ++tries) quiet = is_quiet();
    REQUIRE(quiet);
    int good = 0;
    for (const auto& route : admin::routes()) {
        if (route.method != "GET" || route.path == "/api/v1/live") continue;
        std::string target(route.path);
        for (auto open = target.find('{'); open != target.npos; open = target.find('{')) {
            const auto size = target.find('}') - open + 1;
            const auto name = names.find(target.substr(open, size));
            target.replace(open, size, name == names.end() ? "1" : name->second);
        }
        CAPTURE(target);
        const int status = ask(port, "GET", target, cookie + "Origin: http://evil.example\r\n").status;
        CHECK(status < 500);
        good += status == 200;
    }
    CHECK(good >= 30);
    CHECK(all_texts(office.folder.path()) == before);
}
