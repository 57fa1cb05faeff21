// Punches in tables: which columns are read, what is kept of them, and what is no punch.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "protocol/text_fields.hpp"
#include "protocol/usb/attendance_file.hpp"

using namespace presensi;
using namespace presensi::usb;
using namespace std::string_literals;

namespace {

constexpr std::size_t line_limit = 64 * 1024;
constexpr const char* serial = "TST7240100001";

// Its punches as "line:PIN time state verify work", then its rejects as "line!reason"; or the sentence.
std::string shown(std::string_view bytes, CsvColumns columns = {}, DateOrder order = DateOrder::by_the_file) {
    const auto read = decode_attendance_file(bytes, line_limit, {order, std::move(columns), serial});
    if (const auto* sentence = std::get_if<std::string>(&read)) return *sentence;
    const auto& file = std::get<AttendanceFile>(read);
    const auto number = [](const std::optional<int>& value) { return value ? std::to_string(*value) : "-"; };
    std::string text;
    for (const auto& punch : file.punches) {
        text += fmt::format("{}:{} {} {} {} {}\n", punch.line, punch.pin, format_device_time(punch.device_time),
                            number(punch.state), number(punch.verify), punch.work_code.value_or("-"));
    }
    for (const auto& [other, rows] : file.of_others) {
        for (const auto& row : rows) text += fmt::format("{}!{} {}\n", row.line, to_string(row.reason), other);
    }
    for (const auto& reject : file.rejects) text += fmt::format("{}!{}\n", reject.line, to_string(reject.reason));
    return text;
}

AttendanceFile taken(std::string_view bytes, const Said& said = {}) {
    auto read = decode_attendance_file(bytes, line_limit, said);
    if (const auto* sentence = std::get_if<std::string>(&read)) FAIL(*sentence);
    return std::get<AttendanceFile>(std::move(read));
}

CsvColumns columns(const char* pin, const char* time, const char* date = "") {
    CsvColumns said;
    said.pin = pin;
    said.time = time;
    said.date = date;
    return said;
}

}  // namespace

TEST_CASE("a table whose header is known is read without a word") {
    const struct {
        const char* name;
        std::string bytes;
        std::string rows;
    } cases[] = {
        {"our own export",
         "id,terminal,pin,device_time,zone,punched_at,state,verify,work_code,roads,grade,counted,received_at\r\n"
         "7,TST7240100001,0042,2026-11-20T07:58:03,Asia/Makassar,2026-11-19T23:58:03Z,0,1,,push,live,true,"
         "2026-11-19T23:58:04.000Z\r\n"
         "8,TST7240100001,'=1+1,2026-11-20T07:58:04,Asia/Makassar,2026-11-19T23:58:04Z,,,7,push,live,true,x\r\n",
         "2:0042 2026-11-20T07:58:03 0 1 -\n3:=1+1 2026-11-20T07:58:04 - - 7\n"},
        {"Indonesian names, semicolons, day first, dots", "Nama;PIN;Tanggal;Jam\r\nAna;42;20/11/2026;07.58.03\r\n",
         "2:42 2026-11-20T07:58:03 - - -\n"},
        {"a day with its midnight", "pin,date,time\n42,2026-11-20 00:00:00,07:58:03\n",
         "2:42 2026-11-20T07:58:03 - - -\n"},
        {"TAB", "userid\tdatetime\tstatus\n42\t2026-11-20 07:58:03\t1\n", "2:42 2026-11-20T07:58:03 1 - -\n"},
        {"UTF-8 with a mark", "\xef\xbb\xbfPIN,Waktu\n42,2026-11-20 07:58:03\n", "2:42 2026-11-20T07:58:03 - - -\n"},
        {"blank rows and a cell of two lines",
         "pin,time,note\n\n1,2026-11-20 07:58:03,\"a\nb\"\n,,\n2,2026-11-20 "
         "07:58:04,\n",
         "3:1 2026-11-20T07:58:03 - - -\n6:2 2026-11-20T07:58:04 - - -\n"},
        {"No holds PINs", "No;Waktu\n500;2026-11-20 07:58:03\n42;2026-11-20 07:58:04\n",
         "2:500 2026-11-20T07:58:03 - - -\n3:42 2026-11-20T07:58:04 - - -\n"},
        {"No counts the rows", "No;Waktu\n1;2026-11-20 07:58:03\n2;2026-11-20 07:58:04\n",
         "The column that is called No only counts the rows: say pin= which column holds the PIN."},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(shown(each.bytes) == each.rows);
    }
}

TEST_CASE("columns are said by name or by number") {
    const std::string with_header = "a;b;c\n2026-11-20 07:58:03;x;42\n";
    const std::string without = "2026-11-20 07:58:03;x;42\n";
    const std::string row_1 = "1:42 2026-11-20T07:58:03 - - -\n";
    const std::string row_2 = "2:42 2026-11-20T07:58:03 - - -\n";
    CHECK(shown(with_header, columns("c", "A")) == row_2);
    CHECK(shown(with_header, columns("3", "1")) == row_2);
    CHECK(shown(without, columns("3", "1")) == row_1);
    CHECK(shown("42,20/11/2026,07:58:03\n", columns("1", "3", "2")) == row_1);
    CHECK(shown(with_header, columns("d", "a")) == "There is no column d; the columns are: a, b, c.");
    CHECK(shown(with_header, columns("4", "a")) == "There is no column 4; the columns are: a, b, c.");
    CHECK(shown(with_header, columns("c", "")).find("pin= and time=") != std::string::npos);
    CHECK(shown("pin,b\n42,2026-11-20 07:58:03\n", columns("", "b")) == row_2);
    // A column that nobody named is not read, though its name is known.
    CHECK(shown("pin,time,state\n42,2026-11-20 07:58:03,1\n", columns("pin", "time")) == row_2);
    CsvColumns all = columns("1", "2");
    all.state = "3";
    all.verify = "4";
    all.work_code = "5";
    all.terminal = "6";
    CHECK(shown("42,2026-11-20 07:58:03,1,15,9,TST7240100001\n", all) == "1:42 2026-11-20T07:58:03 1 15 9\n");
}

TEST_CASE("a row that is no punch is a reject, and never blocks its neighbours") {
    const std::string good = "3,2026-11-20 07:58:03,TST7240100001\n";
    const struct {
        const char* name;
        std::string row;
        const char* reason;
    } cases[] = {
        {"no PIN", ",2026-11-20 07:58:03,\n", "empty_pin"},
        {"a PIN too long", std::string(65, '1') + ",2026-11-20 07:58:03,\n", "bad_pin"},
        {"an impossible day", "42,2026-02-30 07:58:03,\n", "bad_time"},
        {"another terminal", "42,2026-11-20 07:58:03,TST7240100002\n", "other_terminal TST7240100002"},
        {"too few cells", "42\n", "too_few_fields"},
        {"more cells than the header", "42,2026-11-20 07:58:03,,x\n", "bad_row"},
        {"a quote in it", "4\"2,2026-11-20 07:58:03,\n", "bad_row"},
        {"broken UTF-8", "4\xc3(2,2026-11-20 07:58:03,\n", "bad_row"},
        {"NUL", "4\0002,2026-11-20 07:58:03,\n"s, "bad_row"},
        {"no row at all", "   \n", ""},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const std::string reject = each.reason[0] == '\0' ? "" : fmt::format("2!{}\n", each.reason);
        CHECK(shown("pin,time,terminal\n" + each.row + good) == "3:3 2026-11-20T07:58:03 - - -\n" + reject);
    }
}

TEST_CASE("a table is refused with a sentence") {
    const struct {
        const char* name;
        std::string bytes;
        const char* words;
    } cases[] = {
        {"all of another terminal", "pin,time,terminal\n1,2026-11-20 07:58:03,TST7240100002\n",
         "of terminal TST7240100002, not of TST7240100001"},
        {"no seconds", "pin,time\n1,2026-11-20 07:58\n2,2026-11-20 07:59\n", "no seconds"},
        {"two readings", "pin,time\n1,05/06/2026 07:58:03\n", "date_order="},
        {"no punch in it", "pin,time\n1,tomorrow\n", "line 2, is bad_time"},
        {"a header alone", "pin,time\n", "No row of this table is a punch"},
        {"a formula", "=1+1,@SUM(A1)\n", "no attendance file"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CHECK(shown(each.bytes).find(each.words) != std::string::npos);
    }
    CHECK(shown("pin,time\n1,05/06/2026 07:58:03\n", {}, DateOrder::day_first) == "2:1 2026-06-05T07:58:03 - - -\n");
    CHECK(shown("\n\n", columns("1", "2")) == "There is no row in this table.");
}

TEST_CASE("what is secret is taken out in whole cells, and takes no other row with it") {
    const struct {
        const char* name;
        std::string row;
        std::string kept;
        const char* punches;
    } cases[] = {
        {"a card and a number behind it", "42,2026-11-20 07:58:03,1,\"Card=01, in\",TST7240100001",
         "42,2026-11-20 07:58:03,1,<redacted>,TST7240100001", "2:42 2026-11-20T07:58:03 1 - <redacted>\n"},
        {"its value in the next cell", "42,2026-11-20 07:58:03,,Card No:,0012345678",
         "42,2026-11-20 07:58:03,,Card No:,<redacted>", ""},
        {"a cell of two lines", "42,2026-11-20 07:58:03,,\"Card=01\r02\",", "42,2026-11-20 07:58:03,,<redacted>,\n",
         "2:42 2026-11-20T07:58:03 - - <redacted>\n"},
        {"an unreadable row", "4\"3,Card=02", "!\"4\"3,Card=<redacted>", ""},
        {"an unreadable row of a number", " 320123456789012345 4\"3", "!\"<redacted>", ""},
        {"one that is glued to something", "4\"3,320123456789012345,x", "!\"<redacted>", ""},
        {"one that a cut would shorten", "4\"3, " + std::string(236, 'x') + " 320123456789012345 z", "!\"<redacted>",
         ""},
        {"the number of an identity card", "42,2026-11-20 07:58:03,1,NIK 3201234567890123,TST7240100001",
         "42,2026-11-20 07:58:03,1,<redacted>,TST7240100001", "2:42 2026-11-20T07:58:03 1 - <redacted>\n"},
        {"one in quotes", "42,2026-11-20 07:58:03,,\"Dinas; NIK 3201234567890123\",",
         "42,2026-11-20 07:58:03,,<redacted>,", "2:42 2026-11-20T07:58:03 - - <redacted>\n"},
        {"a PIN as long", "198501012010011001,2026-11-20 07:58:03,1,7,TST7240100001",
         "198501012010011001,2026-11-20 07:58:03,1,7,TST7240100001",
         "2:198501012010011001 2026-11-20T07:58:03 1 - 7\n"},
        {"an unreadable row that a measure makes too long", "4\"3," + std::string(172, ',') + std::string(80, 'A'),
         "!\"4\"3," + std::string(172, ',') +
             "<80 bytes sha256:d9b1f3e2c6d528668a73f22575c44ed9f98d9c684964761b621417efd80d7a6",
         ""},
        {"long words are none", "EMP-2024-000012345,2026-11-20 07:58:03,,Dinas Luar Kota Bandung,TST7240100001",
         "EMP-2024-000012345,2026-11-20 07:58:03,,Dinas Luar Kota Bandung,TST7240100001",
         "2:EMP-2024-000012345 2026-11-20T07:58:03 - - Dinas Luar Kota Bandung\n"},
    };
    const std::string header = "pin,time,state,work_code,terminal\n";
    const std::string next = "44,2026-11-20 07:58:05,,9,TST7240100001\n";
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const auto file = taken(header + each.row + '\n' + next, {DateOrder::by_the_file, {}, "TST7240100001"});
        CHECK(file.body == header + each.kept + '\n' + next);
        CHECK(taken(file.body, file.again).body == file.body);
        const std::string punches = shown(header + each.row + '\n' + next);
        CHECK(punches.starts_with(each.punches));
        CHECK(punches.find(":44 2026-11-20T07:58:05 - - 9\n") != std::string::npos);
    }
}

TEST_CASE("without a header, a first row that shows a secret is told, not taken for one") {
    const std::string rows = "43,2026-11-20 07:58:04,7\n44,2026-11-20 07:58:05,7\n";
    for (const std::string first : {"42,2026-11-20 07:58:03 Card=01,7\n", "NoCard:42,2026-11-20 07:58:03,7\n"}) {
        CAPTURE(first);
        CHECK(shown(first + rows, columns("1", "2")).starts_with("The first line holds what looks like a password"));
    }
    CHECK(shown("42,2026-11-20 07:58:03,7\n" + rows, columns("1", "2")).starts_with("1:42 2026-11-20T07:58:03"));
}

TEST_CASE("what redaction writes is no PIN") {
    CHECK(shown("pin,time\n<redacted>,2026-11-20 07:58:03\n42,2026-11-20 07:58:04\n").find("bad_pin") !=
          std::string::npos);
}

TEST_CASE("only the columns that are read are kept, each row in its line, and decoding that again is the same") {
    const std::string bytes =
        "Nama;Password;PIN;Waktu\n\n\"Ana\nB\";hunter2;42;20/11/2026 07:58:03\nBudi;hunter3;4\"3;20/11/2026 "
        "07:58:04\nCici;hunter4;;\nDedi;hunter5;44;05/11/2026 07:58:05\n";
    const auto file = taken(bytes);
    CHECK(file.body == "pin,time\n\n42,20/11/2026 07:58:03\n\n!\"<redacted>\n!\"<redacted>\n44,05/11/2026 07:58:05\n");
    CHECK(file.again.date_order == DateOrder::day_first);
    CHECK(file.again.columns == columns("1", "2"));
    const auto again = taken(file.body, file.again);
    CHECK(again.body == file.body);
    CHECK(again.again.columns == file.again.columns);
    REQUIRE(again.punches.size() == 2);
    CHECK(again.punches[1].line == 7);
    CHECK(again.punches[1].device_time == file.punches[1].device_time);
    CHECK(again.rejects.size() == file.rejects.size());
}
