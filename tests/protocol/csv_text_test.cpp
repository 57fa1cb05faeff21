#include "protocol/csv_text.hpp"

#include <doctest/doctest.h>

#include <array>

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
        {"tab", "\ta", "'\ta"},
        {"looks as if it had got the apostrophe", "'=1", "''=1"},
        {"any other apostrophe", "'Aisyah", "'Aisyah"},
        {"blank at an end", "a ", "\"a \""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(csv_field(c.value) == c.field);
    }
}

TEST_CASE("what was written is read again as it was") {
    const std::array<std::string, 8> texts{"=1+1", "'=1+1", "''@x", "-", " a ", "a,\"b\"\nc", "'Aisyah", "+62"};
    const std::array<std::string, 8> header{"a", "b", "c", "d", "e", "f", "g", "h"};
    const auto table = read_csv_table(csv_record(header) + csv_record(texts));
    REQUIRE(table.rows.size() == 1);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        CAPTURE(texts[i]);
        CHECK(without_formula_mark(table.rows[0].fields[i]) == texts[i]);
    }
}
