#include <doctest/doctest.h>

#include "protocol/text_fields.hpp"

using namespace presensi;
using namespace std::string_literals;

TEST_CASE("device times") {
    const struct {
        const char* name;
        std::string text;
        const char* time;  // null: none
    } cases[] = {
        {"usual", "2026-11-20 07:58:03", "2026-11-20T07:58:03"},
        {"T", "2026-11-20T07:58:03", "2026-11-20T07:58:03"},
        {"single digits", "2026-1-2 7:8:3", "2026-01-02T07:08:03"},
        {"blanks around", " 2026-11-20 07:58:03  ", "2026-11-20T07:58:03"},
        {"1970", "1970-01-01 00:00:00", "1970-01-01T00:00:00"},
        {"2000", "2000-01-01 00:00:00", "2000-01-01T00:00:00"},
        {"2099", "2099-12-31 23:59:59", "2099-12-31T23:59:59"},
        {"29 February", "2024-02-29 00:00:00", "2024-02-29T00:00:00"},
        {"no 29 February", "2026-02-29 00:00:00", nullptr},
        {"30 February", "2024-02-30 00:00:00", nullptr},
        {"month 13", "2026-13-01 00:00:00", nullptr},
        {"month 0", "2026-00-01 00:00:00", nullptr},
        {"day 32", "2026-01-32 00:00:00", nullptr},
        {"hour 24", "2026-01-01 24:00:00", nullptr},
        {"minute 60", "2026-01-01 00:60:00", nullptr},
        {"second 60", "2026-01-01 00:00:60", nullptr},
        {"negative", "2026-01--5 00:00:00", nullptr},
        {"doubled hyphen", "2026--01-05 00:00:00", nullptr},
        {"year 1899", "1899-12-31 00:00:00", nullptr},
        {"year 9999", "9999-01-01 00:00:00", nullptr},
        {"short year", "26-01-01 00:00:00", nullptr},
        {"five-digit year", "20260-01-01 00:00:00", nullptr},
        {"no seconds", "2026-01-01 00:00", nullptr},
        {"more behind it", "2026-01-01 00:00:00.5", nullptr},
        {"zone behind it", "2026-01-01 00:00:00Z", nullptr},
        {"NUL", "2026-01-01 00:00:00\0"s, nullptr},
        {"empty", "", nullptr},
        {"words", "yesterday", nullptr},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const auto time = decode_device_time(c.text);
        REQUIRE(time.has_value() == (c.time != nullptr));
        if (time) CHECK(format_device_time(*time) == c.time);
    }
}

TEST_CASE("UTC texts go there and back") {
    for (const char* text : {"2026-11-19T23:58:03.123Z", "1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z",
                             "2099-12-31T23:59:59.001Z"}) {
        CAPTURE(text);
        const auto time = decode_utc(text);
        REQUIRE(time.has_value());
        CHECK(format_utc(*time) == text);
    }
    CHECK(format_utc(std::chrono::floor<std::chrono::seconds>(*decode_utc("2026-11-19T23:58:03Z"))) ==
          "2026-11-19T23:58:03Z");
    for (const char* text : {"", "2026-11-19 23:58:03Z", "2026-11-19T23:58:03", "2026-11-19T23:58:03.1Z",
                             "2026-11-19T23:58:03.12xZ", "2026-13-19T23:58:03Z"}) {
        CAPTURE(text);
        CHECK_FALSE(decode_utc(text).has_value());
    }
}

TEST_CASE("UTF-8 and what stores take") {
    const struct {
        const char* name;
        std::string bytes;
        bool valid;
        std::string stored;
    } cases[] = {
        {"ASCII", "abc", true, "abc"},
        {"two bytes", "é", true, "é"},
        {"three bytes", "張", true, "張"},
        {"four bytes", "😀", true, "😀"},
        {"NUL", "a\0b"s, true, "a\\x00b"},
        {"TAB and DEL", "\t\x7f", true, "\\x09\\x7F"},
        {"C1 control", "\xc2\x85", true, "\\xC2\\x85"},
        {"overlong", "\xc0\xaf", false, "\\xC0\\xAF"},
        {"surrogate", "\xed\xa0\x80", false, "\\xED\\xA0\\x80"},
        {"above U+10FFFF", "\xf4\x90\x80\x80", false, "\\xF4\\x90\\x80\\x80"},
        {"cut short", "a\xe5\xbc", false, "a\\xE5\\xBC"},
        {"GB18030", "\xd5\xc5", false, "\\xD5\\xC5"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(is_valid_utf8(c.bytes) == c.valid);
        CHECK(to_stored_text(c.bytes) == c.stored);
        CHECK(is_valid_utf8(to_stored_text(c.bytes)));
    }
}

TEST_CASE("numbers are whole or nothing") {
    CHECK(decode_number("255", 0, 255) == 255);
    CHECK(decode_number("0", 0, 255) == 0);
    CHECK(decode_number("-1002", -2000, 0) == -1002);
    for (const char* text : {"", "256", "-1", "1 ", "+1", "0x1", "1.0", "99999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(decode_number(text, 0, 255).has_value());
    }
}
