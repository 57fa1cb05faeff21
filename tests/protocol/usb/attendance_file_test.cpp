// Files of a USB stick: the vectors, what office programs make of them, and what nobody should believe.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "protocol/text_fields.hpp"
#include "protocol/usb/attendance_file.hpp"
#include "protocol/usb/text_encoding.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::usb;
using namespace std::string_literals;

namespace {

constexpr std::size_t line_limit = 64 * 1024;

AttendanceFile taken(std::string_view bytes, DateOrder order = DateOrder::by_the_file) {
    auto read = decode_attendance_file(bytes, line_limit, {order, {}, {}});
    if (const auto* sentence = std::get_if<std::string>(&read)) FAIL(*sentence);
    return std::get<AttendanceFile>(std::move(read));
}

std::string refusal(std::string_view bytes) {
    const auto read = decode_attendance_file(bytes, line_limit);
    const auto* sentence = std::get_if<std::string>(&read);
    return sentence == nullptr ? std::string() : *sentence;
}

void check_row(const AttendanceFile& file, const Punch& punch, const boost::json::object& row) {
    CHECK(punch.pin == text_of(row, "user_id"));
    if (has(row, "pin_key")) CHECK(punch.pin_key == text_of(row, "pin_key"));
    if (has(row, "local_time")) CHECK(format_device_time(punch.device_time) == text_of(row, "local_time"));
    if (has(row, "state")) CHECK(punch.state == number_of<int>(row, "state"));
    if (has(row, "verify")) CHECK(punch.verify == number_of<int>(row, "verify"));
    if (has(row, "workcode")) CHECK(punch.work_code == text_of(row, "workcode"));
    if (has(row, "inout")) CHECK(punch.state == std::stoi(text_of(row, "inout")));
    if (has(row, "device_id")) CHECK(file.terminal_number() == text_of(row, "device_id"));
    if (has(row, "device_no")) CHECK(file.terminal_number() == text_of(row, "device_no"));
    if (!has(row, "name")) return;
    std::string name;
    for (const auto& user : file.users) {
        if (user.pin == punch.pin) name = user.name;
    }
    CHECK(name == text_of(row, "name"));
}

}  // namespace

TEST_CASE("the vectors of USB files") {
    int checked = 0;
    for (const auto& value : vectors("usb-files.json")) {
        const auto& vector = value.as_object();
        const std::string id = text_of(vector, "id");
        if (id.starts_with("user-dat") || id.starts_with("template")) continue;  // no attendance
        CAPTURE(id);
        ++checked;
        const auto bytes = bytes_of(vector, "bytes");
        if (vector.at("expect").is_object()) {
            CHECK(refusal(bytes).find("date_order=") != std::string::npos);
            continue;
        }
        const auto file = taken(bytes);
        const auto& rows = vector.at("expect").as_array();
        REQUIRE(file.punches.size() == rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) check_row(file, file.punches[i], rows[i].as_object());
        CHECK(file.cut == (id == "attlog-truncated"));
        if (id == "attlog-bad-rows") {
            REQUIRE(file.rejects.size() == 3);
            CHECK(file.rejects[0].line == 2);
            CHECK(file.rejects[0].reason == RejectReason::bad_time);
            CHECK(file.rejects[2].line == 4);
            CHECK(file.rejects[2].reason == RejectReason::empty_pin);
        }
        if (id == "attlog-adms-order") CHECK(file.kind == FileKind::attlog_as_pushed);
        if (id == "agl-dat") CHECK(format_device_time(file.punches[0].device_time) == "2026-06-17T08:26:40");
    }
    CHECK(checked == 15);
}

TEST_CASE("what is no file of a terminal is not taken, and the sentence shows how it begins") {
    CHECK(refusal("").find("empty") != std::string::npos);
    CHECK(refusal("\x01\x02\x03").find("010203") != std::string::npos);
    CHECK(refusal("<html><body>not found</body></html>\n").find("no attendance file") != std::string::npos);
    CHECK(refusal("=cmd|' /C calc'!A0\t2026\n").find("no attendance file") != std::string::npos);
    // What is left of the first line could not be read again.
    CHECK(refusal("1\t1\tPasswd=1\tAna\t1\t1\t2026/11/20 07:58:03\n").find("password or a card") != std::string::npos);
    CHECK(refusal("ZoucqGENLOGData\xff\xff\xff\xff").find("AGL_001.TXT") != std::string::npos);
}

TEST_CASE("a last line that was cut is no punch, even where its time can still be read") {
    const std::string whole = "        1\t2026-11-20 08:00:05\t1\t0\t1\t0\r\n";
    const auto file = taken(whole + "        2\t2026-11-20 08:00:5");
    REQUIRE(file.punches.size() == 1);
    REQUIRE(file.rejects.size() == 1);
    CHECK(file.rejects[0].line == 2);
    CHECK(file.cut);
    CHECK_FALSE(taken(whole).cut);
}

TEST_CASE("a line that was cut says nothing about the columns of the others") {
    const std::string whole = "       42\t2026-11-20 08:00:05\t101\t1\t15\t7\r\n";
    for (const auto* cut : {"       43\t2026-11-20 08:00:05", "       43\t2026-11-20 08:00:05\t1",
                            "       43\t2026-11-20 08:00:05\t101\t", "       43\t2026-11-20 08:00:05\t101\t1\t1"}) {
        CAPTURE(cut);
        const auto file = taken(whole + whole + cut);
        CHECK(file.kind == FileKind::attlog);
        CHECK(file.terminal_number() == "101");
        CHECK(file.cut);
        REQUIRE(file.punches.size() == 2);
        CHECK(file.punches[0].pin == "42");
        CHECK(file.punches[0].state == 1);
        CHECK(file.punches[0].verify == 15);
        CHECK(file.punches[0].work_code == "7");
    }
}

TEST_CASE("what the columns mean is in the columns") {
    // All the same number: what terminals write to a stick.
    CHECK(taken("1\t2026-11-20 08:00:00\t1\t1\t1\t0\n").kind == FileKind::attlog);
    // A terminal's number is the same in every line, a state is not.
    CHECK(taken("1\t2026-11-20 08:00:00\t0\t1\t0\n2\t2026-11-20 16:30:00\t1\t1\t0\n").kind ==
          FileKind::attlog_as_pushed);
    const auto large = taken("1\t2026-11-20 08:00:00\t101\t0\t15\t0\n1\t2026-11-20 16:30:00\t101\t1\t15\t7\n");
    CHECK(large.kind == FileKind::attlog);
    CHECK(large.terminal_number() == "101");
    CHECK(large.punches[1].verify == 15);
    CHECK(large.punches[1].work_code == "7");
}

TEST_CASE("day and month: by a number beyond twelve, by the order of the lines, or by who brings it") {
    const auto line = [](const char* date) { return fmt::format("1\t1\t13767\t\t1\t1\t{} 07:00:00\r\n", date); };
    const auto first = [](const AttendanceFile& file) { return format_device_time(file.punches.at(0).device_time); };
    CHECK(first(taken(line("05/06/2026") + line("19/06/2026"))) == "2026-06-05T07:00:00");
    CHECK(first(taken(line("05/06/2026") + line("05/19/2026"))) == "2026-05-06T07:00:00");
    // Only as days do these go forward.
    CHECK(first(taken(line("11/05/2026") + line("02/06/2026"))) == "2026-05-11T07:00:00");
    CHECK(first(taken(line("05/06/2026"), DateOrder::day_first)) == "2026-06-05T07:00:00");
    CHECK(first(taken(line("05/06/2026"), DateOrder::month_first)) == "2026-05-06T07:00:00");
    // A file that contradicts itself.
    CHECK_FALSE(refusal(line("19/06/2026") + line("06/19/2026")).empty());
}

TEST_CASE("a log of another make: secrets leave the cells, not PINs, names and times") {
    const std::string header = "No\tTMNo\tEnNo\tName\tINOUT\tMode\tDateTime\n";
    const struct {
        const char* name;
        std::string row;
        std::string kept;
        const char* pin;
        const char* person;
    } cases[] = {
        {"a PIN as long as the number of an identity card", "1\t1\t198501012010011001\tBudi\t1\t1\t2026/11/20 07:58:03",
         "1\t1\t198501012010011001\tBudi\t1\t1\t2026/11/20 07:58:03", "198501012010011001", "Budi"},
        {"a name that ends as a key does", "1\t1\t42\tYohanes Ricard\t1\t1\t2026/11/20 07:58:03",
         "1\t1\t42\tYohanes Ricard\t1\t1\t2026/11/20 07:58:03", "42", "Yohanes Ricard"},
        {"a long name", "1\t1\t42\tMUHAMMAD RIZKY PRATAMA\t1\t1\t2026/11/20 07:58:03",
         "1\t1\t42\tMUHAMMAD RIZKY PRATAMA\t1\t1\t2026/11/20 07:58:03", "42", "MUHAMMAD RIZKY PRATAMA"},
        {"a card", "1\t1\t42\tAna Card=0012345\t1\t1\t2026/11/20 07:58:03",
         "1\t1\t42\tAna Card=<redacted>\t1\t1\t2026/11/20 07:58:03", "42", "Ana Card=<redacted>"},
        {"the number of an identity card", "1\t1\t42\tNIK:3201234567890123\t1\t1\t2026/11/20 07:58:03",
         "1\t1\t42\t<redacted>\t1\t1\t2026/11/20 07:58:03", "42", "<redacted>"},
        {"a template", "1\t1\t42\tAna\t" + std::string(80, 'A') + "\t1\t2026/11/20 07:58:03", "", "42", "Ana"},
    };
    const std::string next = "2\t1\t43\tSiti\t1\t1\t2026/11/20 07:58:04\n";
    for (const auto& each : cases) {
        CAPTURE(each.name);
        for (const bool named : {true, false}) {
            const std::string begin = named ? header : std::string();
            const auto file = taken(begin + each.row + "\r\n" + next);
            if (!each.kept.empty()) CHECK(file.body == begin + each.kept + "\r\n" + next);
            CHECK(file.body.find(std::string(80, 'A')) == std::string::npos);
            REQUIRE(file.punches.size() == 2);
            CHECK(file.rejects.empty());
            CHECK(file.punches[0].pin == each.pin);
            CHECK(file.punches[1].pin == "43");
            REQUIRE(file.users.size() == 2);
            CHECK(file.users[0].name == each.person);
            const auto again = std::get<AttendanceFile>(decode_attendance_file(file.body, line_limit, file.again));
            CHECK(again.body == file.body);
        }
    }
}

TEST_CASE("a log of another make: a row that is none loses what is secret, and no PIN is made of it") {
    const std::string header = "No\tTMNo\tEnNo\tName\tINOUT\tMode\tDateTime\n";
    const auto file =
        taken(header + "1\t1\tPasswd=1234\tAna\t1\t1\t2026/11/20 07:58:03\n" +
              "2\t1\t42\tAna\t1\t1\t2026/11/20 07:58:04 Card=99\n" + "3\t1\t42\tAna\t1\t1\t2026/11/20 07:58:05\n");
    CHECK(file.punches.size() == 1);
    CHECK(file.rejects.size() == 2);
    CHECK(file.rejects[0].reason == RejectReason::bad_pin);
    CHECK(file.rejects[1].reason == RejectReason::bad_time);
    CHECK(file.body.find("1234") == std::string::npos);
    CHECK(file.body.find("99") == std::string::npos);
}

TEST_CASE("a log of another make: a secret that only shows once another is taken out goes, too") {
    const auto rubbish = "PIN,Waktu\r\t\t\t\t\t\t0/0/1013Tmp:[5\n\xf2\t]\x1f\t\t1\t\t\t\t5/0/1013 /"s;
    const auto read = decode_attendance_file(rubbish, line_limit, {DateOrder::month_first, {}, {}});
    REQUIRE(std::holds_alternative<AttendanceFile>(read));
    const auto& file = std::get<AttendanceFile>(read);
    CHECK(file.kind == FileKind::general_log);
    CHECK(file.body.find("Tmp:[5") == std::string::npos);
    const auto again = std::get<AttendanceFile>(decode_attendance_file(file.body, line_limit, file.again));
    CHECK(again.body == file.body);
}

TEST_CASE("what would be taken for a binary file when it is read again is refused at once") {
    const auto lines = [](int count) {
        std::string text;
        for (int i = 0; i < count; ++i)
            text += fmt::format("7\t2026-11-20 07:{:02}:{:02}\t0\t1\t0\t0\n", i / 60, i % 60);
        return text;
    };
    const std::string odd = "7\t2026-11-20 08:00:00\t0\t\t\x01\n";
    CHECK(refusal(lines(20) + std::string(5000, 'A') + "\n" + odd).starts_with("There are control characters"));
    // Where it stays far behind it is a matter of its line.
    CHECK(taken(lines(300) + odd).punches.size() >= 300);
}

TEST_CASE("encodings") {
    CHECK(to_utf8("\xff\xfe"s + "4\0002\0"s) == "42");
    CHECK(to_utf8("\xfe\xff"s + "\0004\0002"s) == "42");
    CHECK(to_utf8("4\0002\0\t\0x\0"s) == "42\tx");  // without a mark
    CHECK(to_utf8("\xef\xbb\xbf"
                  "42") == "42");
    CHECK(to_utf8("\xff\xfe\xff\xfe"s + "4\0002\0"s) == "42");  // marked twice
    CHECK(to_utf8("\xef\xbb\xbf\xff\xfe"s + "4\0002\0"s) == "42");
    CHECK(to_utf8("\xef\xbb\xbf\xef\xbb\xbf"s + "42"s) == "42");
    CHECK(to_utf8("\xff\xfe"s + "4\0\0\0002\0\0\0"s) == "42");  // UTF-16 of what was UTF-16
    CHECK(to_utf8("\xff\xfe"s + "\x3d\xd8\x00\xde"s) == "\xf0\x9f\x98\x80");
    CHECK(to_utf8("\xff\xfe"s + "\x3d\xd8"s) == "\xef\xbf\xbd");
    CHECK(to_utf8("\xff\xfe"s + "4\0002"s) == "4\xef\xbf\xbd");
    CHECK(to_utf8("") == "");
}
