// docs/attacks.md names a test for each attack and fault, docs/acknowledge.md for each branch between a body and its
// OK, or says in a sentence why there is none.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
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

// The rows of a page's tables: those that begin with a letter of `letters` and two digits.
std::vector<std::vector<std::string>> rows_of(const char* page, std::string_view letters) {
    std::istringstream text(read_file(page));
    std::vector<std::vector<std::string>> rows;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (std::string line; std::getline(text, line);) {
        const bool is_row = line.size() > 6 && line.starts_with("| ") && letters.find(line[2]) != letters.npos &&
                            is_digit(line[3]) && is_digit(line[4]);
        if (is_row) rows.push_back(cells_of(line));
    }
    return rows;
}

void check_tests(const std::string& cell, const std::set<std::string>& names) {
    const auto tests = in_backticks(cell);
    const bool says_why = cell.starts_with("None: ") && cell.size() > 40;
    CHECK((!tests.empty() || says_why));
    for (const auto& test : tests) {
        CAPTURE(test);
        CHECK(names.contains(test));
    }
}

}  // namespace

TEST_CASE("docs/attacks.md: every attack and fault has tests that exist, or a sentence why not") {
    const std::set<std::string> names = names_of_tests();
    REQUIRE(names.size() > 100);
    std::set<std::string> rows;
    for (const auto& cells : rows_of(PRESENSI_SOURCE_DIR "/docs/attacks.md", "TF")) {
        CAPTURE(cells.at(0));
        CHECK(rows.insert(cells.at(0)).second);
        REQUIRE(cells.size() == 4);
        CHECK(cells[2].size() > 20);
        check_tests(cells[3], names);
    }
    for (int number = 1; number <= 32; ++number) CHECK(rows.contains(fmt::format("T{:02}", number)));
    for (const char* fault : {"F03", "F06", "F27", "F28", "F29", "F30", "F31", "F37", "F38", "F40"})
        CHECK(rows.contains(fault));
}

TEST_CASE("docs/acknowledge.md: every branch is where it says, and has tests that exist") {
    const std::set<std::string> names = names_of_tests();
    REQUIRE(names.size() > 100);
    std::set<std::string> rows;
    for (const auto& cells : rows_of(PRESENSI_SOURCE_DIR "/docs/acknowledge.md", "BRCSLQPU")) {
        CAPTURE(cells.at(0));
        CHECK(rows.insert(cells.at(0)).second);
        REQUIRE(cells.size() == 5);
        // A file, then words of it, perhaps another file.
        std::string text;
        int words = 0;
        for (const auto& word : in_backticks(cells[1])) {
            CAPTURE(word);
            const bool is_file = word.ends_with(".cpp") || word.ends_with(".hpp");
            if (is_file) text = read_file(std::string(PRESENSI_SOURCE_DIR "/") + word);
            words += !is_file;
            CHECK(text.size() > 100);
            CHECK((is_file || text.find(word) != text.npos));
        }
        CHECK(words > 0);
        CHECK(cells[2].size() > 1);
        CHECK(cells[3].size() > 1);
        check_tests(cells[4], names);
    }
    CHECK(rows.size() > 50);
}
