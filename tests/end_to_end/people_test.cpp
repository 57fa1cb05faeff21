// People, their PINs, and whose punches these are, as an Admin brings them.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <string>

#include "daemon/open_store.hpp"
#include "protocol/csv_table.hpp"
#include "protocol/csv_text.hpp"
#include "tests/end_to_end/callers.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

constexpr const char* office = "TST7240100001";
constexpr const char* field = "TST7240100002";
constexpr const char* now = "2026-11-23T01:00:00Z";  // a Monday, 09:00 in Makassar
constexpr const char* header = "nip,nama,jenis,skpd,eselon,golongan,jabatan,pin,mulai\n";

struct Answer {
    int status = 0;
    json::object body;

    std::int64_t number(const char* key) const { return body.at(key).to_number<std::int64_t>(); }
    std::string text(const char* key) const { return std::string(body.at(key).as_string()); }
    const json::array& list(const char* key) const { return body.at(key).as_array(); }
};

Answer answer_of(const RawResponse& response) { return {response.status, json::parse(response.body).as_object()}; }

Answer get(const RunningApp& app, const std::string& target) { return answer_of(http_get(app.admin_port(), target)); }

std::string get_csv(const RunningApp& app, const std::string& target) {
    const auto answer = http_get(app.admin_port(), target, "Accept: text/csv\r\n");
    REQUIRE(answer.status == 200);
    return answer.body;
}

Answer post(const RunningApp& app, const std::string& target, const std::string& body) {
    return answer_of(test::exchange(app.admin_port(), post_request(target, body)));
}

// Each in a unit.
config::Settings two_terminals(const TemporaryFolder& state) {
    auto settings = RunningApp::settings(state.path(), {office, field});
    settings.terminals.at(0).unit = "sosial";
    settings.terminals.at(1).unit = "tani";
    // Two units, as the organisation would bring them.
    const auto store = open_store(settings, true);
    const auto database = store->open_database();
    for (const char* unit :
         {"'sosial', 'Dinas Sosial', 'dinas', '', '[\"Dinsos\"]'", "'tani', 'Dinas Pertanian', 'dinas', '', '[]'"}) {
        database->execute(
            fmt::format("INSERT INTO unit (code, name, kind, parent, aliases, valid_from, merged_into,"
                        " source) VALUES ({}, '2020-05-04', '', 'test')",
                        unit));
    }
    return settings;
}

void push(const RunningApp& app, const char* serial, const std::string& lines) {
    const auto answer = test::exchange(
        app.terminal_port(), post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=1", serial), lines));
    REQUIRE(answer.body.starts_with("OK"));
}

void push_users(const RunningApp& app, const char* serial, const std::string& lines) {
    const auto answer = test::exchange(
        app.terminal_port(), post_request(fmt::format("/iclock/cdata?SN={}&table=OPERLOG&OpStamp=1", serial), lines));
    REQUIRE(answer.body.starts_with("OK"));
}

std::string uuid_of(const RunningApp& app, const std::string& name) {
    const auto found = get(app, "/api/v1/people?q=" + name);
    REQUIRE(found.list("people").size() == 1);
    return std::string(found.list("people")[0].at("uuid").as_string());
}

}  // namespace

TEST_CASE("a list of people: every problem by line and column, and nothing taken until it is mended or partial") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    const std::string list = std::string(header) +
                             "198501312010011001,\"Ana, S.Kom\",PNS,Dinas Sosial,III.a,III/d,Kabid,0042,2026-01-01\n"
                             "19900101 201503 1 002,Budi,PNS,Dinsos,IV,,,43,2026-01-01\n"
                             ",Cici,honorer,Dinas Nirwana,staf,,,,2026-01-01\n"
                             ",Dodi,honorer,sosial,staf,,,44,01/01/2026\n";
    for (const char* flag : {"dry_run", "dry_run=yes", "dry_run=ya", "partial=ya"}) {
        CAPTURE(flag);
        CHECK(post(app, fmt::format("/api/v1/people?{}", flag), list).status == 400);
        CHECK(post(app, fmt::format("/api/v1/matching?{}", flag), list).status == 400);
    }
    CHECK(count_rows(state.path(), "person") == 0);
    const auto dry = post(app, "/api/v1/people?dry_run=1", list);
    CHECK(dry.status == 200);
    CHECK(dry.number("lines") == 4);
    CHECK(dry.number("added") == 1);
    const auto refused = post(app, "/api/v1/people", list);
    CHECK(refused.status == 422);
    const auto& problems = refused.list("problems");
    REQUIRE(problems.size() == 3);
    const std::pair<int, const char*> expected[] = {{3, "nip"}, {4, "unit"}, {5, "mulai"}};
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(problems[i].at("line").to_number<int>() == expected[i].first);
        CHECK(problems[i].at("column") == expected[i].second);
    }
    CHECK(refused.text("detail").find("partial=1") != std::string::npos);
    CHECK(count_rows(state.path(), "person") == 0);
    CHECK(count_rows(state.path(), "audit WHERE action LIKE 'person.%'") == 0);

    const auto partial = post(app, "/api/v1/people?partial=1", list);
    CHECK(partial.status == 200);
    CHECK(partial.number("added") == 1);
    CHECK(partial.list("problems").size() == 3);
    CHECK(count_rows(state.path(), "person") == 1);
    CHECK(count_rows(state.path(), "unit_membership") == 1);
    CHECK(count_rows(state.path(), "pin_assignment WHERE pin_key = '42'") == 1);
    CHECK(count_rows(state.path(), "audit WHERE action = 'person.add'") == 1);
    const auto people = get(app, "/api/v1/people");
    REQUIRE(people.list("people").size() == 1);
    const auto& ana = people.list("people")[0].as_object();
    CHECK(ana.at("name") == "Ana, S.Kom");
    CHECK(ana.at("unit") == "sosial");
    CHECK(ana.at("echelon") == "eselon_3");
    CHECK(ana.at("uuid").as_string().size() == 36);
    CHECK(ana.at("uuid").as_string()[14] == '4');
}

TEST_CASE("the same list again changes nothing, a change ends one unit and begins another") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    const std::string list = std::string(header) +
                             "198501312010011001,Ana,PNS,sosial,III,III/d,Kabid,42,2026-01-01\n"
                             ",Budi,honorer,sosial,,,,43,2026-01-01\n";
    REQUIRE(post(app, "/api/v1/people", list).number("added") == 2);
    const auto rows = [&] {
        return count_rows(state.path(), "audit") + count_rows(state.path(), "unit_membership") +
               count_rows(state.path(), "pin_assignment");
    };
    const auto before = rows();
    const auto version = stored_texts(state.path(), "SELECT CAST(version AS text) FROM directory_version");
    const auto again = post(app, "/api/v1/people", list);
    CHECK(again.status == 200);
    CHECK(again.number("unchanged") == 2);
    CHECK(again.list("warnings").size() == 1);  // Budi was recognised by his name
    CHECK(rows() == before);
    CHECK(stored_texts(state.path(), "SELECT CAST(version AS text) FROM directory_version") == version);

    const auto moved =
        post(app, "/api/v1/people",
             std::string(header) + "198501312010011001,Ana,PNS,Dinas Pertanian,,,Sekretaris,,2026-10-01\n");
    CHECK(moved.number("changed") == 1);
    const auto ana = get(app, "/api/v1/people/" + uuid_of(app, "Ana"));
    const auto& memberships = ana.list("memberships");
    REQUIRE(memberships.size() == 2);
    CHECK(memberships[0].at("valid_to") == "2026-10-01");
    CHECK(memberships[1].at("unit") == "tani");
    CHECK(memberships[1].at("echelon") == "eselon_3");
    CHECK(memberships[1].at("jabatan") == "Sekretaris");
    CHECK(memberships[1].at("valid_to").is_null());
    CHECK(count_rows(state.path(), "audit WHERE action = 'person.change'") == 1);
    CHECK(get(app, "/api/v1/people?unit=tani").list("people").size() == 1);
    CHECK(get(app, "/api/v1/people?unit=sosial").list("people").size() == 1);
    CHECK(get(app, "/api/v1/people?unit=nirwana").status == 404);
}

TEST_CASE("export, edit, import: nothing is lost on the way, and no cell is a formula") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    REQUIRE(post(app, "/api/v1/people",
                 std::string(header) +
                     ",\"Ana \"\"Binti\"\", S.Kom\",,sosial,,\"'=1+1\",\"=HYPERLINK(\"\"http://x\"\")\",42,2026-01-01\n"
                     ",Budi,,sosial,,-,\"@SUM(1);+2\",A7,2026-01-01\n")
                .number("added") == 2);
    const auto csv = get_csv(app, "/api/v1/people");
    const auto table = read_csv_table(csv);
    REQUIRE(table.rows.size() == 2);
    for (const auto& row : table.rows) {
        for (const auto& cell : row.fields) {
            CAPTURE(cell);
            CHECK((cell.empty() || std::string_view("=+-@\t\r").find(cell[0]) == std::string_view::npos));
        }
    }
    CHECK(without_formula_marks(table.rows[0].fields[table.find_column("jabatan")]) == "=HYPERLINK(\"http://x\")");
    const auto again = post(app, "/api/v1/people", csv);
    CHECK(again.status == 200);
    CHECK(again.number("unchanged") == 2);
    CHECK(again.list("problems").empty());
    CHECK(again.list("warnings").empty());
    auto edited = csv;
    edited.replace(edited.find("Budi"), 4, "Budi Santoso");
    CHECK(post(app, "/api/v1/people", edited).number("changed") == 1);
    CHECK(get(app, "/api/v1/people?q=santoso").list("people").size() == 1);
}

TEST_CASE("hostile lists are refused or harmless") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    const std::string h = header;
    const struct {
        const char* name;
        std::string body;
    } cases[] = {
        {"nothing", ""},
        {"JSON", "{\"people\":[]}"},
        {"a formula as the name", h + ",=cmd|' /C calc'!A0,,sosial,,,,,\n"},
        {"broken UTF-8", h + ",Ana\xff\xfe,,sosial,,,,,\n"},
        {"a NUL", h + std::string(",An\0a,,sosial,,,,,\n", 18)},
        {"500,000 columns", h + std::string(500'000, ',') + "\n"},
        {"500,000 columns in the header", std::string(500'000, ',') + "nama,skpd\n"},
        {"a quotation mark that never ends", h + ",\"Ana,,sosial,,,,,\n" + std::string(200'000, 'x')},
        {"a line break in the name", h + ",\"An\na\",,sosial,,,,,\n"},
        {"escape sequences", h + ",An\x1b[31ma,,sosial,,,,,\n"},
        {"a PIN of 100 bytes", h + ",Ana,,sosial,,,," + std::string(100, '7') + ",\n"},
        {"a very long name", h + "," + std::string(4000, 'A') + ",,sosial,,,,,\n"},
        {"200,000 empty columns by rows", h + std::string(200'000, '\n') + ",Ana\n"},
        {"30,000 rows", h +
                            [] {
                                std::string rows;
                                for (int i = 0; i < 30'000; ++i) rows += fmt::format(",Ana {},,sosial,,,,,\n", i);
                                return rows;
                            }()},
    };
    for (const auto& c : cases) {
        CAPTURE(std::string(c.name));
        const auto answer = post(app, "/api/v1/people", c.body);
        CHECK(answer.status == 422);
        CHECK(answer.number("problem_count") > 0);
        const auto sheet = post(app, "/api/v1/matching", c.body);
        CHECK(sheet.status == 422);
    }
    CHECK(count_rows(state.path(), "person") == 0);
    CHECK(post(app, "/api/v1/people", h + std::string(9 * 1024 * 1024, 'x')).status == 413);
    CHECK(http_get(app.admin_port(), "/healthz").status == 200);
}

TEST_CASE("4,000 people fit") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    std::string list = header;
    for (int i = 0; i < 4000; ++i) {
        list += fmt::format(
            "1985{:02}{:02}2010{:02}1{:03},Pegawai Nomor {},PNS,{},staf,III/a,Analis Kepegawaian Ahli "
            "Pertama,{},2026-01-01\n",
            i % 12 + 1, i / 12 % 28 + 1, i / 336 % 12 + 1, i / 4032 + 1, i, i % 2 == 0 ? "sosial" : "tani", 1000 + i);
    }
    REQUIRE(list.size() > 64 * 1024);
    const auto taken = post(app, "/api/v1/people", list);
    CHECK(taken.status == 200);
    CHECK(taken.number("added") == 4000);
    CHECK(post(app, "/api/v1/people", list).number("unchanged") == 4000);
    // Page by page, each once.
    std::set<std::string> uuids;
    std::string next = "0";
    for (;;) {
        const auto page = get(app, "/api/v1/people?limit=1500&after=" + next);
        if (page.list("people").empty()) break;
        for (const auto& person : page.list("people")) uuids.emplace(person.at("uuid").as_string());
        next = page.text("next");
    }
    CHECK(uuids.size() == 4000);
}

TEST_CASE("the feed names who punched: a PIN assigned later names earlier punches at the next read") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    REQUIRE(post(app, "/api/v1/people", std::string(header) + "198501312010011001,Ana,PNS,sosial,III,,,,2026-01-01\n")
                .number("added") == 1);
    push(app, office, "0042\t2026-11-20 08:00:00\t0\t1\t0\n");
    push(app, field, "42\t2026-11-20 16:45:00\t1\t1\t0\n");
    app.settle();
    CHECK(get(app, "/api/v1/punches").list("punches")[0].at("person").is_null());
    const auto uuid = uuid_of(app, "Ana");
    const auto assigned = post(app, "/api/v1/people/" + uuid + "/pins", R"({"pin": "42", "from": "2026-01-01"})");
    CHECK(assigned.status == 201);
    CHECK(post(app, "/api/v1/people/" + uuid + "/pins", R"({"pin": "042", "from": "2026-02-01"})").status == 200);
    const auto feed = get(app, "/api/v1/punches");
    const auto& first = feed.list("punches")[0].as_object();
    CHECK(first.at("person").at("name") == "Ana");
    CHECK(first.at("person").at("nip") == "198501312010011001");
    CHECK(first.at("person").at("unit") == "sosial");
    CHECK(first.at("person").at("uuid").as_string() == uuid);
    CHECK(first.at("flags").as_array().empty());
    const auto& second = feed.list("punches")[1].as_object();
    CHECK(second.at("counted") == true);
    REQUIRE(second.at("flags").as_array().size() == 1);
    CHECK(second.at("flags").as_array()[0] == "wrong_terminal");
    const auto table = read_csv_table(get_csv(app, "/api/v1/punches"));
    REQUIRE(table.rows.size() == 2);
    CHECK(table.rows[1].fields[table.find_column("name")] == "Ana");
    CHECK(table.rows[1].fields[table.find_column("person")] == uuid);
    CHECK(table.rows[1].fields[table.find_column("flags")] == "wrong_terminal");

    const auto days = get(app, "/api/v1/people/" + uuid + "/days?from=2026-11-20&to=2026-11-22");
    REQUIRE(days.list("days").size() == 2);
    const auto& friday = days.list("days")[0].as_object();
    CHECK(friday.at("working_day") == true);
    REQUIRE(friday.at("punches").as_array().size() == 2);
    CHECK(friday.at("punches").as_array()[1].at("terminal") == field);
    CHECK(days.list("days")[1].at("working_day") == false);
    CHECK(get(app, "/api/v1/people/" + uuid + "/days?from=2026-11-20&to=2026-11-20").status == 400);
    CHECK(get(app, "/api/v1/people/" + uuid + "/days?from=20-11-2026").status == 400);
}

TEST_CASE("a PIN that ended is another person's from then on, and each punch is who it was that day") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    REQUIRE(post(app, "/api/v1/people",
                 std::string(header) + ",Ana,,sosial,,,,42,2026-01-01\n,Budi,,sosial,,,,,2026-01-01\n")
                .number("added") == 2);
    push(app, office, "42\t2026-11-19 08:00:00\t0\t1\t0\n42\t2026-11-20 08:00:00\t0\t1\t0\n");
    const auto ana = get(app, "/api/v1/people/" + uuid_of(app, "Ana"));
    const auto budi = uuid_of(app, "Budi");
    const auto pins = "/api/v1/people/" + budi + "/pins";
    const auto refused = post(app, pins, R"({"pin": "42", "from": "2026-11-20"})");
    CHECK(refused.status == 409);
    CHECK(refused.text("detail").find("Ana's from 2026-01-01") != std::string::npos);
    const auto id = std::string(ana.list("pins")[0].at("id").as_string());
    const auto end = "/api/v1/people/" + ana.text("uuid") + "/pins/" + id + "/end";
    CHECK(post(app, pins + "/" + id + "/end", R"({"to": "2026-11-20"})").status == 404);
    CHECK(post(app, end, R"({"to": "2025-11-20"})").status == 409);
    CHECK(post(app, end, R"({"until": "2026-11-20"})").status == 422);
    CHECK(post(app, end, R"({"to": "2026-11-20", "reason": "left"})").status == 200);
    CHECK(post(app, end, R"({"to": "2026-11-20"})").status == 409);
    CHECK(post(app, pins, R"({"pin": "42", "from": "2026-11-20"})").status == 201);
    app.settle();
    const auto feed = get(app, "/api/v1/punches");
    CHECK(feed.list("punches")[0].at("person").at("name") == "Ana");
    CHECK(feed.list("punches")[1].at("person").at("name") == "Budi");
    CHECK(count_rows(state.path(), "audit WHERE action = 'pin.end'") == 1);
    CHECK(count_rows(state.path(), "audit WHERE action = 'pin.assign'") == 1);
    CHECK(get(app, "/api/v1/people/" + budi + "/days?from=2026-11-19&to=2026-11-20")
              .list("days")[0]
              .at("punches")
              .as_array()
              .empty());
}

TEST_CASE("the matching sheet goes out, a clerk edits it, and only what they accepted is assigned") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    REQUIRE(post(app, "/api/v1/people",
                 std::string(header) + "198501312010011001,\"Ahmad Fauzi, S.Kom\",PNS,sosial,III,,,,2026-01-01\n"
                                       ",Siti Aminah,,sosial,,,,,2026-01-01\n,Siti Aminah Noor,,tani,,,,,2026-01-01\n"
                                       ",Budi Santoso,,tani,,,,,2026-01-01\n,Wati,,sosial,,,,99,2026-01-01\n")
                .number("added") == 5);
    push_users(
        app, office,
        "USER PIN=0042\tName=AHMAD FAUZI\tPri=0\nUSER PIN=7\tName=SITI AMINAH\tPri=0\nUSER PIN=8\tName=X\tPri=0\n"
        "USER PIN=99\tName=WATI\tPri=0\n");
    push_users(app, field, "USER PIN=7\tName=BUDI SANTOSO\tPri=0\n");
    push(app, office, "0042\t2026-11-20 08:00:00\t0\t1\t0\n555\t2026-11-20 08:00:05\t0\t1\t0\n");
    const auto sheet = get(app, "/api/v1/matching");
    CHECK(sheet.list("rows").size() == 5);  // 42, 7 twice, 8, 555; 99 is Wati's
    CHECK(get(app, "/api/v1/matching?terminal=" + std::string(field)).list("rows").size() == 1);
    CHECK(get(app, "/api/v1/matching?unit=tani").list("rows").size() >= 1);
    CHECK(get(app, "/api/v1/matching?terminal=NONE").status == 404);

    std::string csv = get_csv(app, "/api/v1/matching");
    CHECK(csv.starts_with("pin,terminals,name_on_terminal,person,nip,name,unit,score,reason,accept,only_on\r\n"));
    // Untouched, it assigns nothing.
    const auto untouched = post(app, "/api/v1/matching?from=2026-10-01", csv);
    CHECK(untouched.status == 200);
    CHECK(untouched.number("assigned") == 0);
    CHECK(count_rows(state.path(), "pin_assignment") == 1);
    const auto table = read_csv_table(csv);
    std::string edited = csv.substr(0, csv.find('\n') + 1);
    const auto accept = table.find_column("accept");
    for (const auto& row : table.rows) {
        auto fields = row.fields;
        if (!fields[table.find_column("score")].empty()) fields[accept] = "ya";
        edited += csv_record(fields);
    }
    const auto dry = post(app, "/api/v1/matching?dry_run=1&from=2026-10-01", edited);
    CHECK(dry.number("assigned") == 3);
    CHECK(count_rows(state.path(), "pin_assignment") == 1);
    const auto taken = post(app, "/api/v1/matching?from=2026-10-01", edited);
    CHECK(taken.status == 200);
    CHECK(taken.number("assigned") == 3);
    CHECK(post(app, "/api/v1/matching?from=2026-10-01", edited).number("unchanged") == 3);
    CHECK(count_rows(state.path(), "pin_assignment WHERE serial = ''") == 2);
    CHECK(count_rows(state.path(), "pin_assignment WHERE pin_key = '7' AND serial <> ''") == 2);
    CHECK(count_rows(state.path(), "audit WHERE action = 'pin.assign'") == 3);
    // What is matched is gone from the sheet.
    CHECK(get(app, "/api/v1/matching").list("rows").size() == 2);
    app.settle();
    CHECK(get(app, "/api/v1/punches").list("punches")[0].at("person").at("name") == "Ahmad Fauzi, S.Kom");

    const auto bad = post(app, "/api/v1/matching",
                          "pin,person,nip,accept\n8,,,ya\n8,00000000-0000-4000-8000-000000000000,,ya\n9,,,entah\n");
    CHECK(bad.status == 422);
    CHECK(bad.list("problems").size() == 3);
}

TEST_CASE("reports: collisions, orphans, unmatched punches, and who is missing on a terminal") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    REQUIRE(post(app, "/api/v1/people",
                 std::string(header) +
                     ",Ana,,sosial,,,,42,2026-11-20\n,Budi,,sosial,,,,43,2026-01-01\n,Cici,,tani,,,,,2026-01-01\n")
                .number("added") == 3);
    push_users(app, office, "USER PIN=42\tName=ANA\tPri=0\nUSER PIN=50\tName==1+1\tPri=0\n");
    push_users(app, field, "USER PIN=42\tName=WAYAN\tPri=0\n");
    push(app, office,
         "42\t2026-11-19 08:00:00\t0\t1\t0\n42\t2026-11-20 08:00:00\t0\t1\t0\n43\t2026-11-20 08:00:00\t0\t1\t0\n"
         "60\t2026-11-19 08:00:00\t0\t1\t0\n60\t2026-11-20 08:00:00\t0\t1\t0\n");

    const auto collisions = get(app, "/api/v1/reports/collisions");
    REQUIRE(collisions.list("collisions").size() == 1);
    CHECK(collisions.list("collisions")[0].at("pin") == "42");
    CHECK(collisions.list("collisions")[0].at("names").as_array().size() == 2);

    const auto orphans = get(app, "/api/v1/reports/orphans");
    REQUIRE(orphans.list("orphans").size() == 1);
    CHECK(orphans.list("orphans")[0].at("pin") == "50");
    CHECK(get_csv(app, "/api/v1/reports/orphans").find(",'=1+1,") != std::string::npos);

    const auto unmatched = get(app, "/api/v1/reports/unmatched");
    REQUIRE(unmatched.list("unmatched").size() == 2);
    const auto& before = unmatched.list("unmatched")[0].as_object();
    CHECK(before.at("pin") == "42");  // the day before it was Ana's
    CHECK(before.at("punches") == 1);
    CHECK(before.at("last") == "2026-11-19T08:00:00");
    CHECK(unmatched.list("unmatched")[1].at("punches") == 2);
    CHECK(get(app, "/api/v1/reports/unmatched?from=2026-11-20&to=2026-11-21").list("unmatched").size() == 1);

    const auto missing = get(app, "/api/v1/reports/missing");
    REQUIRE(missing.list("missing").size() == 2);
    CHECK(missing.list("missing")[0].at("terminal") == office);
    CHECK(missing.list("missing")[0].at("people").as_array().at(0).at("name") == "Budi");
    CHECK(missing.list("missing")[1].at("people").as_array().at(0).at("name") == "Cici");
    for (const char* report : {"collisions", "unmatched", "missing"}) {
        CAPTURE(std::string(report));
        CHECK(read_csv_table(get_csv(app, fmt::format("/api/v1/reports/{}", report))).rows.size() == 2);
    }
    const auto budi = get(app, "/api/v1/people/" + uuid_of(app, "Budi"));
    REQUIRE(budi.list("terminals").size() == 1);
    CHECK(budi.list("terminals")[0].at("enrolled") == false);
    const auto ana = get(app, "/api/v1/people/" + uuid_of(app, "Ana"));
    CHECK(ana.list("terminals")[0].at("enrolled") == true);
    CHECK(ana.list("terminals")[0].at("name_on_terminal") == "ANA");
}

TEST_CASE("nobody of that uuid, no such day, no such PIN: a sentence each") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    REQUIRE(post(app, "/api/v1/people", std::string(header) + ",Ana,,sosial,,,,42,2026-01-01\n").number("added") == 1);
    const auto pins = "/api/v1/people/" + uuid_of(app, "Ana") + "/pins";
    const struct {
        const char* name;
        std::string target;
        std::string body;
        int status;
    } cases[] = {
        {"nobody", "/api/v1/people/nobody/pins", R"({"pin": "1"})", 404},
        {"no JSON", pins, "pin=1", 422},
        {"no PIN", pins, R"({"from": "2026-01-01"})", 422},
        {"a number", pins, R"({"pin": 42})", 422},
        {"no day", pins, R"({"pin": "1", "from": "1.1.2026"})", 422},
        {"a PIN too long", pins, R"({"pin": ")" + std::string(65, '1') + R"("})", 422},
        {"an unknown key", pins, R"({"pin": "1", "serial": "X"})", 422},
        {"no such terminal", pins, R"({"pin": "1", "terminal": "NONE"})", 409},
        {"no such id", pins + "/x/end", "{}", 404},
        {"no such day of a list", "/api/v1/people?from=heute", header, 400},
        {"an unknown parameter", "/api/v1/people?dryrun=1", header, 400},
    };
    for (const auto& c : cases) {
        CAPTURE(std::string(c.name));
        const auto answer = post(app, c.target, c.body);
        CHECK(answer.status == c.status);
        CHECK(answer.text("detail").size() > 10);
    }
    CHECK(get(app, "/api/v1/people/nobody").status == 404);
    CHECK(get(app, "/api/v1/people/nobody/days").status == 404);
}

TEST_CASE("an admin sees and changes the people of their own units only, and each look is on record") {
    const TemporaryFolder state;
    RunningApp app(two_terminals(state), now);
    REQUIRE(post(app, "/api/v1/people",
                 std::string(header) +
                     ",Ana,,sosial,,,,42,2026-01-01\n,Wayan,,tani,,,,43,2026-01-01\n,Siti,,sosial,,,,,2026-01-01\n"
                     ",Siti Aminah,,tani,,,,,2026-01-01\n")
                .number("added") == 4);
    const auto ana = uuid_of(app, "Ana");
    const auto wayan = uuid_of(app, "Wayan");
    push(app, office, "42\t2026-11-20 08:00:00\t0\t1\t0\n60\t2026-11-20 08:00:05\t0\t1\t0\n");
    push(app, field, "43\t2026-11-20 08:00:00\t0\t1\t0\n61\t2026-11-20 08:00:05\t0\t1\t0\n");
    push_users(app, office, "USER PIN=7\tName=SITI AMINAH\tPri=0\n");
    push_users(app, field, "USER PIN=8\tName=SITI\tPri=0\nUSER PIN=90\tName=KADEK\tPri=0\n");
    app.settle();
    create_account(app.admin_port(), "", "root", "super-admin");
    create_account(app.admin_port(), basic("root", password), "clerk", "admin", {"sosial"});
    const auto as_clerk = [&](const char* method, const std::string& target, const std::string& body = {}) {
        return answer_of(ask(app.admin_port(), method, target, basic("clerk", password), body));
    };
    CHECK(as_clerk("GET", "/api/v1/people").list("people").size() == 2);
    CHECK(as_clerk("GET", "/api/v1/people?q=Wayan").list("people").empty());
    CHECK(as_clerk("GET", "/api/v1/people?unit=tani").status == 403);
    CHECK(as_clerk("GET", "/api/v1/people/" + ana).status == 200);
    const struct {
        const char* method;
        std::string target;
        std::string body;
    } refused[] = {
        {"GET", "/api/v1/people/" + wayan, ""},
        {"GET", "/api/v1/people/nobody", ""},
        {"GET", "/api/v1/people/" + wayan + "/days", ""},
        {"POST", "/api/v1/people/" + wayan + "/pins", R"({"pin": "99"})"},
        {"GET", std::string("/api/v1/matching?terminal=") + field, ""},
        {"GET", "/api/v1/reports/missing?unit=tani", ""},
    };
    for (const auto& one : refused) {
        CAPTURE(one.target);
        CHECK(as_clerk(one.method, one.target, one.body).status == 403);
    }
    // Of both the sheet knows, and shows only what is theirs: Siti Aminah of the other unit fits better.
    const auto rows = as_clerk("GET", "/api/v1/matching").list("rows");
    REQUIRE(rows.size() == 2);  // 7 and 60
    CHECK(rows[1].at("pin") == "7");
    CHECK(rows[1].at("hidden") == 1);
    CHECK(rows[1].at("proposal").is_null());
    CHECK(as_clerk("GET", "/api/v1/reports/orphans").list("orphans").size() == 1);
    CHECK(as_clerk("GET", "/api/v1/reports/unmatched").list("unmatched").size() == 1);
    const auto missing = as_clerk("GET", "/api/v1/reports/missing");
    CHECK(missing.list("missing").size() == 1);
    for (const auto& row : missing.list("missing")) {
        for (const auto& person : row.at("people").as_array()) CHECK(person.at("unit") == "sosial");
    }
    const auto moved =
        as_clerk("POST", "/api/v1/people", "uuid,nama,skpd\n" + wayan + ",Wayan,sosial\n" + ana + ",Ana,tani\n");
    CHECK(moved.status == 422);
    CHECK(moved.list("problems").size() == 2);
    CHECK(as_clerk("POST", "/api/v1/matching", "pin,person,accept\n99," + wayan + ",ya\n").status == 422);
    // Somebody else's PIN on a terminal that is not theirs.
    const auto narrowed = as_clerk("POST", "/api/v1/people/" + ana + "/pins", R"({"pin": "90"})");
    CHECK(narrowed.status == 201);
    CHECK(narrowed.text("terminal") == office);
    CHECK(
        as_clerk("POST", "/api/v1/people/" + ana + "/pins", fmt::format(R"({{"pin": "90", "terminal": "{}"}})", office))
            .status == 200);
    CHECK(count_rows(state.path(), "access_record WHERE viewer = 'account:clerk'") == 2);  // Ana and Siti
}
