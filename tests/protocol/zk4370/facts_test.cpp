// Counters and options (protocol-4370 § 5.2, § 5.3).
#include <doctest/doctest.h>

#include "protocol/zk4370/counters.hpp"
#include "protocol/zk4370/option.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi::test;
using namespace presensi::zk4370;

TEST_CASE("free-sizes.json: counts, or unknown") {
    for (const auto& value : vectors("free-sizes.json")) {
        const auto& c = value.as_object();
        const std::string id = text_of(c, "id");
        CAPTURE(id);
        const auto counters = decode_counters(bytes_of(c, "data"));
        CHECK(counters.has_value() == has(c, "expect"));
        if (!counters) continue;
        const auto& expect = c.at("expect").as_object();
        const std::pair<const char*, std::optional<std::uint32_t>> fields[] = {
            {"users", counters->users},
            {"fingers", counters->fingers},
            {"records", counters->records},
            {"oplogs", counters->operations},
            {"admins", counters->admins},
            {"passwords", counters->passwords},
            {"fingers_cap", counters->fingers_capacity},
            {"users_cap", counters->users_capacity},
            {"records_cap", counters->records_capacity},
            {"fingers_free", counters->fingers_free},
            {"users_free", counters->users_free},
            {"records_free", counters->records_free},
            {"faces", counters->faces},
            {"faces_cap", counters->faces_capacity},
        };
        std::size_t compared = 0;
        for (const auto& field : fields) {
            const char* name = field.first;
            const auto& got = field.second;
            CAPTURE(name);
            if (!has(expect, name)) continue;
            CHECK(got == number_of<std::uint32_t>(expect, name));
            ++compared;
        }
        CHECK(compared == expect.size());
        if (c.contains("expect_faces") && !has(c, "expect_faces")) CHECK_FALSE(counters->faces);
        CHECK(counters->add_up() == (id != "records-free-inconsistent"));
    }
}

TEST_CASE("an answer of 36 bytes has the counts and nothing else") {
    const auto counters = decode_counters(std::string(32, '\0') + std::string("\x07\0\0\0", 4));
    REQUIRE(counters);
    CHECK(counters->records == 7);
    CHECK_FALSE(counters->operations);
    CHECK_FALSE(counters->records_capacity);
    CHECK(counters->add_up());
    CHECK_FALSE(decode_counters(std::string(35, '\0')));
}

TEST_CASE("options.json") {
    for (const auto& value : vectors("options.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const std::string data = bytes_of(c, "data");
        if (!has(c, "expect_key")) {
            CHECK(decode_version(data) == text_of(c, "expect_value"));
            continue;
        }
        const auto option = decode_option(data);
        CHECK(option.keyword == text_of(c, "expect_key"));
        CHECK(option.value == text_of(c, "expect_value"));
    }
}

TEST_CASE("options from hostile terminals") {
    CHECK(decode_option("").keyword.empty());
    CHECK(decode_option("MAC").keyword == "MAC");
    CHECK(decode_option("MAC").value.empty());
    CHECK(decode_option(" MAC = 1 ").value == "1");
    CHECK(decode_option("MAC=\x1b[2J").value == "\\x1B[2J");
    CHECK(decode_option("MAC=" + std::string(5000, 'x')).value.size() == 128);
    CHECK(decode_version(std::string("Ver\0secret", 10)) == "Ver");
}
