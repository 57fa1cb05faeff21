// What an Admin of one unit can do beside the table of access: with PINs, matches, days and lists of others.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

#include "daemon/open_store.hpp"
#include "protocol/csv_table.hpp"
#include "tests/end_to_end/callers.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

constexpr const char* office = "TST7240100001";  // of sosial
constexpr const char* field = "TST7240100002";   // of tani
constexpr const char* apel = "APEL1";

struct Answer {
    int status = 0;
    std::string text;
    json::object body() const { return json::parse(text).as_object(); }
    std::int64_t number(const char* key) const { return body().at(key).to_number<std::int64_t>(); }
    json::array list(const char* key) const { return body().at(key).as_array(); }
};

// Two units with an admin each ("sosial", "tani") and a terminal each, one apel terminal for both, and "root".
class Town {
public:
    explicit Town(const std::string& now = "2026-11-03T01:00:00Z") : app_(settings(), now) {
        create_account(app_.admin_port(), "", "root", "super-admin");
        for (const char* unit : {"sosial", "tani"}) {
            create_account(app_.admin_port(), basic("root", password), unit, "admin", {unit});
        }
    }

    Answer as(const char* who, const char* method, const std::string& target, const std::string& body = {},
              const char* accept = "application/json") {
        const auto response =
            ask(app_.admin_port(), method, target, basic(who, password) + "Accept: " + accept + "\r\n", body);
        return {response.status, response.body};
    }
    Answer get(const char* who, const std::string& target) { return as(who, "GET", target); }

    void people(const std::string& lines) {
        const auto taken = as("root", "POST", "/api/v1/people", "nama,skpd,pin,mulai\n" + lines);
        REQUIRE_MESSAGE(taken.status == 200, taken.text);
    }
    std::string uuid(const std::string& name) {
        const auto found = get("root", "/api/v1/people?q=" + name).list("people");
        REQUIRE(found.size() == 1);
        return std::string(found[0].at("uuid").as_string());
    }
    void push(const char* serial, const char* table, const std::string& lines) {
        const auto answer = test::exchange(
            app_.terminal_port(),
            post_request(fmt::format("/iclock/cdata?SN={}&table={}&Stamp=1&OpStamp=1", serial, table), lines));
        REQUIRE(answer.body.starts_with("OK"));
        app_.settle();
    }
    std::int64_t rows(const std::string& of) { return count_rows(state_.path(), of); }
    void set_now(const char* text) { app_.set_now(text); }

private:
    config::Settings settings() const {
        auto settings = RunningApp::settings(state_.path(), {office, field, apel});
        settings.terminals.at(0).unit = "sosial";
        settings.terminals.at(1).unit = "tani";
        settings.terminals.at(2).role = config::TerminalRole::apel;
        const auto store = open_store(settings, true);
        const auto database = store->open_database();
        for (const char* unit : {"sosial", "tani"}) {
            database->execute(
                "INSERT INTO unit (code, name, kind, parent, aliases, valid_from, merged_into, source)"
                " VALUES ($1, $2, 'dinas', '', '[]', '2020-05-04', '', 'test')",
                {unit, std::string("Dinas ") + unit});
        }
        database->execute(
            "INSERT INTO terminal_assignment (serial, unit, echelon, apel, valid_from, source)"
            " VALUES ($1, '', '', 1, '2020-05-04', 'test')",
            {apel});
        return settings;
    }

    const TemporaryFolder state_;
    RunningApp app_;
};

std::string names_of(const json::array& days) {
    std::string text;
    for (const auto& day : days) {
        text += (text.empty() ? "" : " ") + std::string(day.at("day").as_string()).substr(5);
        text += "*" + std::to_string(day.at("punches").as_array().size());
    }
    return text;
}

}  // namespace

TEST_CASE("rights: an admin's PIN takes no punch of a foreign terminal, whether it has a user list or not") {
    Town town;
    town.people("Ana,sosial,,2026-01-01\n");
    const auto ana = town.uuid("Ana");
    town.push(field, "ATTLOG", "50\t2026-10-20 08:00:00\t0\t1\t0\n51\t2026-10-20 08:00:05\t0\t1\t0\n");
    town.push(field, "OPERLOG", "USER PIN=52\tName=\tPri=0\n");
    town.push(office, "ATTLOG", "50\t2026-10-20 08:00:00\t0\t1\t0\n");
    const auto assigned =
        town.as("sosial", "POST", "/api/v1/people/" + ana + "/pins", R"({"pin": "50", "from": "2026-01-01"})");
    CHECK(assigned.status == 201);
    CHECK(assigned.text.find("on these only: APEL1, TST7240100001.") != std::string::npos);
    const auto sheet =
        town.as("sosial", "POST", "/api/v1/matching?from=2026-01-01", "pin,person,accept\n51," + ana + ",ya\n");
    CHECK(sheet.number("assigned") == 1);
    CHECK(sheet.list("warnings").size() == 1);
    const auto list = town.as("sosial", "POST", "/api/v1/people", "nama,skpd,pin,mulai\nDodi,sosial,52,2026-01-01\n");
    CHECK(list.number("added") == 1);
    CHECK(list.list("warnings").size() == 1);
    CHECK(town.rows("pin_assignment WHERE serial = ''") == 0);
    CHECK(town.rows("pin_assignment") == 6);
    CHECK(town.rows("audit WHERE action = 'pin.assign' AND actor = 'account:sosial'") == 4);
    for (const auto& punch : town.get("root", "/api/v1/punches").list("punches")) {
        CAPTURE(json::serialize(punch));
        CHECK(punch.at("person").is_null() == (punch.at("terminal") == field));
    }
    // Where nobody else has it, it is theirs everywhere; and what they claimed they can end.
    CHECK(town.as("sosial", "POST", "/api/v1/people/" + ana + "/pins", R"({"pin": "60"})").status == 201);
    CHECK(town.rows("pin_assignment WHERE serial = '' AND pin_key = '60'") == 1);
    for (const auto& pin : town.get("sosial", "/api/v1/people/" + ana).list("pins")) {
        const std::string target =
            fmt::format("/api/v1/people/{}/pins/{}/end", ana, std::string(pin.at("id").as_string()));
        CHECK(town.as("sosial", "POST", target, R"({"to": "2026-11-10"})").status == 200);
    }
}

TEST_CASE("rights: a PIN that somebody has everywhere is not overruled by another unit's admin on one terminal") {
    Town town;
    town.people("Ana,sosial,,2026-01-01\nWayan,tani,43,2026-01-01\n");
    const std::string target = "/api/v1/people/" + town.uuid("Ana") + "/pins";
    const std::string wish = fmt::format(R"({{"pin": "43", "terminal": "{}"}})", office);
    const auto refused = town.as("sosial", "POST", target, wish);
    CHECK(refused.status == 409);
    CHECK(refused.text.find("Wayan") == std::string::npos);
    const auto told = town.as("root", "POST", target, wish);
    CHECK(told.status == 201);
    CHECK(told.text.find("Wayan's from 2026-01-01 on all terminals") != std::string::npos);
}

TEST_CASE("rights: somebody who moves on 1 November is the old unit's in October and the new one's from then on") {
    Town town;
    town.people("Ana,sosial,42,2026-01-01\n");
    const auto ana = town.uuid("Ana");
    REQUIRE(town.as("root", "POST", "/api/v1/people", "uuid,nama,skpd,mulai\n" + ana + ",Ana,tani,2026-11-01\n")
                .number("changed") == 1);
    town.push(office, "ATTLOG", "42\t2026-10-30 08:00:00\t0\t1\t0\n42\t2026-11-02 08:00:00\t0\t1\t0\n");
    town.push(field, "ATTLOG", "42\t2026-10-31 08:00:00\t0\t1\t0\n42\t2026-11-02 16:30:00\t1\t1\t0\n");
    const std::string person = "/api/v1/people/" + ana;
    const std::string around = person + "/days?from=2026-10-30&to=2026-11-04";
    // Of days that are not theirs only the punches on their own terminal.
    CHECK(names_of(town.get("root", around).list("days")) == "10-30*1 10-31*1 11-01*0 11-02*2 11-03*0");
    CHECK(names_of(town.get("sosial", around).list("days")) == "10-30*1 10-31*1 11-02*1");
    CHECK(names_of(town.get("tani", around).list("days")) == "10-31*1 11-01*0 11-02*2 11-03*0");
    const std::string october = person + "/days?from=2026-10-01&to=2026-11-01";
    CHECK(town.get("sosial", october).list("days").size() == 31);
    CHECK(town.get("tani", october).status == 403);
    CHECK(town.get("sosial", person + "/days?from=2026-11-01&to=2026-11-04").status == 403);
    CHECK(town.get("sosial", person).status == 200);
    CHECK(town.get("tani", person).status == 200);
    // Found by name; a list to be sent back holds those of today.
    CHECK(town.get("sosial", "/api/v1/people?q=Ana").list("people").size() == 1);
    CHECK(town.as("sosial", "GET", "/api/v1/people", {}, "text/csv").text.find("Ana") == std::string::npos);
    CHECK(town.as("tani", "GET", "/api/v1/people", {}, "text/csv").text.find("Ana") != std::string::npos);

    // PINs: each in their own months.
    CHECK(town.as("tani", "POST", person + "/pins", R"({"pin": "60", "from": "2026-10-10"})").status == 403);
    const auto october_pin = town.as("sosial", "POST", person + "/pins", R"({"pin": "60", "from": "2026-10-10"})");
    CHECK(october_pin.status == 201);
    CHECK(october_pin.body().at("valid_to") == "2026-11-01");
    CHECK(town.as("sosial", "POST", person + "/pins", R"({"pin": "61", "from": "2026-11-01"})").status == 403);
    CHECK(town.as("tani", "POST", person + "/pins", R"({"pin": "61", "from": "2026-11-01"})").status == 201);
    const auto pins = town.get("root", person).list("pins");
    const std::string end = person + "/pins/" + std::string(pins[0].at("id").as_string()) + "/end";
    REQUIRE(pins[0].at("pin") == "42");
    CHECK(town.as("tani", "POST", end, R"({"to": "2026-10-10"})").status == 403);
    CHECK(town.as("sosial", "POST", end, R"({"to": "2026-10-10"})").status == 403);
    CHECK(town.as("sosial", "POST", end, R"({"to": "2026-11-02"})").status == 403);
    CHECK(town.as("tani", "POST", end, R"({"to": "2026-11-02"})").status == 200);

    town.set_now("2027-02-01T01:00:00Z");
    CHECK(town.get("sosial", person).status == 403);
    CHECK(town.get("sosial", "/api/v1/people?q=Ana").list("people").empty());
    CHECK(town.get("tani", person).status == 200);
}

TEST_CASE("rights: what a foreign terminal calls a PIN is not in an admin's sheet or report") {
    Town town;
    town.people("Ana,sosial,,2026-01-01\n");
    town.push(office, "OPERLOG",
              "USER PIN=7\tName=\tPri=0\nUSER PIN=8\tName=SITI AMINA\tPri=0\nUSER PIN=9\tName=X Y\n");
    town.push(field, "OPERLOG",
              "USER PIN=7\tName=RAHASIA\tPri=0\nUSER PIN=8\tName=SITI AMINAH\tPri=0\nUSER PIN=9\tName=QQ WW\n");
    town.push(apel, "OPERLOG", "USER PIN=8\tName=SITI AMINA\tPri=0\nUSER PIN=8\tName=SITI AMINA\tPri=0\n");
    const auto rows = town.get("sosial", "/api/v1/matching").list("rows");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].at("name_on_terminal").is_null());
    CHECK(rows[1].at("name_on_terminal") == "SITI AMINA");
    for (const char* target : {"/api/v1/matching", "/api/v1/reports/collisions", "/api/v1/reports/orphans"}) {
        for (const char* accept : {"application/json", "text/csv"}) {
            const auto answer = town.as("sosial", "GET", target, {}, accept);
            CAPTURE(answer.text);
            CHECK(answer.status == 200);
            for (const char* foreign : {"RAHASIA", "AMINAH", "QQ WW", field, apel}) {
                CAPTURE(foreign);
                CHECK(answer.text.find(foreign) == std::string::npos);
            }
        }
    }
    CHECK(town.get("root", "/api/v1/matching").list("rows").size() == 5);  // 7 and 9 twice
}

TEST_CASE("rights: lists, exports, uploads and the board of another unit") {
    Town town;
    town.people("Ana,sosial,42,2026-01-01\nWayan,tani,43,2026-01-01\n");
    int second = 0;
    for (const auto& [serial, pin] : {std::pair{office, "42"}, {field, "43"}, {apel, "43"}}) {
        ++second;
        town.push(serial, "ATTLOG", fmt::format("{}\t2026-10-20 08:00:0{}\t0\t1\t0\n", pin, second));
        const auto brought = town.as("root", "POST", fmt::format("/api/v1/terminals/{}/uploads", serial),
                                     fmt::format("{}\t2026-10-21 08:00:0{}\t1\t0\t1\t0\r\n", pin, second));
        REQUIRE(brought.status == 201);
    }
    const struct {
        const char* target;
        int status;
    } cases[] = {
        {"/api/v1/exports/2026-10?unit=sosial", 200},
        {"/api/v1/exports/2026-10?unit=tani", 403},
        {"/api/v1/exports/2026-10?terminal=TST7240100001", 200},
        {"/api/v1/exports/2026-10?terminal=TST7240100002", 403},
        {"/api/v1/exports/2026-10?terminal=APEL1", 403},
        {"/api/v1/exports/2026-10?unit=tani&terminal=TST7240100001", 403},
        {"/api/v1/exports/2026-10", 200},
        {"/api/v1/uploads", 200},
        {"/api/v1/uploads?terminal=TST7240100001", 200},
        {"/api/v1/uploads?terminal=TST7240100002", 403},
        {"/api/v1/uploads?terminal=APEL1", 403},
        {"/api/v1/periods/2026-10", 200},
        {"/api/v1/periods/2026-10/sosial", 200},
        {"/api/v1/periods/2026-10/tani", 403},
        {"/periods/2026-10/tani/sheet", 403},
        {"/api/v1/matching", 200},
        {"/api/v1/matching?unit=tani", 403},
        {"/api/v1/matching?terminal=APEL1", 403},
        {"/api/v1/people", 200},
        {"/api/v1/people?unit=tani", 403},
        {"/api/v1/reports/missing?unit=tani", 403},
        {"/api/v1/reports/orphans?terminal=TST7240100002", 403},
        {"/api/v1/reports/unmatched?terminal=APEL1", 403},
        {"/api/v1/punches", 200},
        {"/api/v1/exceptions", 200},
        {"/api/v1/rejects", 200},
    };
    for (const auto& c : cases) {
        const std::string target = c.target;
        CAPTURE(target);
        const auto answer = town.get("sosial", target);
        CAPTURE(answer.text);
        CHECK(answer.status == c.status);
        for (const std::string foreign : {"Wayan", "tani", "TST7240100002", apel}) {
            CAPTURE(foreign);
            // The apel terminal where the unit's own people punch is on its board.
            if (foreign == apel && target.find("/periods/") != target.npos) continue;
            CHECK(answer.text.find(foreign) == std::string::npos);
        }
    }
    // The super-admin's answers hold what the table above looks for.
    CHECK(town.get("root", "/api/v1/periods/2026-10").text.find("tani") != std::string::npos);
    CHECK(town.get("root", "/api/v1/uploads").list("uploads").size() == 3);
    CHECK(town.get("root", "/api/v1/exports/2026-10").text.find("APEL1") != std::string::npos);
}

TEST_CASE("rights: which terminals a unit has is said to its own") {
    Town town;
    const auto terminals = [&](const char* who, std::size_t i) {
        return town.get(who, "/api/v1/units").list("units")[i].at("terminals");
    };
    CHECK(terminals("sosial", 0).at("daily") == json::array{office});
    CHECK(terminals("sosial", 0).at("apel") == json::array{apel});
    CHECK(terminals("sosial", 1).is_null());
    CHECK(terminals("root", 1).at("daily") == json::array{field});
}

TEST_CASE("rights: to ask where somebody is expected is to look at them") {
    Town town;
    town.people("Ana,sosial,,2026-01-01\n");
    const std::string target = "/api/v1/people/" + town.uuid("Ana") + "/expected";
    CHECK(town.rows("access_record WHERE viewer = 'account:sosial'") == 0);
    CHECK(town.get("sosial", target).status == 200);
    CHECK(town.rows("access_record WHERE viewer = 'account:sosial'") == 1);
    CHECK(town.get("tani", target).status == 403);
    CHECK(town.rows("access_record WHERE viewer = 'account:tani'") == 0);
}

TEST_CASE("rights: a terminal stands in a unit that there is") {
    Town town;
    const auto set = [&](const char* unit) {
        return town
            .as("root", "PATCH", fmt::format("/api/v1/terminals/{}", office), fmt::format(R"({{"unit": "{}"}})", unit))
            .status;
    };
    CHECK(set("sosail") == 422);
    CHECK(town.rows("terminal WHERE unit = 'sosial'") == 1);
    CHECK(set("tani") == 200);
    CHECK(set("") == 200);
}

TEST_CASE("a list of people as CSV is whole") {
    Town town;
    std::string lines;
    for (int i = 0; i <= 1000; ++i) lines += fmt::format("Pegawai Nomor {},sosial,,2026-01-01\n", i);
    town.people(lines);
    const auto rows = [&](const std::string& target) {
        return read_csv_table(town.as("sosial", "GET", target, {}, "text/csv").text).rows.size();
    };
    CHECK(rows("/api/v1/people") == 1001);
    CHECK(rows("/api/v1/people?limit=1000") == 1000);
    CHECK(town.get("sosial", "/api/v1/people").list("people").size() == 1000);
}
