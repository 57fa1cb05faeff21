// Users of a stick, and files that are not taken: the sentence says what they are and gives nothing secret away.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <random>

#include "protocol/usb/attendance_file.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::usb;
using namespace std::string_literals;

namespace {

std::variant<AttendanceFile, std::string> read(std::string_view bytes) {
    return decode_attendance_file(bytes, 64 * 1024);
}

std::string refusal(std::string_view bytes) {
    const auto content = read(bytes);
    const auto* sentence = std::get_if<std::string>(&content);
    return sentence == nullptr ? std::string() : *sentence;
}

std::string record(std::size_t size, std::string head) {
    head.resize(size, '\0');
    return head;
}

std::string noise(std::size_t size) {
    std::minstd_rand random(7);
    std::string bytes;
    while (bytes.size() < size) bytes.push_back(static_cast<char>(random() >> 8 & 0xff));
    return bytes;
}

}  // namespace

TEST_CASE("user.dat brings PINs and names, and no password or card") {
    int checked = 0;
    for (const auto& value : vectors("usb-files.json")) {
        const auto& vector = value.as_object();
        if (!text_of(vector, "id").starts_with("user-dat")) continue;
        CAPTURE(text_of(vector, "id"));
        ++checked;
        const auto content = read(bytes_of(vector, "bytes"));
        const auto* file = std::get_if<AttendanceFile>(&content);
        REQUIRE(file != nullptr);
        CHECK(file->kind == FileKind::users);
        CHECK(file->punches.empty());
        CHECK(file->body == bytes_of(vector, "redacted_bytes"));
        const auto& rows = vector.at("expect").as_array();
        REQUIRE(file->users.size() == rows.size());
        CHECK(file->users[0].pin == text_of(rows[0].as_object(), "user_id"));
        CHECK(file->users[0].name == text_of(rows[0].as_object(), "name"));
        const auto again = read(file->body);
        REQUIRE(std::holds_alternative<AttendanceFile>(again));
        CHECK(std::get<AttendanceFile>(again).body == file->body);
    }
    CHECK(checked == 2);
}

TEST_CASE("users whose record size is not settled: nothing is kept, and no byte is shown") {
    const auto bytes = [](const char* id) {
        for (const auto& value : vectors("usb-files.json")) {
            if (text_of(value.as_object(), "id") == id) return bytes_of(value.as_object(), "bytes");
        }
        return std::string();
    };
    const std::string of_72 = bytes("user-dat-72");
    const std::string of_28 = bytes("user-dat-28");
    const struct {
        const char* name;
        std::string bytes;
    } cases[] = {
        {"cut", of_72.substr(0, 100)},
        {"cut of the small ones", of_28.substr(0, 40)},
        {"a user twice", of_72 + of_72},
        {"something behind them", of_72 + record(72, "\x02")},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const std::string sentence = refusal(each.bytes);
        CHECK(sentence.find("not settled") != std::string::npos);
        CHECK(sentence.find("1234") == std::string::npos);
        CHECK(sentence.find(hex_of("1234")) == std::string::npos);
    }
}

TEST_CASE("what is known and not taken is called by its name") {
    const std::string finger = "\x0e\x00\x01\x00\x06\x01TEMPLATE\x0b\x00\x02\x00\x01\x01OTHER"s;
    const struct {
        const char* name;
        std::string bytes;
        const char* words;
    } cases[] = {
        {"template.fp10", finger, "fingerprint templates"},
        {"template.dat", record(608, "\x60\x02\x01\x00\x00\x01"s) + record(608, "\x60\x02\x01\x00\x01\x01"s),
         "fingerprint templates"},
        {"ssrface.dat", record(2576, "\x10\x0a\x01\x00\x00\x01"s), "face templates"},
        {"a photo", "\xff\xd8\xff\xe0\x00\x10JFIF"s, "a photo"},
        {"an archive", "PK\x03\x04\x14\x00\x00\x00"s + noise(100), "an archive"},
        {"a bomb", "\x1f\x8b\x08\x00"s + std::string(100'000, '\0'), "an archive"},
        {"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"s, "a workbook"},
        {"encrypted", noise(100'000), "encrypted"},
        {"an operation log", "4\t0\t2026-11-20 07:58:03\t0\t0\t0\t0\r\n5\t1\t2026-11-20 07:59:03\t0\t0\t0\t0\r\n",
         "operation log"},
        {"an operation log with its name", "OPLOG 4\t0\t2026-11-20 07:58:03\t0\t0\t0\t0\n", "operation log"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const std::string sentence = refusal(each.bytes);
        CAPTURE(sentence);
        CHECK(sentence.find(each.words) != std::string::npos);
        CHECK(sentence.find("begin with") == std::string::npos);
    }
}

TEST_CASE("files of several terminals that somebody joined are told from states") {
    const auto numbers = [](const std::string& bytes) {
        auto content = read(bytes);
        REQUIRE(std::holds_alternative<AttendanceFile>(content));
        return std::get<AttendanceFile>(content).terminal_numbers;
    };
    CHECK(numbers("1\t2026-11-20 08:00:00\t7\t0\t1\t0\n2\t2026-11-20 08:00:01\t12\t1\t1\t0\n") ==
          std::vector<std::string>{"7", "12"});
    CHECK(numbers("1\t2026-11-20 08:00:00\t0\t1\t0\n2\t2026-11-20 08:00:01\t1\t1\t0\n").empty());
    CHECK(numbers("1\t2026-11-20 08:00:00\t7\t0\t1\t0\n") == std::vector<std::string>{"7"});
}

TEST_CASE("a file with more lines than any terminal holds is not read") {
    CHECK(refusal(std::string(most_records + 1, '\n')).find("more than 1000000 lines") != std::string::npos);
}
