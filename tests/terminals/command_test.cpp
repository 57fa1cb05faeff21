#include <doctest/doctest.h>

#include <string>

#include "tests/terminals/command.hpp"

using namespace presensi::terminals;

TEST_CASE("a simulated terminal reads commands as a real one, and complains of what that one would misread") {
    std::string complaint;
    CHECK(read_commands("OK", complaint).empty());
    const auto commands = read_commands(
        "C:7:VERIFY SUM ATTLOG StartTime=2026-01-05 00:00:00\tEndTime=2026-01-05 23:59:59\n"
        "C:8:SET OPTION Delay=30\nC:9:CHECK\n",
        complaint);
    CHECK(complaint.empty());
    REQUIRE(commands.size() == 3);
    CHECK(commands[0].id == "7");
    CHECK(commands[0].first == "2026-01-05 00:00:00");
    CHECK(commands[0].last == "2026-01-05 23:59:59");
    CHECK(commands[1].first == "Delay");
    CHECK(is_harmless_twice(commands[2]));
    CHECK_FALSE(is_harmless_twice(commands[1]));

    const struct {
        const char* name;
        std::string answer;
        const char* complaint;
    } cases[] = {
        {"no line end", "C:1:INFO", "never executed"},
        {"no id", "INFO\n", "is no command"},
        {"another verb", "C:1:CLEAR LOG\n", "closed set"},
        {"a blank for the TAB", "C:1:DATA QUERY ATTLOG StartTime=2026-01-05 00:00:00 EndTime=2026-01-05 23:59:59\n",
         "has no period"},
        {"behind the end", "C:1:REBOOT\nC:2:INFO\n", "is lost"},
        {"nothing", "", "no line end"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        complaint.clear();
        read_commands(c.answer, complaint);
        CHECK(complaint.find(c.complaint) != std::string::npos);
    }
    std::string many;
    for (int i = 1; i <= 21; ++i) many += "C:" + std::to_string(i) + ":INFO\n";
    complaint.clear();
    CHECK(read_commands(many, complaint).size() == 21);
    CHECK(complaint == "more than 20 commands");
}
