#include "config/text_values.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "config/nearest.hpp"
#include "config/printable.hpp"
#include "config/time_zone.hpp"

using namespace presensi::config;
using std::chrono::seconds;

namespace {

constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();

template <typename T>
std::optional<T> value_of(const Decoded<T>& decoded) {
    const T* value = std::get_if<T>(&decoded);
    return value != nullptr ? std::optional<T>(*value) : std::nullopt;
}

}  // namespace

TEST_CASE("sizes") {
    struct Case {
        std::string text;
        std::optional<std::size_t> bytes;
    };
    const Case cases[] = {
        {"8192", 8192}, {"8KiB", 8192}, {"16MiB", 16 * MiB}, {"1GiB", GiB}, {"0", 0},     {"007KiB", 7 * KiB},
        {"", {}},       {"KiB", {}},    {"8K", {}},          {"8KB", {}},   {"8kib", {}}, {"8 KiB", {}},
        {"-1", {}},     {"+1", {}},     {"1.5MiB", {}},      {"8KiBx", {}}, {" 8", {}},   {"0x10", {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(value_of(decode_size(c.text, 0, largest)) == c.bytes);
    }
    CHECK(value_of(decode_size("1KiB", KiB, 2 * KiB)) == KiB);
    CHECK(value_of(decode_size("2KiB", KiB, 2 * KiB)) == 2 * KiB);
    CHECK_FALSE(value_of(decode_size("1023", KiB, 2 * KiB)).has_value());
    CHECK_FALSE(value_of(decode_size("2049", KiB, 2 * KiB)).has_value());
    // A product beyond 64 bits must not come round to a small one.
    CHECK_FALSE(value_of(decode_size("17179869185GiB", 1, 2 * GiB)).has_value());
    CHECK_FALSE(value_of(decode_size("18446744073709551617", 1, 2 * GiB)).has_value());
}

TEST_CASE("durations") {
    struct Case {
        std::string text;
        std::optional<seconds> duration;
    };
    const Case cases[] = {
        {"45s", seconds(45)},
        {"30m", seconds(1800)},
        {"12h", seconds(43200)},
        {"7d", seconds(604800)},
        {"90m", seconds(5400)},
        {"45", {}},
        {"", {}},
        {"d", {}},
        {"1w", {}},
        {"1d12h", {}},
        {"-1d", {}},
        {"1 d", {}},
        {"1D", {}},
        {"0s", {}},
        {"367d", {}},
        {"213503982334602d", {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(value_of(decode_duration(c.text, seconds(1), std::chrono::hours(24 * 366))) == c.duration);
    }
}

TEST_CASE("sizes and durations are written in the largest exact unit") {
    CHECK(encode_size(0) == "0");
    CHECK(encode_size(1000) == "1000");
    CHECK(encode_size(1024) == "1KiB");
    CHECK(encode_size(1025) == "1025");
    CHECK(encode_size(64 * MiB) == "64MiB");
    CHECK(encode_duration(seconds(45)) == "45s");
    CHECK(encode_duration(seconds(90)) == "90s");
    CHECK(encode_duration(std::chrono::hours(36)) == "36h");
    CHECK(encode_duration(std::chrono::hours(24 * 7)) == "7d");
}

TEST_CASE("quiet hours") {
    struct Case {
        std::string text;
        const char* canonical;  // nullptr: refused
    };
    const Case cases[] = {
        {"07:00-08:30", "07:00-08:30"},
        {"22:00-05:00", "22:00-05:00"},
        {"00:00-23:59", "00:00-23:59"},
        {"07:00-07:00", nullptr},
        {"7:00-08:30", nullptr},
        {"07:00-24:00", nullptr},
        {"07:60-08:30", nullptr},
        {"07:00", nullptr},
        {"07:00-", nullptr},
        {"", nullptr},
        {"-", nullptr},
        {"07:00-08:30-09:00", nullptr},
        {"07.00-08.30", nullptr},
        {"+7:00-08:30", nullptr},
        {"07:00 - 08:30", nullptr},
        {"07:00–08:30", nullptr},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto hours = value_of(decode_quiet_hours(c.text));
        CHECK(hours.has_value() == (c.canonical != nullptr));
        if (hours && c.canonical != nullptr) CHECK(encode_quiet_hours(*hours) == c.canonical);
    }
}

TEST_CASE("ports") {
    struct Case {
        std::string text;
        std::optional<std::uint16_t> port;
        std::optional<std::uint16_t> listen_port;
    };
    const Case cases[] = {
        {"0", {}, 0},
        {"1", 1, 1},
        {"65535", 65535, 65535},
        {"65536", {}, {}},
        {"99999999999999999999", {}, {}},
        {"-1", {}, {}},
        {"80x", {}, {}},
        {"", {}, {}},
        {"0x50", {}, {}},
        {"8e3", {}, {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(value_of(decode_port(c.text)) == c.port);
        CHECK(value_of(decode_listen_port(c.text)) == c.listen_port);
    }
}

TEST_CASE("serials") {
    const std::string longest(32, 'A');
    for (const std::string& serial : {std::string("TST7240100001"), std::string("a-b_C9"), std::string("-"), longest}) {
        CAPTURE(serial);
        CHECK(value_of(decode_serial(serial)) == serial);
    }
    for (const std::string& serial : {std::string(), longest + "A", std::string("A B"), std::string("A/B"),
                                      std::string("é"), std::string("A\0", 2), std::string("A.B")}) {
        CAPTURE(serial);
        CHECK_FALSE(value_of(decode_serial(serial)).has_value());
    }
}

TEST_CASE("texts: not empty, UTF-8, no control characters") {
    struct Case {
        std::string name;
        std::string text;
        bool accepted;
    };
    const Case cases[] = {
        {"plain", "Apel IV", true},
        {"two to four bytes", "é ✓ 😀", true},
        {"just above the C1 range", "\xC2\xA0", true},
        {"empty", "", false},
        {"line end", "a\nb", false},
        {"NUL", std::string("a\0", 2), false},
        {"escape", "\x1B[2J", false},
        {"delete", "\x7F", false},
        {"C1 control",
         "\xC2\x9B"
         "2J",
         false},
        {"alone, a later byte", "\x80", false},
        {"cut off", "\xE2\x9C", false},
        {"too long a form", "\xC0\xAF", false},
        {"too long a form of three", "\xE0\x80\xAF", false},
        {"too long a form of four", "\xF0\x80\x80\xAF", false},
        {"surrogate", "\xED\xA0\x80", false},
        {"beyond Unicode", "\xF4\x90\x80\x80", false},
        {"Latin-1", "caf\xE9 x", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(value_of(decode_text(c.text)).has_value() == c.accepted);
    }
}

TEST_CASE("foreign text in a message is short and harmless") {
    CHECK(shown("abc") == "abc");
    CHECK(shown("") == "\"\"");
    CHECK(shown("a b") == "\"a b\"");
    CHECK(shown("é\x1B[2J\n") == "é\\x1b[2J\\x0a");
    CHECK(shown("\xFF\xC2\x9B") == "\\xff\\xc2\\x9b");
    CHECK(shown("\xC2\x9B"
                "C3") == "\\xc2\\x9bC3");
    CHECK(shown(std::string(1000, 'x')) == std::string(80, 'x') + "…");
}

TEST_CASE("time zones are those of the machine") {
    for (const std::string name : {"Asia/Makassar", "Asia/Jakarta", "Asia/Jayapura", "UTC"}) {
        CAPTURE(name);
        CHECK(value_of(decode_time_zone(name)) == name);
    }
    struct Case {
        std::string text;
        const char* message;
    };
    const Case cases[] = {
        {"asia/makassar", "asia/makassar is not a time zone; did you mean Asia/Makassar?"},
        {"Asia/Jakrata", "Asia/Jakrata is not a time zone; did you mean Asia/Jakarta?"},
        {"WIB", "WIB is not a time zone; did you mean Asia/Jakarta?"},
        {"WIT", "WIT is not a time zone; did you mean Asia/Jayapura?"},
        {"somewhere", "somewhere is not a time zone"},
        {"", "\"\" is not a time zone"},
        {"../../etc/passwd", "../../etc/passwd is not a time zone"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto decoded = decode_time_zone(c.text);
        REQUIRE(std::holds_alternative<Problem>(decoded));
        CHECK(std::get<Problem>(decoded).sentence == c.message);
    }
}

TEST_CASE("nearest: a typing error away, or nothing") {
    struct Case {
        std::string text;
        const char* nearest;  // nullptr: nothing
    };
    const std::vector<std::string_view> keys{"terminal_listener", "terminals", "time_zone", "port", "pull"};
    const Case cases[] = {
        {"terminal_listner", "terminal_listener"},
        {"terminal", "terminals"},
        {"TIME_ZONE", "time_zone"},
        {"timezone", "time_zone"},
        {"time_zoen", "time_zone"},
        {"prot", "port"},
        {"opll", nullptr},
        {"", nullptr},
        {"x", nullptr},
        {"listener", nullptr},
        {"completely_other", nullptr},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto found = nearest(c.text, keys);
        CHECK(found.value_or("nothing") == (c.nearest != nullptr ? c.nearest : "nothing"));
    }
}
