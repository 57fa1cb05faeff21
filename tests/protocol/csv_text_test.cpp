#include "protocol/csv_text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/csv_table.hpp"

using namespace presensi;

TEST_CASE("CSV fields: RFC 4180, and no formula for a spreadsheet to run") {
    const struct {
        const char* name;
        std::string value;
        std::string field;
    } cases[] = {
        {"plain", "0042", "0042"},
        {"empty", "", ""},
        {"comma", "a,b", "\"a,b\""},
        {"quote", "a\"b", "\"a\"\"b\""},
        {"line end", "a\r\nb", "\"a\r\nb\""},
        {"formula", "=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""},
        {"plus", "+1", "'+1"},
        {"minus", "-1", "'-1"},
        {"at", "@a", "'@a"},
        {"tab", "\ta", "\"'\ta\""},
        {"looks as if it had got the apostrophe", "'=1", "''=1"},
        {"any other apostrophe", "'Aisyah", "'Aisyah"},
        {"blank at an end", "a ", "\"a \""},
        {"semicolon", "a;b", "\"a;b\""},
        {"TAB", "a\tb", "\"a\tb\""},
        {"a formula behind a semicolon", "X;=1+1", "\"X;'=1+1\""},
        {"a formula behind a TAB", "X\t@A", "\"X\t'@A\""},
        {"a formula behind a line end", "X\n-1", "\"X\n'-1\""},
        {"looks as if it had got one", "X;'=1", "\"X;''=1\""},
        {"a formula behind a blank is text", "a =1", "a =1"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(csv_field(c.value) == c.field);
    }
}

namespace {

// As a spreadsheet does whose list separator is that one: quotes count at the beginning of a cell only.
std::vector<std::string> cells_of(std::string_view text, char separator) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    bool began = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"') {
                cells.back() += c;
            } else if (i + 1 < text.size() && text[i + 1] == '"') {
                cells.back() += text[++i];
            } else {
                quoted = false;
            }
        } else if (c == separator || c == '\n' || c == '\r') {
            cells.emplace_back();
            began = false;
            continue;
        } else if (c == '"' && !began) {
            quoted = true;
        } else {
            cells.back() += c;
        }
        began = true;
    }
    return cells;
}

}  // namespace

TEST_CASE("no cell is a formula, whether a spreadsheet splits at commas, semicolons or TABs") {
    const std::array<std::string, 7> texts{"first", "X;=1+1", "a;b;@SUM(1)", "\"q\";+1", "l\n=2", "t\t-3", ";=4"};
    const std::array<std::string, 4> bare{";=HYPERLINK(1)", "\t=1", "x;\t=1", "x;\"=HYPERLINK(\"y\")"};
    const std::string written = csv_record(texts) + csv_record(bare);
    for (const char separator : {',', ';', '\t'}) {
        CAPTURE(separator);
        const auto cells = cells_of(written, separator);
        CHECK(cells.size() > 5);
        for (const auto& cell : cells) {
            CAPTURE(cell);
            CHECK((cell.empty() || std::string_view("=+-@\t\r").find(cell[0]) == std::string_view::npos));
        }
    }
}

TEST_CASE("what was written is read again as it was") {
    const std::array<std::string, 15> texts{"=1+1",       "'=1+1",   "''@x",   "-",        " a ",
                                            "a,\"b\"\nc", "'Aisyah", "+62",    "X;=1",     "X;'=1",
                                            ";;@",        "x;\t'=1", "a\n'+1", "it's;'ok", "x;'\"=1"};
    const std::array<std::string, 15> header{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o"};
    const auto table = read_csv_table(csv_record(header) + csv_record(texts));
    REQUIRE(table.rows.size() == 1);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        CAPTURE(texts[i]);
        CHECK(without_formula_marks(table.rows[0].fields[i]) == texts[i]);
    }
}
