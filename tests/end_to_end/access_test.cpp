// Accounts, tokens, and what each viewer sees.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "daemon/open_store.hpp"
#include "storage/directory_repository.hpp"
#include "tests/end_to_end/callers.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

std::string push(RunningApp& app, const std::string& serial, const std::string& body) {
    return exchange(app.terminal_port(),
                    post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial), body))
        .body;
}

json::value get(RunningApp& app, const std::string& target, const std::string& headers) {
    const auto response = ask(app.admin_port(), "GET", target, headers);
    CAPTURE(response.body);
    REQUIRE(response.status == 200);
    return json::parse(response.body);
}

std::string text(const json::value& value) { return std::string(value.as_string()); }

// Of every row of a list, one field.
std::multiset<std::string> all(const json::value& list, const char* field) {
    std::multiset<std::string> values;
    for (const auto& row : list.as_array()) values.insert(row.at(field).is_null() ? "null" : text(row.at(field)));
    return values;
}

// dinas-a with bidang-a below it and dinas-b; an apel terminal; one person of dinas-a with PIN 42 everywhere.
class Organisation {
public:
    Organisation() : settings_(make_settings()), app_(settings_, "2026-11-20T00:00:00Z") {
        const auto store = open_store(settings_, false, StoreUse::beside_a_daemon);
        const auto database = store->open_database();
        database->transaction([&] {
            for (const auto& [code, parent] : {std::pair("dinas-a", ""), {"bidang-a", "dinas-a"}, {"dinas-b", ""}}) {
                database->execute(
                    "INSERT INTO unit (code, name, kind, parent, aliases, valid_from, merged_into, source) VALUES ($1,"
                    " 'Unit Contoh', 'dinas', $2, '[]', $3, '', 'made up')",
                    {std::string(code), std::string(parent), std::string("2020-05-04")});
            }
            const auto person =
                database
                    ->query(
                        "INSERT INTO person (uuid, name, kind, created_at) VALUES ('uuid-1', 'Orang Contoh', 'pns',"
                        " $1) RETURNING id",
                        {std::string("2026-01-01T00:00:00Z")})
                    .at(0)
                    .integer(0);
            database->execute(
                "INSERT INTO unit_membership (person_id, unit, echelon, golongan, jabatan, valid_from) VALUES ($1,"
                " 'bidang-a', 'staff', '', '', $2)",
                {person, std::string("2026-01-01")});
            database->execute(
                "INSERT INTO pin_assignment (person_id, serial, pin, pin_key, valid_from, reason, assigned_by,"
                " assigned_at) VALUES ($1, '', '42', '42', $2, 'made up', 'test', $3)",
                {person, std::string("2026-11-20"), std::string("2026-11-20T00:00:00Z")});
            storage::DirectoryRepository(*database).changed();
        });
        create_account(app_.admin_port(), "", "root", "super-admin");
        root_ = basic("root", password);
        admin_ = bearer(create_token(app_.admin_port(), root_, "admin-a", "admin", {"dinas-a"}));
    }
    RunningApp& app() { return app_; }
    const std::string& root() const { return root_; }
    const std::string& admin() const { return admin_; }

private:
    config::Settings make_settings() const {
        config::Settings settings = RunningApp::settings(folder_.path(), {"A1", "SUB1", "UNITB1", "APEL1"});
        settings.terminals[0].unit = "dinas-a";
        settings.terminals[1].unit = "bidang-a";
        settings.terminals[2].unit = "dinas-b";
        settings.terminals[3].unit = "dinas-a";
        settings.terminals[3].role = config::TerminalRole::apel;
        return settings;
    }

    TemporaryFolder folder_;
    config::Settings settings_;
    RunningApp app_;
    std::string root_;
    std::string admin_;
};

}  // namespace

TEST_CASE("access: lists hold what the viewer may see") {
    Organisation organisation;
    RunningApp& app = organisation.app();
    // One of them is impossible, which makes an exception and an alarm; one line is no punch.
    for (const char* serial : {"A1", "SUB1", "UNITB1", "APEL1"}) {
        push(app, serial, "7\t2031-01-01 07:00:00\t0\t1\nbroken\n");
    }
    app.settle();
    using Names = std::multiset<std::string>;
    const Names everything{"A1", "APEL1", "UNITB1", "SUB1"};
    const Names theirs{"A1", "SUB1"};
    for (const bool whole : {true, false}) {
        CAPTURE(whole);
        const auto& who = whole ? organisation.root() : organisation.admin();
        const auto& expected = whole ? everything : theirs;
        CHECK(all(get(app, "/api/v1/terminals", who).at("terminals"), "serial") == expected);
        CHECK(all(get(app, "/api/v1/punches", who).at("punches"), "terminal") == expected);
        CHECK(all(get(app, "/api/v1/rejects", who).at("rejects"), "terminal") == expected);
        CHECK(all(get(app, "/api/v1/exceptions", who).at("punches"), "terminal") == expected);
        const auto status = get(app, "/api/v1/status", who);
        CHECK(status.at("counts").at("terminals") == 4);
        const auto alarms = all(status.at("alarms"), "terminal");
        for (const auto& serial : everything) {
            CAPTURE(serial);
            CHECK((alarms.count(serial) > 0) == (expected.count(serial) > 0));
        }
    }
    CHECK(get(app, "/api/v1/punches?terminal=UNITB1", organisation.admin()).at("punches").as_array().empty());
    CHECK(get(app, "/api/v1/rejects?terminal=UNITB1", organisation.admin()).at("rejects").as_array().empty());
    // Whether a serial is there at all is nothing for those who do not see all.
    CHECK(ask(app.admin_port(), "GET", "/api/v1/terminals/NOBODY", organisation.admin()).status == 403);
    CHECK(ask(app.admin_port(), "GET", "/api/v1/terminals/NOBODY", organisation.root()).status == 404);
    CHECK(ask(app.admin_port(), "GET", "/api/v1/deliveries/999999", organisation.admin()).status == 403);
    CHECK(ask(app.admin_port(), "GET", "/api/v1/deliveries/999999", organisation.root()).status == 404);
}

TEST_CASE("access: the feed of a unit misses nothing of its own, shows nothing else, and goes on over what is hidden") {
    Organisation organisation;
    RunningApp& app = organisation.app();
    const auto bulk = [&](const char* serial, int pin, int count, int from) {
        std::string body;
        for (int i = from; i < from + count; ++i) {
            body += fmt::format("{}\t2026-11-{:02} {:02}:{:02}:{:02}\t0\t1\n", pin, 10 + i / 86400, i / 3600 % 24,
                                i / 60 % 60, i % 60);
        }
        push(app, serial, body);
    };
    bulk("UNITB1", 7, 1700, 0);
    bulk("A1", 7, 5, 0);
    bulk("UNITB1", 7, 1300, 2000);
    bulk("APEL1", 7, 3, 0);
    // Of dinas-a's person, from the day on which the PIN is theirs: where dinas-a has no terminal, too.
    push(app, "UNITB1", "0042\t2026-11-20 07:00:00\t0\t1\n42\t2026-11-19 07:00:00\t0\t1\n");
    push(app, "APEL1", "42\t2026-11-20 07:30:00\t0\t1\n");
    bulk("SUB1", 7, 4, 0);
    bulk("UNITB1", 7, 900, 4000);
    app.settle();

    std::vector<std::string> expected;
    const auto whole = get(app, "/api/v1/punches?limit=10000", organisation.root());
    for (const auto& punch : whole.at("punches").as_array()) {
        const auto serial = text(punch.at("terminal"));
        const bool is_theirs = serial == "A1" || serial == "SUB1" ||
                               (text(punch.at("pin")).ends_with("42") && text(punch.at("device_time")) > "2026-11-20");
        if (is_theirs) expected.push_back(text(punch.at("id")));
    }
    REQUIRE(expected.size() == 5 + 4 + 2);
    for (const int limit : {1, 2, 3, 10, 11, 12, 1000, 10'000}) {
        CAPTURE(limit);
        std::vector<std::string> seen;
        std::string after = "0";
        for (;;) {
            const auto page =
                get(app, fmt::format("/api/v1/punches?limit={}&after={}", limit, after), organisation.admin());
            const auto& punches = page.at("punches").as_array();
            for (const auto& punch : punches) seen.push_back(text(punch.at("id")));
            CHECK(punches.size() <= static_cast<std::size_t>(limit));
            if (punches.empty()) {
                // What is hidden behind the last one is behind the reader, too.
                CHECK(
                    text(get(app, "/api/v1/punches?after=" + text(page.at("next")), organisation.admin()).at("next")) ==
                    text(page.at("next")));
                break;
            }
            CHECK(text(page.at("next")) != after);
            after = text(page.at("next"));
        }
        CHECK(seen == expected);
    }
    const auto csv =
        exchange(app.admin_port(), fmt::format("GET /api/v1/punches HTTP/1.1\r\nHost: localhost\r\nAccept: "
                                               "text/csv\r\nConnection: close\r\n{}\r\n",
                                               organisation.admin()));
    CHECK(csv.status == 200);
    CHECK(std::count(csv.body.begin(), csv.body.end(), '\n') == 1 + 11);
    // Something new of theirs comes behind it.
    const auto next = csv.header("Presensi-Next");
    push(app, "UNITB1", "42\t2026-11-20 16:30:00\t1\t1\n");
    app.settle();
    CHECK(get(app, "/api/v1/punches?after=" + next, organisation.admin()).at("punches").as_array().size() == 1);
}

TEST_CASE("access: the first account closes the door at once, and revoking the last does not open it again") {
    const TemporaryFolder state;
    const auto settings = RunningApp::settings(state.path(), {"TST1"});
    std::string token;
    {
        RunningApp app(settings);
        const auto port = app.admin_port();
        const auto anonymous = get(app, "/api/v1/me", "X-Forwarded-For: 203.0.113.7\r\n");
        CHECK(text(anonymous.at("name")) == "anonymous@127.0.0.1");
        CHECK(text(anonymous.at("role")) == "super-admin");
        CHECK(test::exchange(port, "GET /api/v1/me HTTP/1.1\r\nHost: presensi.example\r\n\r\n").status == 421);
        token = create_token(port, "", "sikep", "super-admin");
        CHECK(ask(port, "GET", "/api/v1/me").status == 401);
        CHECK(ask(port, "GET", "/").status == 200);  // the page is for everybody; what it shows is not
        CHECK(ask(port, "GET", "/api/v1/live").status == 401);
        CHECK(ask(port, "GET", "/healthz").status == 200);
        CHECK(ask(port, "GET", "/readyz").status == 200);
        const auto me = get(app, "/api/v1/me", bearer(token));
        CHECK(text(me.at("name")) == "token:sikep");
        CHECK(text(me.at("kind")) == "token");
        // Who says who they are may use any name of this host; a page elsewhere still changes nothing.
        CHECK(test::exchange(port, "GET /api/v1/me HTTP/1.1\r\nHost: presensi.example\r\n" + bearer(token) + "\r\n")
                  .status == 200);
        CHECK(test::exchange(port, "GET /healthz HTTP/1.1\r\nHost: presensi.example\r\n\r\n").status == 200);
        CHECK(ask(port, "POST", "/api/v1/tokens/sikep/revoke", bearer(token) + "Origin: http://evil.example\r\n")
                  .status == 403);
        CHECK(ask(port, "POST", "/api/v1/tokens/sikep/revoke", bearer(token)).status == 200);
        CHECK(ask(port, "GET", "/api/v1/me", bearer(token)).status == 401);
        CHECK(ask(port, "GET", "/api/v1/me").status == 401);
    }
    RunningApp app(settings);
    CHECK(ask(app.admin_port(), "GET", "/api/v1/me", bearer(token)).status == 401);
    CHECK(ask(app.admin_port(), "GET", "/api/v1/me").status == 401);
}

TEST_CASE("access: a token ends when it says, and nobody sends a body to find out") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST1"}), "2026-11-20T00:00:00Z");
    const auto port = app.admin_port();
    const auto root = bearer(create_token(port, "", "root", "super-admin"));
    const auto made = ask(port, "POST", "/api/v1/tokens", root, R"({"name":"short","role":"reader","expires":"12h"})");
    REQUIRE(made.status == 201);
    CHECK(text(json::parse(made.body).at("expires_at")) == "2026-11-20T12:00:00.000Z");
    const auto token = bearer(text(json::parse(made.body).at("token")));
    CHECK(ask(port, "GET", "/api/v1/me", token).status == 200);
    app.set_now("2026-11-20T12:00:00Z");
    CHECK(ask(port, "GET", "/api/v1/me", token).status == 401);
    for (const std::string& who : {std::string(), token, bearer("pg_wrong")}) {
        RawConnection connection(port);
        connection.send(
            "POST /api/v1/terminals/TST1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n" + who +
            "\r\n");
        CHECK(connection.receive().status == 401);
    }
}

TEST_CASE("access: wrong passwords wait, by the daemon's clock, and the right one gets in") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path()), "2026-11-20T00:00:00Z");
    const auto port = app.admin_port();
    create_account(port, "", "adi", "super-admin");
    const auto wrong = ask(port, "GET", "/api/v1/me", basic("adi", "tebakan pertama"));
    const auto nobody = ask(port, "GET", "/api/v1/me", basic("nobody", "tebakan pertama"));
    CHECK(wrong.status == 401);
    CHECK(nobody.status == 401);
    CHECK(nobody.body == wrong.body);
    const auto early = ask(port, "GET", "/api/v1/me", basic("adi", password));
    CHECK(early.status == 429);
    CHECK(early.header("Retry-After") == "1");
    CHECK(early.header("Content-Type") == "application/problem+json");
    app.set_now("2026-11-20T00:00:01Z");
    CHECK(ask(port, "GET", "/api/v1/me", basic("adi", password)).status == 200);
}

TEST_CASE("access: accounts by the API, each change with its audit row") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path()), "2026-11-20T00:00:00Z");
    const auto port = app.admin_port();
    create_account(port, "", "rina", "super-admin");
    const auto rina = basic("rina", password);
    create_account(port, rina, "adi", "admin", {"dinas-a"});
    const auto adi = basic("adi", password);
    const auto list = get(app, "/api/v1/accounts", rina);
    CHECK(json::serialize(list).find("argon2") == std::string::npos);
    const auto& first = list.at("accounts").at(0);
    CHECK(text(first.at("name")) == "adi");
    CHECK(json::serialize(first.at("units")) == R"(["dinas-a"])");
    CHECK(json::serialize(first.at("mandate")) ==
          R"({"number":"800/17/2026","date":"2026-10-01","signer":"Kepala Dinas Contoh"})");
    CHECK(text(first.at("created_by")) == "account:rina");

    const struct {
        const char* name;
        const char* target;
        const char* body;
        int status;
    } wrong[] = {
        {"no JSON", "/api/v1/accounts", "{", 422},
        {"a list", "/api/v1/accounts", "[]", 422},
        {"an unknown key", "/api/v1/accounts", R"({"nama":"x"})", 422},
        {"a number", "/api/v1/accounts", R"({"name":1})", 422},
        {"units as text", "/api/v1/accounts", R"({"units":"dinas-a"})", 422},
        {"a short password", "/api/v1/accounts", R"({"name":"x","role":"reader","password":"pendek"})", 422},
        {"no mandate", "/api/v1/accounts",
         R"({"name":"x","role":"admin","units":["dinas-a"],"password":"kata sandi contoh"})", 422},
        {"no day", "/api/v1/accounts",
         R"({"name":"x","role":"reader","password":"kata sandi contoh","mandate_date":"1 Oktober"})", 422},
        {"taken", "/api/v1/accounts", R"({"name":"adi","role":"reader","password":"kata sandi contoh"})", 409},
        {"no role", "/api/v1/tokens", R"({"name":"x","role":"boss"})", 422},
        {"for ever", "/api/v1/tokens", R"({"name":"x","role":"reader","expires":"9999d"})", 422},
        {"a body without a password", "/api/v1/accounts/adi/password", R"({})", 422},
        {"nobody's password", "/api/v1/accounts/nobody/password", R"({"password":"kata sandi lain lagi"})", 404},
        {"nobody's account", "/api/v1/accounts/nobody/revoke", "{}", 404},
        {"nobody's token", "/api/v1/tokens/nobody/revoke", "{}", 404},
    };
    for (const auto& c : wrong) {
        CAPTURE(c.name);
        const auto response = ask(port, "POST", c.target, rina, c.body);
        CAPTURE(response.body);
        CHECK(response.status == c.status);
        CHECK(json::parse(response.body).at("detail").as_string().size() > 15);
    }
    CHECK(
        test::exchange(
            port, fmt::format("POST /api/v1/accounts HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: 0\r\n\r\n", rina))
            .status == 415);

    const char* other = R"({"password":"kata sandi lain"})";
    CHECK(ask(port, "POST", "/api/v1/accounts/rina/password", adi, other).status == 403);
    CHECK(ask(port, "POST", "/api/v1/accounts/adi/password", adi, other).status == 200);
    CHECK(ask(port, "GET", "/api/v1/me", adi).status == 401);
    app.set_now("2026-11-20T00:00:01Z");
    CHECK(ask(port, "GET", "/api/v1/me", basic("adi", "kata sandi lain")).status == 200);
    CHECK(ask(port, "POST", "/api/v1/accounts/adi/revoke", rina).status == 200);
    CHECK(ask(port, "GET", "/api/v1/me", basic("adi", "kata sandi lain")).status == 401);
    CHECK(ask(port, "POST", "/api/v1/accounts/adi/revoke", rina).status == 404);

    const auto audit = get(app, "/api/v1/audit?limit=3", rina);
    CHECK(all(audit.at("audit"), "action") ==
          std::multiset<std::string>{"account.create", "account.create", "account.password"});
    CHECK(text(audit.at("audit").at(0).at("actor")) == "anonymous@127.0.0.1");
    CHECK(text(audit.at("audit").at(1).at("actor")) == "account:rina");
    CHECK(text(audit.at("audit").at(1).at("detail").at("role")) == "admin");
    CHECK(text(audit.at("audit").at(2).at("actor")) == "account:adi");
    const auto rest = get(app, "/api/v1/audit?after=" + text(audit.at("next")), rina);
    CHECK(all(rest.at("audit"), "action") == std::multiset<std::string>{"account.revoke"});
    for (const auto& stored : all_texts(state.path())) CHECK(stored.find("kata sandi") == std::string::npos);
}

TEST_CASE("access: an address that others reach needs an account first") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {"TST1"});
    settings.admin_listener.address = "0.0.0.0";
    std::string sentence;
    try {
        RunningApp app(settings);
    } catch (const std::runtime_error& error) {
        sentence = error.what();
    }
    CHECK(sentence.find("0.0.0.0") != std::string::npos);
    CHECK(sentence.find("presensid account create") != std::string::npos);
    settings.admin_listener.address = "127.0.0.1";
    {
        RunningApp app(settings);
        create_account(app.admin_port(), "", "rina", "super-admin");
    }
    settings.admin_listener.address = "0.0.0.0";
    RunningApp app(settings);
    CHECK(ask(app.admin_port(), "GET", "/api/v1/me", basic("rina", password)).status == 200);
    CHECK(ask(app.admin_port(), "GET", "/api/v1/me").status == 401);
}

TEST_CASE("access: who looked at whom can be asked") {
    const TemporaryFolder state;
    const auto settings = RunningApp::settings(state.path());
    RunningApp app(settings);
    const auto root = bearer(create_token(app.admin_port(), "", "root", "super-admin"));
    const auto store = open_store(settings, false, StoreUse::beside_a_daemon);
    const auto database = store->open_database();
    for (const char* uuid : {"uuid-1", "uuid-2"}) {
        const auto id = database
                            ->query(
                                "INSERT INTO person (uuid, name, kind, created_at) VALUES ($1, 'Orang Contoh', 'pns',"
                                " $2) RETURNING id",
                                {std::string(uuid), std::string("2026-01-01T00:00:00Z")})
                            .at(0)
                            .integer(0);
        database->execute("INSERT INTO access_record (viewer, person_id, day, at) VALUES ('account:adi', $1, $2, $3)",
                          {id, std::string("2026-11-20"), std::string("2026-11-20T01:00:00.123Z")});
    }
    CHECK(all(get(app, "/api/v1/access", root).at("access"), "person") ==
          std::multiset<std::string>{"uuid-1", "uuid-2"});
    const auto one = get(app, "/api/v1/access?person=uuid-2&viewer=account:adi&from=2026-11-20&to=2026-11-21", root);
    REQUIRE(one.at("access").as_array().size() == 1);
    CHECK(text(one.at("access").at(0).at("at")) == "2026-11-20T01:00:00.123Z");
    CHECK(get(app, "/api/v1/access?to=2026-11-20", root).at("access").as_array().empty());
    CHECK(get(app, "/api/v1/access?limit=1&after=" + text(get(app, "/api/v1/access?limit=1", root).at("next")), root)
              .at("access")
              .as_array()
              .size() == 1);
    CHECK(ask(app.admin_port(), "GET", "/api/v1/access?from=kemarin", root).status == 400);
}
