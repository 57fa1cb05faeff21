// docs/attacks.md names a test for each attack and fault, or says in a sentence why there is none.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/daemon_process.hpp"

using namespace presensi::test;

namespace {

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    std::string cell;
    std::getline(in, cell, '|');
    while (std::getline(in, cell, '|')) {
        cell.erase(0, cell.find_first_not_of(' '));
        cell.erase(cell.find_last_not_of(' ') + 1);
        cells.push_back(cell);
    }
    return cells;
}

// "`one`; `two`" -> one, two
std::vector<std::string> in_backticks(const std::string& text) {
    std::vector<std::string> words;
    for (auto begin = text.find('`'); begin != text.npos;) {
        const auto end = text.find('`', begin + 1);
        if (end == text.npos) break;
        words.push_back(text.substr(begin + 1, end - begin - 1));
        begin = text.find('`', end + 1);
    }
    return words;
}

// Of every test program of this build; what was not built has none.
std::set<std::string> names_of_tests() {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(PRESENSI_BIN_DIR)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with("_tests") && !name.ends_with("_on_postgres")) continue;
        const std::string command = entry.path().string() + " --list-test-cases --no-colors=true 2>/dev/null";
        std::FILE* pipe = popen(command.c_str(), "r");
        char line[1024];
        while (std::fgets(line, sizeof line, pipe) != nullptr) {
            std::string text(line);
            text.erase(text.find_last_not_of("\r\n") + 1);
            names.insert(std::move(text));
        }
        pclose(pipe);
    }
    return names;
}

}  // namespace

TEST_CASE("docs/attacks.md: every attack and fault has tests that exist, or a sentence why not") {
    std::istringstream page(read_file(PRESENSI_SOURCE_DIR "/docs/attacks.md"));
    const std::set<std::string> names = names_of_tests();
    REQUIRE(names.size() > 100);
    std::set<std::string> rows;
    for (std::string line; std::getline(page, line);) {
        const bool is_row = line.size() > 6 && line.starts_with("| ") && (line[2] == 'T' || line[2] == 'F') &&
                            line[3] >= '0' && line[3] <= '9';
        if (!is_row) continue;
        const auto cells = cells_of(line);
        CAPTURE(cells.at(0));
        CHECK(rows.insert(cells.at(0)).second);
        REQUIRE(cells.size() == 4);
        CHECK(cells[2].size() > 20);
        const auto tests = in_backticks(cells[3]);
        const bool says_why = cells[3].starts_with("None: ") && cells[3].size() > 40;
        CHECK((!tests.empty() || says_why));
        for (const auto& test : tests) {
            CAPTURE(test);
            CHECK(names.contains(test));
        }
    }
    for (int number = 1; number <= 32; ++number) CHECK(rows.contains(fmt::format("T{:02}", number)));
    for (const char* fault : {"F03", "F06", "F27", "F28", "F29", "F30", "F31", "F37", "F38", "F40"}) CHECK(rows.contains(fault));
}
