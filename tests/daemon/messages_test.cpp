// docs/messages.md, docs/alarms.md and docs/monitoring say what the source says.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/alarms.hpp"
#include "tests/support/daemon_process.hpp"

using namespace presensi;

namespace {

const std::filesystem::path source = PRESENSI_SOURCE_DIR;

using Levels = std::map<std::string, std::set<std::string>>;  // by id

void collect(const std::string& text, Levels& found) {
    const auto note = [&](const std::string& level, const std::string& id) {
        found[id].insert(level == "warn" ? "warning" : level == "mistake" ? "error" : level);
    };
    const std::regex call(R"re((?:log::|\b)(error|mistake|warn|info|debug)\(\s*"([a-z_]+\.[a-z_]+)")re");
    const std::regex chosen(R"re(log::(\w+) : log::(\w+)\)\(\s*"([a-z_]+\.[a-z_]+)")re");
    const std::regex once(R"re(complain_once\([^"]*"([a-z_]+\.[a-z_]+)")re");
    const std::regex own(R"re(line_of\(\s*Level::(\w+),\s*"([a-z_]+\.[a-z_]+)")re");
    const std::sregex_iterator end;
    for (std::sregex_iterator at(text.begin(), text.end(), call); at != end; ++at) note((*at)[1], (*at)[2]);
    for (std::sregex_iterator at(text.begin(), text.end(), once); at != end; ++at) note("warn", (*at)[1]);
    for (std::sregex_iterator at(text.begin(), text.end(), own); at != end; ++at) note((*at)[1], (*at)[2]);
    for (std::sregex_iterator at(text.begin(), text.end(), chosen); at != end; ++at) {
        note((*at)[1], (*at)[3]);
        note((*at)[2], (*at)[3]);
    }
}

// "| `id` | level, level | …" -> the second cell, by id.
std::map<std::string, std::string> rows_of(const std::string& document) {
    std::map<std::string, std::string> rows;
    std::istringstream in(test::read_file(source / document));
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("| `")) continue;
        const auto end = line.find('`', 3);
        const auto cell = line.find("| ", end) + 2;
        CAPTURE(line);
        CHECK(rows.emplace(line.substr(3, end - 3), line.substr(cell, line.find(" |", cell) - cell)).second);
    }
    return rows;
}

}  // namespace

TEST_CASE("docs/messages.md lists every message of the log with its level, and no other") {
    Levels found;
    std::size_t calls = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source / "daemon")) {
        if (entry.path().extension() != ".cpp") continue;
        const std::string text = test::read_file(entry.path());
        collect(text, found);
        for (auto at = text.find("log::warn("); at != text.npos; at = text.find("log::warn(", at + 1)) ++calls;
    }
    CHECK(calls > 10);
    const auto documented = rows_of("docs/messages.md");
    for (const auto& message : found) {
        const auto& id = message.first;
        const auto& levels = message.second;
        CAPTURE(id);
        REQUIRE(documented.contains(id));
        std::string joined;
        for (const auto& level : levels) joined += (joined.empty() ? "" : ", ") + level;
        CHECK(documented.at(id) == joined);
    }
    for (const auto& row : documented) {
        const auto& id = row.first;
        CAPTURE(id);
        CHECK(found.contains(id));
    }
}

TEST_CASE("docs/alarms.md has a row for every alarm, in both languages") {
    const auto documented = rows_of("docs/alarms.md");
    for (const auto& kind : alarm_kinds()) {
        CAPTURE(kind.id);
        CHECK(documented.contains(std::string(kind.id)));
    }
    CHECK(documented.size() == alarm_kinds().size());
}

TEST_CASE(
    "docs/panduan-pemasangan.md says of every alarm what it means and what is to be done, the four that are sent "
    "first") {
    std::vector<std::string> rows;
    std::istringstream in(test::read_file(source / "docs/panduan-pemasangan.md"));
    const std::regex row("^\\| `([a-z_]+)` \\| [^|]{5,} \\| [^|]{5,} \\|$");
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("| `")) continue;
        CAPTURE(line);
        std::smatch found;
        REQUIRE(std::regex_match(line, found, row));
        rows.push_back(found[1]);
    }
    CHECK(rows.size() == alarm_kinds().size());
    CHECK(std::set<std::string>(rows.begin(), rows.end()).size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(rows[i]);
        CHECK(kind_of_alarm(rows[i]).urgent == (i < 4));  // throws for one that there is not
    }
}
