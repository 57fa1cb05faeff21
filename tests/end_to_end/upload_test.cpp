// Files of a USB stick, as an Admin brings them.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

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
    for (const std::string& bytes :
         {std::string(), std::string("PK\x03\x04 an archive"), std::string(100'000, '\0'),
          std::string("<html>login</html>\n"), std::string("=1+1,@SUM(A1)\n"), std::string("\xff\xfe\x00\xd8", 4)}) {
        const auto refused = upload(app, apel, bytes);
        CAPTURE(bytes.size());
        CHECK(refused.status == 422);
        CHECK_FALSE(refused.text("detail").empty());
    }
    CHECK(upload(app, "TST7240109999", attlog(1)).status == 404);
    CHECK(stored(state.path(), "delivery") == 0);
    CHECK(stored(state.path(), "upload") == 0);
}
