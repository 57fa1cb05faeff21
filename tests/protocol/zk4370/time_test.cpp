#include <doctest/doctest.h>

#include "protocol/text_fields.hpp"
#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/packed_time.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

TEST_CASE("time.json: both forms, both ways, and what the calendar lacks is no time") {
    for (const auto& value : vectors("time.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const std::string wire = bytes_of(c, "wire");
        if (text_of(c, "kind") == "six-bytes") {
            const auto time = decode_six_byte_time(wire);
            REQUIRE(time);
            CHECK(format_device_time(*time) == text_of(c, "local_time"));
            continue;
        }
        REQUIRE(wire.size() == 4);
        const std::uint32_t packed = u32_at(wire, 0);
        CHECK(packed == number_of<std::uint32_t>(c, "value"));
        const auto time = decode_packed_time(packed);
        if (has(c, "valid")) {
            CHECK_FALSE(time);
            CHECK(std::to_string(year_of_packed_time(packed)) == text_of(c, "decodes_to").substr(0, 4));
            continue;
        }
        REQUIRE(time);
        CHECK(format_device_time(*time) == text_of(c, "local_time"));
        CHECK(encode_packed_time(*time) == packed);
    }
}

TEST_CASE("six bytes with an impossible part are no time") {
    const struct {
        const char* name;
        const char* wire;
    } cases[] = {
        {"month 0", "1a0016020405"},
        {"month 13", "1a0d16020405"},
        {"day 0", "1a0b00020405"},
        {"31 April", "1a041f020405"},
        {"hour 24", "1a0b16180405"},
        {"minute 60", "1a0b16023c05"},
        {"second 60", "1a0b1602043c"},
        {"year 2100", "640b16020405"},
        {"five bytes", "1a0b160204"},
        {"seven bytes", "1a0b1602040506"},
        {"no bytes", ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK_FALSE(decode_six_byte_time(unhex(c.wire)));
    }
}

TEST_CASE("every day of a hundred years goes through the packed form") {
    for (auto day = std::chrono::local_days{std::chrono::year{2000} / 1 / 1};
         day <= std::chrono::local_days{std::chrono::year{2099} / 12 / 31}; day += std::chrono::days{1}) {
        const DeviceTime time = day + std::chrono::seconds{86399};
        REQUIRE(decode_packed_time(encode_packed_time(time)) == time);
    }
}
