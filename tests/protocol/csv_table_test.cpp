// Tables as office programs and people write them.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/csv_table.hpp"

using namespace presensi;
using namespace std::string_literals;

namespace {

// Rows as line:field|field, the header first, then problems as line!sentence.
std::string shown(std::string_view bytes, const CsvLimits& limits = {}) {
    const CsvTable table = read_csv_table(bytes, limits);
    std::string text = fmt::format("{}\n", fmt::join(table.header, "|"));
    for (const auto& row : table.rows) text += fmt::format("{}:{}\n", row.line, fmt::join(row.fields, "|"));
    for (const auto& problem : table.problems) text += fmt::format("{}!{}\n", problem.line, problem.sentence);
    return text;
}

std::string in_utf16(std::string_view ascii) {
    std::string bytes = "\xff\xfe";
    for (const char c : ascii) bytes += {c, '\0'};
    return bytes;
}

}  // namespace

TEST_CASE("a table is read") {
    const struct {
        const char* name;
        std::string bytes;
        std::string rows;
    } cases[] = {
        {"nothing", "", "\n"},
        {"blank lines alone", "\n\r\n  \n", "\n"},
        {"a header alone", "pin,nip", "pin|nip\n"},
        {"commas", "pin,nip\n1,2\n", "pin|nip\n2:1|2\n"},
        {"no end of the last line", "pin,nip\n1,2", "pin|nip\n2:1|2\n"},
        {"semicolons, CR LF", "pin;nip\r\n1;2,5\r\n", "pin|nip\n2:1|2,5\n"},
        {"TAB", "pin\tnip\n1\t2\n", "pin|nip\n2:1|2\n"},
        {"an empty cell between TABs", "a\tb\tc\n1\t\t3\n\t\t3\n", "a|b|c\n2:1||3\n3:||3\n"},
        {"CR alone", "pin,nip\r1,2\r3,4", "pin|nip\n2:1|2\n3:3|4\n"},
        {"one column", "pin\n007\n", "pin\n2:007\n"},
        {"the delimiter outside of quotes counts", "\"a,b,c\";d\n1;2\n", "a,b,c|d\n2:1|2\n"},
        {"sep=", "sep=;\na;b,c,d\n1;2\n", "a|b,c,d\n3:1|2\n"},
        {"a byte order mark", "\xef\xbb\xbfpin,nip\n1,2\n", "pin|nip\n2:1|2\n"},
        {"UTF-16", in_utf16("pin,nip\r\n1,2\r\n"), "pin|nip\n2:1|2\n"},
        {"quotes", "pin,nip\n\"1,\"\"x\"\"\",\" 2 \"\n", "pin|nip\n2:1,\"x\"| 2 \n"},
        {"a line end in a cell", "pin,nip\n\"1\r\n\nx\",2\n3,4\n", "pin|nip\n2:1\r\n\nx|2\n5:3|4\n"},
        {"blanks around", "pin , nip\n  1 , 2\t\n", "pin|nip\n2:1|2\n"},
        {"blank rows", "pin,nip\n\n,\n\"\",\n1,2\n\n", "pin|nip\n5:1|2\n"},
        {"fields that are empty", "pin,nip\n1,\n,2\n", "pin|nip\n2:1|\n3:|2\n"},
        {"other letters", "nama\nÑandú\n", "nama\n2:Ñandú\n"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(shown(each.bytes) == each.rows);
    }
}

TEST_CASE("what is no row is a problem of its line, and the others stay") {
    const struct {
        const char* name;
        std::string bytes;
        std::string rows;
    } cases[] = {
        {"a field too few", "a,b\n1\n3,4\n", "a|b\n3:3|4\n2!It has 1 fields, and the header has 2.\n"},
        {"a field too many", "a,b\n1,2,3\n3,4\n", "a|b\n3:3|4\n2!It has 3 fields, and the header has 2.\n"},
        {"NUL", "a,b\n1,\0002\n3,4\n"s, "a|b\n3:3|4\n2!There is a NUL byte in it.\n"},
        {"broken UTF-8", "a,b\n1,\xc3(\n3,4\n", "a|b\n3:3|4\n2!It is no valid UTF-8 text; save the table as UTF-8.\n"},
        {"a quote in a cell", "a,b\n1,5\" long\n3,4\n",
         "a|b\n3:3|4\n2!A quotation mark stands where none can be; a quoted cell doubles each mark in it.\n"},
        {"text after a quote", "a,b\n\"1\"x,2\n3,4\n",
         "a|b\n3:3|4\n2!A quotation mark stands where none can be; a quoted cell doubles each mark in it.\n"},
        {"a quote in a row of two lines", "a,b\n\"1\n2\"x,2\n3,4\n",
         "a|b\n4:3|4\n2!A quotation mark stands where none can be; a quoted cell doubles each mark in it.\n"},
        {"a quote that stays open", "a,b\n1,2\n\"3,4\n5,6\n",
         "a|b\n2:1|2\n3!A quotation mark that begins here is not closed; what follows was not read.\n"},
        {"a broken header", "a,\xff\n1,2\n", "\n1!It is no valid UTF-8 text; save the table as UTF-8.\n"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(shown(each.bytes) == each.rows);
    }
}

TEST_CASE("a table ends at its limits") {
    CsvLimits limits;
    limits.rows = 3;
    limits.columns = 2;
    limits.field = 4;
    limits.row = 16;
    CHECK(shown("a,b\n1,2\n3,4\n5,6\n", limits) ==
          "a|b\n2:1|2\n3:3|4\n4!There are more than 3 rows; what follows was not read.\n");
    CHECK(shown("a,b\n1,2\n3,4\n", limits) == "a|b\n2:1|2\n3:3|4\n");
    CHECK(shown("a,b\n1,2,3\n3,4\n", limits) == "a|b\n3:3|4\n2!There are more than 2 columns.\n");
    CHECK(shown("a,b\n1,12345\n3,1234\n", limits) == "a|b\n3:3|1234\n2!A cell is longer than 4 bytes.\n");
    CHECK(shown("a,b\n\"1\n2\n3\n4\n5\n6\n7\n8\n3,4\n", limits) ==
          "a|b\n10:3|4\n2!The row that begins here is longer than 16 bytes; is a quotation mark not closed?\n");
}

TEST_CASE("each row says where it stands, and is found again in the text") {
    const std::string text = "a;b\n\n1;2\n\"3\n4\";5\r\n6;7";
    std::string seen;
    read_csv(
        text, {}, [&](CsvRow&& row) { seen += fmt::format("{}[{}]{} ", row.line, row.text, row.fields.size()); },
        [&](CsvProblem&& problem) { seen += problem.sentence; });
    CHECK(seen == "1[a;b]2 3[1;2]2 4[\"3\n4\";5]2 6[6;7]2 ");
}

TEST_CASE("a column is found by its name, whatever its case") {
    const CsvTable table = read_csv_table("PIN,Nip\n1,2\n");
    CHECK(table.find_column("pin") == 0);
    CHECK(table.find_column("NIP") == 1);
    CHECK(table.find_column("nama") == std::string::npos);
}
