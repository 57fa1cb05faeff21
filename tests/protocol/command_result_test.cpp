#include <doctest/doctest.h>

#include "protocol/adms/command_result.hpp"
#include "tests/protocol/captures.hpp"

using namespace presensi::adms;
using namespace presensi::test;

TEST_CASE("captured results") {
    const auto strings = decode_command_results(capture("31-"));
    REQUIRE(strings.size() == 5);
    const char* ids[] = {"info8487", "info8488", "info8489", "info7464", "fp7464"};
    for (std::size_t i = 0; i < strings.size(); ++i) {
        CHECK(strings[i].id == ids[i]);
        CHECK(strings[i].return_code == 0);
    }
    const auto dump = decode_command_results(capture("27-"));
    REQUIRE(dump.size() == 1);
    CHECK(dump[0].id == "122");
    CHECK(dump[0].command == "INFO");
    CHECK(dump[0].content.find("~OEMVendor") != std::string::npos);
    const auto long_id = decode_command_results(capture("32-"));
    REQUIRE(long_id.size() == 1);
    CHECK(long_id[0].id.size() == 13);
    const auto shell = decode_command_results(capture("33-"));
    REQUIRE(shell.size() == 1);
    CHECK(shell[0].command == "Shell");
    CHECK(shell[0].content.find('|') != std::string::npos);
    const auto lower_case = decode_command_results(capture("48-"));
    REQUIRE(lower_case.size() == 1);
    CHECK(lower_case[0].return_code == 3);
}

TEST_CASE("every form of § 4.3") {
    const struct {
        const char* name;
        const char* body;
        std::size_t results;
        const char* id;
        std::optional<int> code;
        const char* command;
        const char* serial;
    } cases[] = {
        {"one line", "ID=1&Return=0&CMD=DATA\n", 1, "1", 0, "DATA", ""},
        {"batch without last LF", "ID=1&Return=0&CMD=DATA\nID=2&Return=-1002&CMD=CHECK", 2, "1", 0, "DATA", ""},
        {"extra fields", "ID=9&Return=0&CMD=VERIFY SUM&StartTime=a&AttlogSum=3&SN=T1\n", 1, "9", 0, "VERIFY SUM", "T1"},
        {"line form", "ID=66\nSN=T1\nReturn=0\nCMD=Shell\nFILENAME=a\nContent=ID=7&Return=0\nID=8&Return=0\n", 1, "66",
         0, "Shell", "T1"},
        {"return missing", "ID=1&CMD=DATA\n", 1, "1", {}, "DATA", ""},
        {"return garbled", "ID=1&Return=x&CMD=DATA\n", 1, "1", {}, "DATA", ""},
        {"id with a control character", "ID=a\x01&Return=0&CMD=DATA\n", 1, "", 0, "DATA", ""},
        {"nothing", "", 0, "", {}, "", ""},
        {"no result at all", "hello\n", 0, "", {}, "", ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const auto results = decode_command_results(c.body);
        REQUIRE(results.size() == c.results);
        if (results.empty()) continue;
        CHECK(results[0].id == c.id);
        CHECK(results[0].return_code == c.code);
        CHECK(results[0].command == c.command);
        CHECK(results[0].serial == c.serial);
    }
}

TEST_CASE("mutated results never crash") {
    std::mt19937 random(7);
    const auto bodies = all_captured_bodies();
    std::size_t results = 0;
    for (int i = 0; i < 5000; ++i)
        results += decode_command_results(mutated(bodies[random() % bodies.size()], random)).size();
    CHECK(results > 0);
}
