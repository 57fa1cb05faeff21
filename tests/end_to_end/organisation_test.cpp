// Units, events, and where somebody should punch: Must show A with the files of config/balangan, and the routes.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <fstream>
#include <set>

#include "config/load.hpp"
#include "config/organisation.hpp"
#include "daemon/open_store.hpp"
#include "protocol/text_fields.hpp"
#include "storage/directory_repository.hpp"
#include "tests/end_to_end/fire.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

constexpr const char* district_terminal = "TSTKECPARSEL";

std::string text(const json::value& value) { return std::string(value.as_string()); }

json::value get(const RunningApp& app, const std::string& target) {
    const auto answer = http_get(app.admin_port(), target);
    CAPTURE(answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
}

RawResponse post(const RunningApp& app, const std::string& target, const std::string& body,
                 const std::string& type = "application/json") {
    return exchange(app.admin_port(),
                    fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                                "Connection: close\r\n\r\n{}",
                                target, type, body.size(), body));
}

// The files that are shipped, on a free port and a store of the test.
config::Settings balangan(const std::filesystem::path& folder) {
    const std::filesystem::path shipped = std::filesystem::path(PRESENSI_SOURCE_DIR) / "config/balangan";
    for (const char* file : {"presensi.yaml", "units.yaml"}) {
        std::filesystem::copy_file(shipped / file, folder / file);
    }
    const auto loaded = config::load_settings(folder / "presensi.yaml", folder.string());
    for (const auto& error : loaded.errors) FAIL_CHECK(error.text());
    REQUIRE(loaded.settings);
    const config::Settings free = RunningApp::settings(folder);
    config::Settings settings = *loaded.settings;
    settings.state_folder = free.state_folder;
    settings.storage = free.storage;
    settings.terminal_listener = free.terminal_listener;
    settings.admin_listener = free.admin_listener;
    settings.send_date = free.send_date;
    return settings;
}

config::Settings with_units(const std::filesystem::path& folder, const std::string& units) {
    config::Settings settings = RunningApp::settings(folder);
    settings.units_file = folder / "units.yaml";
    std::ofstream(*settings.units_file) << units;
    const auto loaded = config::load_organisation(*settings.units_file);
    for (const auto& error : loaded.errors) FAIL_CHECK(error.text());
    REQUIRE(loaded.organisation);
    settings.organisation = *loaded.organisation;
    return settings;
}

// People are brought by their own routes; here they only have to be there.
void add_person(const config::Settings& settings, const std::string& uuid, const std::string& unit,
                const std::string& echelon) {
    const auto store = open_store(settings, true);
    const auto database = store->open_database();
    database->transaction([&] {
        const auto id = database
                            ->query(
                                "INSERT INTO person (uuid, name, kind, created_at)"
                                " VALUES ($1, $1, 'pns', '2026-11-01T00:00:00Z') RETURNING id",
                                {uuid})
                            .at(0)
                            .integer(0);
        database->execute(
            "INSERT INTO unit_membership (person_id, unit, echelon, golongan, jabatan, valid_from)"
            " VALUES ($1, $2, $3, '', '', '2026-01-01')",
            {id, unit, echelon});
        storage::DirectoryRepository(*database).changed();
    });
}

std::string serials_of(const json::value& expected) {
    std::string serials;
    for (const auto& terminal : expected.at("terminals").as_array())
        serials += (serials.empty() ? "" : " ") + text(terminal.at("serial"));
    return serials;
}

constexpr const char* two_offices = R"(
units:
  - { code: a, name: Dinas A, kind: dinas, from: 2020-05-04, source: Perbup }
  - { code: b, name: Dinas B, kind: dinas, from: 2020-05-04, source: Perbup }
assignments:
  - { terminal: APEL, units: all, for: apel, from: 2020-05-04, source: Perbup }
  - { terminal: KANTOR-A, units: [a], for: daily, from: 2020-05-04, source: Perbup }
holidays:
  - { day: 2026-11-30, kind: local, name: Hari jadi, source: SE }
)";

}  // namespace

TEST_CASE("Balangan: nine apel terminals, 36 units, three kelurahan, and everybody's place on one Monday") {
    const TemporaryFolder state;
    config::Settings settings = balangan(state.path());
    for (const auto& [serial, unit] : {std::pair{district_terminal, "kec-paringin-selatan"},
                                       {"TSTBAPPEDA", "bappeda"},
                                       {"TSTDINSOS", "dinsos"},
                                       {"TSTPARINGIN", "kec-paringin"}}) {
        config::TerminalSettings terminal;
        terminal.serial = serial;
        terminal.unit = unit;
        settings.terminals.push_back(terminal);
    }
    struct Someone {
        const char* name;
        const char* unit;
        const char* echelon;
    };
    const Someone people[] = {
        {"staff-bappeda", "bappeda", "staff"},        {"head-bappeda", "bappeda", "eselon_3"},
        {"chief-dinsos", "dinsos", "eselon_2"},       {"staff-dinsos", "dinsos", "staff"},
        {"section-dinsos", "dinsos", "eselon_4"},     {"staff-batupiring", "kel-batupiring", "staff"},
        {"staff-kota", "kel-paringin-kota", "staff"}, {"head-kota", "kel-paringin-kota", "eselon_3"}};
    for (const Someone& one : people) add_person(settings, one.name, one.unit, one.echelon);
    RunningApp app(settings, "2026-11-23T00:00:00Z");

    const auto units = get(app, "/api/v1/units").at("units").as_array();
    CHECK(units.size() == 39);
    std::multiset<std::string> kinds;
    std::set<std::string> apel;
    for (const auto& unit : units) {
        CAPTURE(text(unit.at("code")));
        kinds.insert(text(unit.at("kind")));
        CHECK(text(unit.at("source")).starts_with("Perbup 32/2020 ps. "));
        CHECK(text(unit.at("valid_from")) == "2020-05-04");
        for (const auto& serial : unit.at("terminals").at("apel").as_array()) apel.insert(text(serial));
        // Everybody has somewhere to stand at the apel.
        for (const auto& group : unit.at("terminals").at("apel_by_echelon").as_object())
            CHECK_FALSE(group.value().as_array().empty());
    }
    CHECK(units.size() - kinds.count("kelurahan") == 36);
    CHECK(kinds.count("kelurahan") == 3);
    CHECK(apel.size() == 9);
    int of_diskominfo = 0;
    for (const auto& terminal : settings.terminals)
        of_diskominfo += terminal.role == config::TerminalRole::apel && terminal.portable ? 1 : 0;
    CHECK(of_diskominfo == 9);

    const auto made =
        post(app, "/api/v1/events",
             R"({"kind": "apel", "day": "2026-11-23", "opens": "07:00", "closes": "08:30", "place": "Halaman Setda",
                 "source": "Perbup 32/2020 ps. 4"})");
    CAPTURE(made.body);
    REQUIRE(made.status == 201);

    struct Case {
        const char* person;
        const char* at;
        const char* serials;
        bool at_event;
        bool assumed;
    };
    for (const Case& c : {
             Case{"staff-bappeda", "07:40:00", "GANTI-APEL-7 GANTI-APEL-8", true, false},
             Case{"head-bappeda", "07:40:00", "GANTI-APEL-2 GANTI-APEL-3", true, false},
             Case{"chief-dinsos", "07:40:00", "GANTI-APEL-1", true, false},
             Case{"section-dinsos", "07:40:00", "GANTI-APEL-4", true, false},
             Case{"staff-dinsos", "07:40:00", "GANTI-APEL-4", true, false},
             Case{"staff-dinsos", "16:35:00", "TSTDINSOS", false, false},
             Case{"head-bappeda", "16:35:00", "TSTBAPPEDA", false, false},
             Case{"staff-batupiring", "07:40:00", "GANTI-APEL-8", true, false},
             Case{"staff-batupiring", "16:35:00", district_terminal, false, false},
             Case{"staff-kota", "16:35:00", "TSTPARINGIN", false, false},
             Case{"head-kota", "07:40:00", "GANTI-APEL-2 GANTI-APEL-3", true, false},
         }) {
        CAPTURE(c.person);
        CAPTURE(c.at);
        const auto expected = get(app, fmt::format("/api/v1/people/{}/expected?at=2026-11-23T{}", c.person, c.at));
        CHECK(serials_of(expected) == c.serials);
        CHECK(expected.at("event").is_object() == c.at_event);
        CHECK(expected.at("assumed") == c.assumed);
    }
    const auto friday = get(app, "/api/v1/people/staff-dinsos/expected?at=2026-11-27T07:30:00");
    CHECK(serials_of(friday) == "TSTDINSOS");
    CHECK(friday.at("assumed") == true);
    CHECK(text(friday.at("reason")).find("ps. 4(3)") != std::string::npos);
    CHECK(http_get(app.admin_port(), "/api/v1/people/nobody/expected").status == 404);
    CHECK(http_get(app.admin_port(), "/api/v1/people/staff-dinsos/expected?at=senin").status == 400);

    // What a punch is judged by: entry at IV and exit at the own unit are both right, the others are not.
    const auto store = open_store(settings, false, StoreUse::beside_a_daemon);
    const auto database = store->open_database();
    attendance::Facts facts = storage::DirectoryRepository(*database).load();
    for (const auto& terminal : settings.terminals) {
        facts.terminals.push_back({terminal.serial, terminal.name, terminal.unit.value_or(""),
                                   terminal.role == config::TerminalRole::apel, terminal.portable, false});
    }
    const attendance::Directory directory(std::move(facts));
    const auto staff = directory.find_person_by_uuid("staff-dinsos")->id;
    const auto at = [](const char* time) { return decode_device_time(time).value(); };
    CHECK(directory.is_expected(staff, "GANTI-APEL-4", at("2026-11-23T07:40:00")));
    CHECK(directory.is_expected(staff, "TSTDINSOS", at("2026-11-23T16:35:00")));
    CHECK_FALSE(directory.is_expected(staff, "GANTI-APEL-5", at("2026-11-23T07:40:00")));
    CHECK_FALSE(directory.is_expected(staff, "TSTDINSOS", at("2026-11-23T07:40:00")));
    CHECK_FALSE(directory.is_expected(staff, "GANTI-APEL-4", at("2026-11-23T16:35:00")));
    CHECK_FALSE(directory.is_expected(staff, "TSTBAPPEDA", at("2026-11-23T16:35:00")));
}

TEST_CASE("units_file is brought in at every start: once, with an audit row, and what vanished ends") {
    const TemporaryFolder state;
    const auto imports = [&] {
        return stored_texts(state.path(), "SELECT detail FROM audit WHERE action = 'organisation.import' ORDER BY id");
    };
    { RunningApp app(with_units(state.path(), two_offices)); }
    REQUIRE(imports().size() == 1);
    CHECK(imports()[0].find(R"("units":{"added":["a","b"])") != std::string::npos);
    { RunningApp app(with_units(state.path(), two_offices)); }
    CHECK(imports().size() == 1);
    std::string later = two_offices;
    later.replace(later.find("Dinas B"), 7, "Badan B");
    later.erase(later.find("  - { terminal: KANTOR-A"),
                later.find("holidays:") - later.find("  - { terminal: KANTOR-A"));
    RunningApp app(with_units(state.path(), later));
    REQUIRE(imports().size() == 2);
    CHECK(imports()[1].find("Badan B") != std::string::npos);
    const auto units = get(app, "/api/v1/units").at("units").as_array();
    CHECK(text(units.at(1).at("name")) == "Badan B");
    CHECK(json::serialize(units.at(0).at("terminals").at("daily")) == "[]");
    CHECK(stored_texts(state.path(), "SELECT valid_to FROM terminal_assignment WHERE serial = 'KANTOR-A'") ==
          std::vector<std::string>{"2026-11-20"});
}

TEST_CASE("units by API: a dry run changes nothing, mistakes are listed by line, the change is one") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path()));
    const auto count = [&] { return get(app, "/api/v1/units").at("units").as_array().size(); };
    const auto dry = post(app, "/api/v1/units?dry_run=1", two_offices, "application/yaml");
    REQUIRE(dry.status == 200);
    CHECK(json::serialize(json::parse(dry.body).at("units").at("added")) == R"(["a","b"])");
    CHECK(count() == 0);
    CHECK(count_rows(state.path(), "audit") == 0);

    const auto wrong = post(app, "/api/v1/units", "units:\n  - { code: A, nama: x }\n", "application/yaml");
    CHECK(wrong.status == 422);
    CHECK(wrong.header("Content-Type") == "application/problem+json");
    const auto problems = json::parse(wrong.body).at("problems").as_array();
    REQUIRE(problems.size() > 3);
    CHECK(problems[0].at("line") == 2);
    CHECK(post(app, "/api/v1/units?dry_run=yes", two_offices).status == 400);
    CHECK(count() == 0);

    const auto done = post(app, "/api/v1/units", two_offices, "application/yaml");
    CHECK(done.status == 200);
    CHECK(count() == 2);
    CHECK(stored_texts(state.path(), "SELECT actor FROM audit") == std::vector<std::string>{"anonymous@127.0.0.1"});
    CHECK(json::serialize(json::parse(post(app, "/api/v1/units", two_offices).body).at("units").at("added")) == "[]");
    CHECK(count_rows(state.path(), "audit") == 1);
}

TEST_CASE("events and holidays: one, weekly without holidays, cancelled with a reason") {
    const TemporaryFolder state;
    RunningApp app(with_units(state.path(), two_offices));
    const auto days = [&] {
        std::string list;
        const auto events = get(app, "/api/v1/events?from=2026-11-20&to=2026-12-31");
        for (const auto& event : events.at("events").as_array()) list += text(event.at("day")).substr(5) + " ";
        return list;
    };
    const auto weekly = post(app, "/api/v1/events",
                             R"({"kind": "apel", "every": "monday", "from": "2026-11-23", "to": "2026-12-15",
                                 "opens": "07:00", "closes": "08:30", "units": ["a"], "source": "Perbup 32/2020 ps. 4"})");
    CAPTURE(weekly.body);
    REQUIRE(weekly.status == 201);
    const auto made = json::parse(weekly.body);
    CHECK(made.at("events").as_array().size() == 3);
    CHECK(json::serialize(made.at("left_out")) == R"([{"day":"2026-11-30","reason":"a holiday: Hari jadi"}])");
    CHECK(days() == "11-23 12-07 12-14 ");

    const std::string ceremony =
        R"({"kind": "upacara", "day": "2026-11-30", "opens": "07:30", "closes": "09:00", "source": "SE"})";
    CHECK(post(app, "/api/v1/events", ceremony).status == 201);
    CHECK(post(app, "/api/v1/events", ceremony).status == 409);
    CHECK(days() == "11-23 11-30 12-07 12-14 ");

    const auto holiday = post(app, "/api/v1/holidays",
                              R"({"day": "2026-12-07", "kind": "local", "name": "Hari lain", "source": "SE 7"})");
    REQUIRE(holiday.status == 201);
    const auto clash = json::parse(holiday.body).at("events_that_day").as_array();
    REQUIRE(clash.size() == 1);
    CHECK(post(app, "/api/v1/holidays",
               R"({"day": "2026-12-07", "kind": "local", "name": "Hari lain", "source": "SE 7"})")
              .status == 409);
    const auto cancel_path = "/api/v1/events/" + text(clash[0].at("id")) + "/cancel";
    CHECK(post(app, cancel_path, R"({"reason": " "})").status == 422);
    CHECK(post(app, cancel_path, R"({"reason": "libur"})").status == 200);
    CHECK(post(app, cancel_path, R"({"reason": "libur"})").status == 409);
    CHECK(post(app, "/api/v1/events/9999/cancel", R"({"reason": "libur"})").status == 404);
    CHECK(post(app, "/api/v1/events/x/cancel", R"({"reason": "libur"})").status == 404);
    CHECK(days() == "11-23 11-30 12-14 ");
    const auto stands = get(app, "/api/v1/events?from=2026-12-07&to=2026-12-07").at("holidays").as_array();
    REQUIRE(stands.size() == 1);
    const auto holiday_path = "/api/v1/holidays/" + text(stands[0].at("id")) + "/cancel";
    CHECK(post(app, holiday_path, R"({"reason": "salah tanggal"})").status == 200);
    CHECK(get(app, "/api/v1/events?from=2026-12-07&to=2026-12-07").at("holidays").as_array().empty());
    CHECK(stored_texts(state.path(), "SELECT action FROM audit WHERE actor LIKE 'anonymous%' ORDER BY id") ==
          std::vector<std::string>{"event.add", "event.add", "holiday.add", "event.cancel", "holiday.cancel"});
}

TEST_CASE("events that cannot be are refused with a sentence") {
    const TemporaryFolder state;
    RunningApp app(with_units(state.path(), two_offices));
    struct Case {
        const char* name;
        const char* body;
        const char* says;
    };
    for (const Case& c : {
             Case{"no JSON", "kind: apel", "JSON object"},
             Case{"no kind", R"({"day": "2026-11-23"})", "kind is missing"},
             Case{"unknown kind", R"({"kind": "rapat"})", "kind has to be apel, senam, tausiyah or upacara"},
             Case{"impossible day", R"({"kind": "apel", "day": "2026-02-30"})", "day has to be a day such as"},
             Case{"ends before it begins",
                  R"({"kind": "apel", "day": "2026-11-23", "opens": "08:00", "closes": "07:00", "source": "x"})",
                  "closes has to be opens or later"},
             Case{"unknown unit",
                  R"({"kind": "apel", "day": "2026-11-23", "opens": "07:00", "closes": "08:00", "units": ["z"],
                      "source": "x"})",
                  "there is no unit 'z'"},
             Case{"no source", R"({"kind": "apel", "day": "2026-11-23", "opens": "07:00", "closes": "08:00"})",
                  "source is missing"},
             Case{"unknown key",
                  R"({"kind": "apel", "day": "2026-11-23", "opens": "07:00", "closes": "08:00", "source": "x",
                      "jam": 7})",
                  "'jam' is not known here"},
             Case{"too long a rule",
                  R"({"kind": "apel", "every": "monday", "from": "2026-01-01", "to": "2027-02-01", "opens": "07:00",
                      "closes": "08:00", "source": "x"})",
                  "by a year at most"},
         }) {
        CAPTURE(c.name);
        const auto answer = post(app, "/api/v1/events", c.body);
        CHECK(answer.status == 422);
        CAPTURE(answer.body);
        CHECK(answer.body.find(c.says) != std::string::npos);
    }
    CHECK(post(app, "/api/v1/events", "{}", "text/plain").status == 415);
    CHECK(http_get(app.admin_port(), "/api/v1/events?from=2026-11-23&to=2026-11-22").status == 400);
    CHECK(http_get(app.admin_port(), "/api/v1/events?from=2026-01-01&to=2027-01-02").status == 400);
    CHECK(count_rows(state.path(), "event") == 0);
}
