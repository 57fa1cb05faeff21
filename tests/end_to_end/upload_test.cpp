// Files of a USB stick, as an Admin brings them.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "protocol/sha256.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi;
using namespace presensi::test;
namespace json = boost::json;

namespace {

constexpr const char* apel = "TST7240100001";
constexpr const char* office = "TST7240100002";

struct Answer {
    unsigned status = 0;
    json::object body;

    std::int64_t number(const char* key) const { return body.at(key).to_number<std::int64_t>(); }
    std::string text(const char* key) const { return std::string(body.at(key).as_string()); }
};

Answer upload(const RunningApp& app, const std::string& terminal, const std::string& bytes,
              const std::string& more = {}) {
    const auto answer = test::exchange(
        app.admin_port(), post_request(fmt::format("/api/v1/terminals/{}/uploads{}", terminal, more), bytes));
    return {static_cast<unsigned>(answer.status), json::parse(answer.body).as_object()};
}

// A stick's file: so many punches of a Friday, of a terminal with this number.
std::string attlog(int punches, int number = 1, int first_pin = 1) {
    std::string text;
    for (int i = 0; i < punches; ++i) {
        text += fmt::format("{:>9}\t2026-11-20 07:{:02}:{:02}\t{}\t0\t1\t0\r\n", first_pin + i, 30 + i / 60, i % 60,
                            number);
    }
    return text;
}

Answer ask(const RunningApp& app, const std::string& request, const std::string& source = "127.0.0.1") {
    RawConnection connection(app.admin_port(), source);
    connection.send(request);
    const auto answer = connection.receive();
    return {static_cast<unsigned>(answer.status), json::parse(answer.body).as_object()};
}

config::Settings settings_with(const TemporaryFolder& state, config::SecondApproval approval) {
    auto settings = RunningApp::settings(state.path(), {apel, office});
    settings.uploads.second_approval = approval;
    return settings;
}

std::string approve(const std::string& id) { return post_request("/api/v1/uploads/" + id + "/approve", ""); }
std::string refuse(const std::string& id, const char* body) {
    return post_request("/api/v1/uploads/" + id + "/refuse", body);
}

// Somebody else than who brings files from 127.0.0.1.
constexpr const char* elsewhere = "127.0.0.2";

std::int64_t stored(const std::filesystem::path& folder, const char* table) { return count_rows(folder, table); }

}  // namespace

TEST_CASE("a file of a stick is taken once, however often it is brought, and each time is on record") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    const auto first = upload(app, apel, attlog(100));
    REQUIRE(first.status == 201);
    CHECK(first.text("kind") == "attlog");
    CHECK(first.text("terminal_number") == "1");
    CHECK(first.number("lines") == 100);
    CHECK(first.number("new") == 100);
    CHECK(first.number("rejected") == 0);
    CHECK(first.text("first") == "2026-11-20T07:30:00");
    CHECK(first.text("last") == "2026-11-20T07:31:39");
    const auto again = upload(app, apel, attlog(100));
    CHECK(again.status == 201);
    CHECK(again.number("new") == 0);
    CHECK(again.number("known") == 100);
    CHECK(again.body.at("delivery").is_null());
    CHECK(stored(state.path(), "punch WHERE grade = 'file'") == 100);
    CHECK(stored(state.path(), "delivery") == 1);
    CHECK(stored(state.path(), "upload") == 2);
    CHECK(stored(state.path(), "audit WHERE action = 'upload.take'") == 2);
    // The same punches by push are the same punches.
    const auto pushed =
        test::exchange(app.terminal_port(), post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=1", apel),
                                                         "1\t2026-11-20 07:30:00\t0\t1\t0\n"));
    CHECK(pushed.body == "OK: 1");
    CHECK(stored(state.path(), "punch") == 100);
}

TEST_CASE("a damaged file: what can be read is taken, the rest is listed by line") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    std::string bytes = attlog(10) + "      777\t2026-02-30 08:00:00\t1\t0\t1\t0\r\n" + attlog(1, 1, 500);
    bytes += "      778\t2026-11-20 08:0";
    const auto taken = upload(app, apel, bytes);
    REQUIRE(taken.status == 201);
    CHECK(taken.number("new") == 11);
    CHECK(taken.number("rejected") == 2);
    const auto& rejects = taken.body.at("rejects").as_array();
    REQUIRE(rejects.size() == 2);
    CHECK(rejects[0].at("line").to_number<int>() == 11);
    CHECK(rejects[0].at("reason") == "bad_time");
    CHECK(rejects[1].at("line").to_number<int>() == 13);
    CHECK(taken.body.at("remarks").at(0).as_string().find("cut") != std::string::npos);
    CHECK(stored(state.path(), "reject") == 2);
}

TEST_CASE("a dry run says what would be, and changes nothing") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    upload(app, apel, attlog(10));
    const auto would = upload(app, apel, attlog(30), "?dry_run=1");
    CHECK(would.status == 200);
    CHECK(would.number("new") == 20);
    CHECK(would.number("known") == 10);
    CHECK(would.body.at("upload").is_null());
    CHECK(stored(state.path(), "punch") == 10);
    CHECK(stored(state.path(), "upload") == 1);
}

TEST_CASE("another terminal's file is refused with a sentence until somebody confirms it") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel, office}), "2026-11-23T01:00:00Z");
    REQUIRE(upload(app, office, attlog(100)).status == 201);
    SUBCASE("its punches are stored there") {
        // 20 of 120 are new.
        const auto refused = upload(app, apel, attlog(120));
        CHECK(refused.status == 422);
        CHECK(refused.text("detail").find(office) != std::string::npos);
        CHECK(refused.text("detail").find("100 of the 120") != std::string::npos);
        CHECK(stored(state.path(), "punch") == 100);
        const auto confirmed = upload(app, apel, attlog(120), "?confirm=1");
        CHECK(confirmed.status == 201);
        CHECK(confirmed.number("new") == 120);
        CHECK(confirmed.body.at("remarks").at(0).as_string().starts_with("Confirmed"));
    }
    SUBCASE("some people punched at both") {
        CHECK(upload(app, apel, attlog(50, 1, 51) + attlog(60, 1, 1000)).status == 201);
    }
    SUBCASE("the terminal number is another") {
        CHECK(upload(app, apel, attlog(10, 4, 1000)).status == 201);
        const auto refused = upload(app, apel, attlog(10, 5, 2000));
        CHECK(refused.status == 422);
        CHECK(refused.text("detail").find("is 5") != std::string::npos);
        CHECK(upload(app, apel, attlog(10, 5, 2000), "?confirm=1").status == 201);
    }
}

TEST_CASE("a file that joins several terminals' punches adds nothing unless somebody confirms it") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel, office, "TST7240100003"}), "2026-11-23T01:00:00Z");
    REQUIRE(upload(app, apel, attlog(100)).status == 201);
    REQUIRE(upload(app, office, attlog(30, 1, 1000)).status == 201);
    REQUIRE(upload(app, "TST7240100003", attlog(30, 1, 2000)).status == 201);
    const std::string joined = attlog(100) + attlog(30, 1, 1000) + attlog(30, 1, 2000) + attlog(5, 1, 3000);
    const auto refused = upload(app, apel, joined);
    CHECK(refused.status == 422);
    CHECK(refused.text("detail").find("65 punches in this file that are new here 60 are stored") != std::string::npos);
    CHECK(refused.text("detail").find(office) != std::string::npos);
    CHECK(refused.text("detail").find("TST7240100003") != std::string::npos);
    CHECK(stored(state.path(), "punch") == 160);
    // Several terminals' numbers in one file.
    const auto numbers = upload(app, apel, attlog(100) + attlog(5, 7, 4000) + attlog(5, 12, 5000));
    CHECK(numbers.status == 422);
    CHECK(numbers.text("detail").find("1, 7, 12") != std::string::npos);
    // One record alone that is another's.
    CHECK(upload(app, apel, attlog(100) + attlog(1, 1, 1000)).status == 422);
    const auto confirmed = upload(app, apel, joined, "?confirm=1");
    CHECK(confirmed.status == 201);
    CHECK(confirmed.number("new") == 65);
}

TEST_CASE("users of a stick bring names, and no password") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    std::string users(144, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { users.replace(at, text.size(), text); };
    put(0, "\x01");
    put(3, "hunter2");
    put(11, "Ana");
    put(48, "1001");
    put(72, "\x02");
    put(72 + 11, "Budi");
    put(72 + 35, "card");
    put(72 + 48, "1002");
    for (const int round : {1, 2}) {
        const auto taken = upload(app, apel, users);
        CAPTURE(round);
        REQUIRE(taken.status == 201);
        CHECK(taken.text("kind") == "users");
        CHECK(taken.number("lines") == 2);
        CHECK(taken.number("new") == 0);
        CHECK(stored(state.path(), "delivery") == 1);
    }
    CHECK(stored_texts(state.path(), "SELECT name FROM terminal_user ORDER BY pin") ==
          std::vector<std::string>{"Ana", "Budi"});
    for (const auto& text : all_texts(state.path())) {
        CHECK(text.find("hunter2") == std::string::npos);
        CHECK(text.find("card") == std::string::npos);
    }
    CHECK(upload(app, apel, users.substr(0, 100)).status == 422);
}

TEST_CASE("a table: known columns, said columns, our own export, and the same again") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel, office}), "2026-11-23T01:00:00Z");
    REQUIRE(upload(app, apel, attlog(10)).status == 201);
    app.settle();
    const auto exported = http_get(app.admin_port(), "/api/v1/punches", "Accept: text/csv\r\n");
    REQUIRE(exported.status == 200);
    const std::string table = exported.body;
    const auto again = upload(app, apel, table);
    CHECK(again.status == 201);
    CHECK(again.text("kind") == "csv");
    CHECK(again.number("new") == 0);
    CHECK(again.number("known") == 10);
    CHECK(upload(app, office, table).status == 422);
    CHECK(upload(app, office, table, "?confirm=1").status == 422);
    const std::string other = "NIK;Ket;Tanggal;Jam\r\n501;\"a;b\";20/11/2026;07.58.03\r\n502;x;kemarin;07.58.04\r\n";
    CHECK(upload(app, apel, other).status == 422);
    for (const int round : {1, 2}) {
        const auto said = upload(app, apel, other, "?pin=NIK&date=Tanggal&time=4");
        CAPTURE(round);
        REQUIRE(said.status == 201);
        CHECK(said.number("new") == (round == 1 ? 1 : 0));
        CHECK(said.number("rejected") == 1);
        CHECK(said.body.at("rejects").at(0).at("line") == 3);
    }
    CHECK(stored(state.path(), "punch WHERE pin = '501'") == 1);
    CHECK(stored(state.path(), "delivery") == 2);
    CHECK(upload(app, apel, other, "?pin=NIP&time=4").text("detail").find("no column NIP") != std::string::npos);
}

TEST_CASE("a table of several terminals: each takes its own rows, and those of the others it knows are no rejects") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel, office}), "2026-11-23T01:00:00Z");
    REQUIRE(upload(app, apel, attlog(10)).status == 201);
    REQUIRE(upload(app, office, attlog(5, 1, 100)).status == 201);
    app.settle();
    const auto exported = http_get(app.admin_port(), "/api/v1/punches", "Accept: text/csv\r\n");
    for (const int round : {1, 2}) {
        CAPTURE(round);
        const auto again = upload(app, apel, exported.body);
        REQUIRE(again.status == 201);
        CHECK(again.number("lines") == 15);
        CHECK(again.number("new") == 0);
        CHECK(again.number("known") == 10);
        CHECK(again.number("rejected") == 0);
        CHECK(again.number("left_out") == 5);
        CHECK(again.body.at("remarks").at(0) ==
              "5 of its rows are of other terminals and were left out: TST7240100002.");
    }
    CHECK(upload(app, office, exported.body).number("left_out") == 10);
    CHECK(stored(state.path(), "reject") == 0);
    // Of a terminal that nobody knows it is a mistake of the file.
    const std::string table = "pin,time,terminal\n900,2026-11-20 07:58:03,TST7240109999\n901,2026-11-20 07:58:03,\n";
    const auto unknown = upload(app, apel, table);
    CHECK(unknown.number("new") == 1);
    CHECK(unknown.number("left_out") == 0);
    CHECK(unknown.body.at("rejects").at(0).at("reason") == "other_terminal");
    CHECK(unknown.body.at("rejects").at(0).at("line") == 2);
}

TEST_CASE("a file with nothing new is taken whatever number it has, and teaches none") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    REQUIRE(upload(app, apel, attlog(10, 15)).status == 201);
    const auto exported =
        http_get(app.admin_port(), fmt::format("/api/v1/exports/2026-11?terminal={}&format=attlog", apel));
    REQUIRE(exported.status == 200);
    CHECK(exported.body.find("\t1\t") != std::string::npos);
    for (const char* more : {"", "?confirm=1"}) {
        const auto again = upload(app, apel, exported.body, more);
        CAPTURE(more);
        CHECK(again.status == 201);
        CHECK(again.number("new") == 0);
    }
    CHECK(upload(app, apel, attlog(10, 15) + attlog(5, 15, 500)).status == 201);
    CHECK(upload(app, apel, attlog(5, 1, 600)).status == 422);
}

TEST_CASE("PINs that a spreadsheet would run come back from our own table as they are") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    const std::vector<std::string> pins{"=1+1", "'=1+1", "''@x", "-", "'Aisyah", "+62", "'=1", "''=1", "a\"b", "'"};
    std::string rows;
    for (const auto& pin : pins) rows += pin + "\t2026-11-20 07:58:03\t0\t1\t'=7\n";
    const auto pushed = test::exchange(
        app.terminal_port(), post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=1", apel), rows));
    REQUIRE(pushed.body == fmt::format("OK: {}", pins.size()));
    app.settle();
    for (const char* from : {"/api/v1/punches", "/api/v1/exports/2026-11"}) {
        CAPTURE(from);
        const auto exported = http_get(app.admin_port(), from, "Accept: text/csv\r\n");
        const auto again = upload(app, apel, exported.body);
        REQUIRE(again.status == 201);
        CHECK(again.number("new") == 0);
        CHECK(again.number("known") == static_cast<std::int64_t>(pins.size()));
    }
    CHECK(stored(state.path(), "punch") == static_cast<std::int64_t>(pins.size()));
}

TEST_CASE("a flag that is neither yes nor no is refused, so that no dry run takes anything") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    for (const char* flag :
         {"?dry_run", "?dry_run=", "?dry_run=yes", "?dry_run=ya", "?confirm=yes", "?dry_run=1&confirm"}) {
        CAPTURE(flag);
        CHECK(upload(app, apel, attlog(5), flag).status == 400);
    }
    CHECK(stored(state.path(), "punch") == 0);
    CHECK(upload(app, apel, attlog(5), "?dry_run=true&confirm=0").status == 200);
    CHECK(upload(app, apel, attlog(5), "?dry_run=false&confirm=true").status == 201);
}

TEST_CASE("a form brings a file too, and its name leads nowhere") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    const auto form = [&](const char* name, const std::string& bytes) {
        const std::string body =
            fmt::format("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\r\n{}\r\n--b--\r\n",
                        name, bytes);
        return ask(app, fmt::format("POST /api/v1/terminals/{}/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                                    "multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{}",
                                    apel, body.size(), body));
    };
    const auto before = std::distance(std::filesystem::directory_iterator(state.path()), {});
    for (const char* name : {"1_attlog.dat", "../../../../tmp/presensi-escaped", "/etc/passwd", "a\\..\\b",
                             "=cmd|'/C calc'!A0", "presensi.yaml"}) {
        CAPTURE(name);
        CHECK(form(name, attlog(5)).status == 201);
    }
    CHECK(form("x", "PK\x03\x04").status == 422);
    CHECK(stored(state.path(), "punch") == 5);
    CHECK(std::distance(std::filesystem::directory_iterator(state.path()), {}) == before);
    CHECK_FALSE(std::filesystem::exists("/tmp/presensi-escaped"));
    for (const auto& text : all_texts(state.path())) CHECK(text.find("escaped") == std::string::npos);
}

TEST_CASE("PINs that are nobody's on their day are counted and listed") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    const auto taken = upload(app, apel, attlog(150));
    REQUIRE(taken.status == 201);
    const auto& without = taken.body.at("without_person").as_object();
    CHECK(without.at("pins") == 150);
    CHECK(without.at("list").as_array().size() == 100);

    // Of the PINs 1 and 2 the second is Ana's, but only from a day on that comes later.
    stored_texts(
        state.path(),
        "INSERT INTO person (uuid, name, kind, created_at) VALUES ('u1', 'Ana', 'none', '2026-01-01T00:00:00Z')"
        " RETURNING name");
    for (const auto& [pin, from] : {std::pair("1", "2026-01-01"), std::pair("2", "2026-11-21")}) {
        stored_texts(state.path(),
                     fmt::format("INSERT INTO pin_assignment (person_id, serial, pin, pin_key, valid_from,"
                                 " reason, assigned_by, assigned_at) SELECT id, '', '{0}', '{0}', '{1}', '',"
                                 " '', '2026-01-01T00:00:00Z' FROM person RETURNING pin",
                                 pin, from));
    }
    stored_texts(state.path(), "UPDATE directory_version SET version = version + 1 RETURNING 'changed'");
    const auto later = upload(app, apel, attlog(2));
    CHECK(later.body.at("without_person") == json::value{{"pins", 1}, {"list", {"2"}}});
}

TEST_CASE("a pulled file that waits is kept without the passwords that somebody left in it") {
    const TemporaryFolder state;
    RunningApp app(settings_with(state, config::SecondApproval::always), "2026-11-23T01:00:00Z");
    std::string users("\x48\0\0\0", 4);
    users.resize(4 + 72, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { users.replace(4 + at, text.size(), text); };
    put(0, "\x01");
    put(3, "hunter2");
    put(11, "Ana");
    put(48, "1001");
    std::string file = fmt::format(
        "presensi-pull 1\n{{\"serial\":\"{}\",\"pulled_at\":\"2026-11-20T01:00:00Z\",\"attendance_bytes\":0,"
        "\"users_bytes\":{}}}\n{}",
        apel, users.size(), users);
    file += "sha256 " + hex(sha256(file)) + "\n";
    const auto waiting = upload(app, apel, file);
    REQUIRE(waiting.status == 202);
    CHECK(waiting.text("kind") == "pulled");
    for (const auto& text : all_texts(state.path())) CHECK(text.find("hunter2") == std::string::npos);
    CHECK(stored(state.path(), "terminal_user") == 0);
    CHECK(ask(app, approve(waiting.text("upload")), elsewhere).status == 200);
    CHECK(stored_texts(state.path(), "SELECT name FROM terminal_user") == std::vector<std::string>{"Ana"});
    for (const auto& text : all_texts(state.path())) CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("always: nothing of a file counts until another person approves it") {
    const TemporaryFolder state;
    RunningApp app(settings_with(state, config::SecondApproval::always), "2026-11-23T01:00:00Z");
    const auto waiting = upload(app, apel, attlog(10) + "PASSWD=hunter2\r\n");
    REQUIRE(waiting.status == 202);
    CHECK_FALSE(waiting.text("waits_for").empty());
    CHECK(waiting.number("new") == 10);
    const std::string id = waiting.text("upload");
    CHECK(stored(state.path(), "punch") == 0);
    CHECK(stored(state.path(), "delivery") == 0);
    for (const auto& text : all_texts(state.path())) CHECK(text.find("hunter2") == std::string::npos);
    // Once more the same: it waits already.
    CHECK(upload(app, apel, attlog(10) + "PASSWD=hunter2\r\n").text("upload") == id);
    CHECK(upload(app, apel, attlog(10), "?dry_run=1").status == 200);
    const auto list = ask(app, get_request("/api/v1/uploads?state=waiting"));
    REQUIRE(list.body.at("uploads").as_array().size() == 1);
    CHECK(list.body.at("uploads").at(0).at("uploaded_by") == "anonymous@127.0.0.1");

    SUBCASE("approved") {
        CHECK(ask(app, approve(id)).status == 409);
        CHECK(stored(state.path(), "punch") == 0);
        const auto approved = ask(app, approve(id), elsewhere);
        REQUIRE(approved.status == 200);
        CHECK(approved.number("new") == 10);
        CHECK(approved.number("rejected") == 1);
        CHECK(stored(state.path(), "punch WHERE grade = 'file'") == 10);
        CHECK(ask(app, approve(id), elsewhere).status == 409);
        const auto audit =
            stored_texts(state.path(), "SELECT actor || detail FROM audit WHERE action = 'upload.approve'");
        REQUIRE(audit.size() == 1);
        CHECK(audit[0].find("127.0.0.1") != std::string::npos);
        CHECK(audit[0].find("127.0.0.2") != std::string::npos);
        CHECK(stored(state.path(), "waiting_upload WHERE content IS NOT NULL") == 0);
        // What was taken before changes nothing, so it does not wait.
        const auto again = upload(app, apel, attlog(10) + "PASSWD=hunter2\r\n");
        CHECK(again.status == 201);
        CHECK(again.number("new") == 0);
    }
    SUBCASE("refused") {
        CHECK(ask(app, refuse(id, "{}"), elsewhere).status == 422);
        CHECK(ask(app, refuse(id, R"({"reason":"forged"})"), elsewhere).status == 200);
        CHECK(ask(app, approve(id), elsewhere).status == 409);
        CHECK(stored(state.path(), "punch") == 0);
        CHECK(stored(state.path(), "waiting_upload WHERE content IS NOT NULL") == 0);
        const auto refused = ask(app, get_request("/api/v1/uploads?state=refused&terminal=" + std::string(apel)));
        CHECK(refused.body.at("uploads").at(0).at("reason") == "forged");
        CHECK(stored(state.path(), "audit WHERE action = 'upload.refuse'") == 1);
    }
    SUBCASE("of each kind the same comes out as without waiting") {
        const struct {
            const char* name;
            std::string bytes;
            const char* more;
            int punches;
        } kinds[] = {
            {"as pushed", "901\t2026-11-20 07:00:00\t0\t15\n902\t2026-11-20 07:00:01\t1\t15\n", "", 2},
            {"a general log",
             "No\tTMNo\tEnNo\tName\tINOUT\tMode\tDateTime\r\n1\t1\t000000903\tAna\t0\t8\t05/06/2026 07:58:00\r\n",
             "?date_order=day_first", 1},
            {"a table", "a;b;c\n904;rahasia;20/11/2026 07:58:03\n", "?pin=a&time=c", 1},
            {"a binary log", std::string("ZoucqGENLOGData\x01\0\0\0\x10\x20\x30\x31\x51\0\0\0", 27), "", 1},
        };
        std::int64_t punches = 0;
        for (const auto& kind : kinds) {
            CAPTURE(kind.name);
            const auto waits = upload(app, office, kind.bytes, kind.more);
            REQUIRE(waits.status == 202);
            CHECK(stored(state.path(), "punch") == punches);
            CHECK(ask(app, approve(waits.text("upload")), elsewhere).number("new") == kind.punches);
            punches += kind.punches;
            CHECK(stored(state.path(), "punch") == punches);
        }
        CHECK(stored_punches(state.path()).contains({office, "2026-06-05T07:58:00", "903"}));
        CHECK(stored_texts(state.path(), "SELECT name FROM terminal_user") == std::vector<std::string>{"Ana"});
        for (const auto& text : all_texts(state.path())) CHECK(text.find("rahasia") == std::string::npos);
    }
}

TEST_CASE("the same table to be read in another way is another file: it waits, too") {
    const TemporaryFolder state;
    RunningApp app(settings_with(state, config::SecondApproval::always), "2026-11-23T01:00:00Z");
    const std::string table = "a;b;c\n901;801;20/11/2026 07:58:03\n902;802;05/06/2026 07:58:04\n";
    const auto first = upload(app, apel, table, "?pin=a&time=c");
    REQUIRE(first.status == 202);
    // While the first waits.
    const auto beside = upload(app, apel, table, "?pin=b&time=c");
    REQUIRE(beside.status == 202);
    CHECK(beside.text("upload") != first.text("upload"));
    REQUIRE(ask(app, refuse(beside.text("upload"), R"({"reason":"wrong column"})"), elsewhere).status == 200);
    REQUIRE(ask(app, approve(first.text("upload")), elsewhere).number("new") == 2);
    // And when it was approved.
    CHECK(upload(app, apel, table, "?pin=b&time=c").status == 202);
    CHECK(stored(state.path(), "punch") == 2);
    const auto again = upload(app, apel, table, "?pin=a&time=c");
    CHECK(again.status == 201);
    CHECK(again.number("new") == 0);
}

TEST_CASE("who brings or approves a file is on record before anything of it counts") {
    const TemporaryFolder state;
    const auto settings = settings_with(state, config::SecondApproval::suspicious);
    std::string id;
    {
        RunningApp app(settings, "2026-11-23T01:00:00Z");
        REQUIRE(upload(app, office, attlog(10)).status == 201);
        // The store takes the punches, and fails before the end.
        stored_texts(state.path(), on_postgres()
                                       ? "ALTER TABLE upload ADD CONSTRAINT fails CHECK (state <> 'taken') NOT VALID"
                                       : "CREATE TRIGGER fails BEFORE UPDATE ON upload WHEN NEW.state = 'taken'"
                                         " BEGIN SELECT RAISE(ABORT, 'a disk of a test'); END");
        const auto failed = test::exchange(
            app.admin_port(), post_request(fmt::format("/api/v1/terminals/{}/uploads", apel), attlog(7, 1, 500)));
        CHECK(failed.status != 201);
        CHECK(stored(state.path(), "punch") == 17);
        stored_texts(state.path(), on_postgres() ? "ALTER TABLE upload DROP CONSTRAINT fails" : "DROP TRIGGER fails");
        const auto list = ask(app, get_request("/api/v1/uploads?state=taking"));
        REQUIRE(list.body.at("uploads").as_array().size() == 1);
        const auto& row = list.body.at("uploads").at(0);
        CHECK(row.at("uploaded_by") == "anonymous@127.0.0.1");
        CHECK(row.at("new") == 7);
        CHECK(row.at("remarks").at(0).as_string().starts_with("It is not taken to its end"));
        CHECK(ask(app, approve(std::string(row.at("upload").as_string())), elsewhere).status == 409);
        CHECK(stored(state.path(), "audit WHERE action = 'upload.take' AND actor = 'anonymous@127.0.0.1'") == 2);
        const auto waits = upload(app, apel, attlog(10), "?confirm=1");
        REQUIRE(waits.status == 202);
        id = waits.text("upload");
    }
    // Killed between the approval and the recording.
    const auto approved = fmt::format(
        "UPDATE upload SET state = 'taking', decided_by = 'account:budi', decided_at = '2026-11-23T02:00:00Z',"
        " new_punches = 10 WHERE id = {} RETURNING state",
        id);
    const auto state_of = [&] { return stored_texts(state.path(), "SELECT state FROM upload WHERE id = " + id); };
    const std::string of_apel =
        fmt::format("punch WHERE terminal_id = (SELECT id FROM terminal WHERE serial = '{}')", apel);
    const auto before = stored(state.path(), of_apel.c_str());
    // … and, the second time, after it.
    for (const int round : {1, 2}) {
        CAPTURE(round);
        if (round == 2) {
            stored_texts(state.path(),
                         fmt::format("UPDATE waiting_upload SET content = (SELECT body FROM delivery WHERE id ="
                                     " (SELECT delivery_id FROM upload WHERE id = {0})) WHERE upload_id = {0}"
                                     " RETURNING said",
                                     id));
        }
        REQUIRE(stored_texts(state.path(), approved).size() == 1);
        RunningApp app(settings, "2026-11-23T03:00:00Z");
        for (int i = 0; i < 300 && state_of() != std::vector<std::string>{"taken"}; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        const auto list = ask(app, get_request("/api/v1/uploads?limit=1"));
        CHECK(list.body.at("uploads").at(0).at("state") == "taken");
        CHECK(list.body.at("uploads").at(0).at("decided_by") == "account:budi");
        CHECK(list.body.at("uploads").at(0).at("new") == 10);
        CHECK(stored(state.path(), of_apel.c_str()) == before + 10);
        CHECK(stored(state.path(), "waiting_upload WHERE content IS NOT NULL") == 0);
    }
}

TEST_CASE("suspicious: only a file that was confirmed against a doubt, or that nobody can have punched, waits") {
    const TemporaryFolder state;
    RunningApp app(settings_with(state, config::SecondApproval::suspicious), "2026-11-23T01:00:00Z");
    CHECK(upload(app, apel, attlog(100)).status == 201);
    // 500 rows for one PIN.
    std::string forged;
    for (int i = 0; i < 500; ++i)
        forged += fmt::format("777\t2026-11-20 08:{:02}:{:02}\t1\t0\t1\t0\r\n", i / 60, i % 60);
    const auto waiting = upload(app, apel, forged);
    CHECK(waiting.status == 202);
    CHECK(waiting.text("waits_for").find("PIN 777 on 2026-11-20") != std::string::npos);
    CHECK(stored(state.path(), "punch") == 100);
    CHECK(upload(app, office, attlog(100)).status == 422);
    const auto confirmed = upload(app, office, attlog(100), "?confirm=1");
    CHECK(confirmed.status == 202);
    CHECK(confirmed.text("waits_for").find(apel) != std::string::npos);
    CHECK(stored(state.path(), "punch") == 100);
    CHECK(ask(app, approve(confirmed.text("upload")), elsewhere).status == 200);
    CHECK(stored(state.path(), "punch") == 200);
}

TEST_CASE("the list of uploads: the latest first, by terminal and state, page by page") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel, office}), "2026-11-23T01:00:00Z");
    for (int i = 0; i < 3; ++i) REQUIRE(upload(app, apel, attlog(5, 1, 1 + 10 * i)).status == 201);
    REQUIRE(upload(app, office, attlog(5, 1, 100)).status == 201);
    const auto ids = [&](const char* query) {
        const auto list = ask(app, get_request(std::string("/api/v1/uploads") + query));
        std::string text;
        for (const auto& each : list.body.at("uploads").as_array())
            text += std::string(each.at("upload").as_string()) + " ";
        return text;
    };
    CHECK(ids("") == "4 3 2 1 ");
    CHECK(ids("?terminal=TST7240100001&limit=2") == "3 2 ");
    CHECK(ids("?before=2") == "1 ");
    CHECK(ids("?state=waiting").empty());
    CHECK(ask(app, get_request("/api/v1/uploads?state=lost")).status == 400);
    CHECK(ask(app, get_request("/api/v1/uploads?terminal=TST7240109999")).status == 404);
    CHECK(ask(app, approve("77")).status == 404);
    CHECK(ask(app, approve("1")).status == 409);
    CHECK(ask(app, approve("x")).status == 404);
}

TEST_CASE("a general log brings name hints, and its dates may need a word") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    const std::string text =
        "No\tTMNo\tEnNo\tName\tINOUT\tMode\tDateTime\r\n1\t1\t000000003\tAna      \t0\t8\t05/06/2026 07:58:00\r\n";
    const auto asked = upload(app, apel, text);
    CHECK(asked.status == 422);
    CHECK(asked.text("detail").find("date_order") != std::string::npos);
    CHECK(upload(app, apel, text, "?date_order=whatever").status == 400);
    const auto taken = upload(app, apel, text, "?date_order=day_first");
    CHECK(taken.status == 201);
    CHECK(taken.text("kind") == "general_log");
    CHECK(stored_punches(state.path()) == std::set<StoredPunch>{{apel, "2026-06-05T07:58:00", "3"}});
    CHECK(stored_texts(state.path(), "SELECT name FROM terminal_user") == std::vector<std::string>{"Ana"});
}

TEST_CASE("what is no attendance file is refused, and nothing is kept") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {apel}), "2026-11-23T01:00:00Z");
    std::string noise;
    for (unsigned i = 1; noise.size() < 10'000; i = i * 48271 % 2147483647)
        noise.push_back(static_cast<char>(i >> 8 & 0xff));
    for (const std::string& bytes :
         {std::string(), std::string("PK\x03\x04 an archive"), std::string(100'000, '\0'),
          std::string("<html>login</html>\n"), std::string("=1+1,@SUM(A1)\n"), std::string("\xff\xfe\x00\xd8", 4),
          "\x1f\x8b\x08" + std::string(1'000'000, '\0'), noise, "\xff\xd8\xff\xe0 a photo" + noise,
          std::string("pin,time\n\xc3(,\xff\n\"open\n"), std::string("4\t0\t2026-11-20 07:58:03\t0\t0\t0\t0\r\n")}) {
        const auto refused = upload(app, apel, bytes);
        CAPTURE(bytes.size());
        CHECK(refused.status == 422);
        CHECK_FALSE(refused.text("detail").empty());
    }
    CHECK(upload(app, "TST7240109999", attlog(1)).status == 404);
    CHECK(stored(state.path(), "delivery") == 0);
    CHECK(stored(state.path(), "upload") == 0);
}
