#include <doctest/doctest.h>

#include "protocol/adms/attlog.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "tests/protocol/captures.hpp"

using namespace presensi;
using namespace presensi::adms;
using namespace presensi::test;
using namespace std::string_literals;

namespace {

constexpr std::size_t line_limit = 64 * 1024;

std::string shown(const Punch& punch) {
    const auto number = [](const std::optional<int>& value) {
        return value ? std::to_string(*value) : std::string("-");
    };
    return punch.pin + "|" + format_device_time(punch.device_time) + "|" + number(punch.state) + "|" +
           number(punch.verify) + "|" + punch.work_code.value_or("-");
}

}  // namespace

TEST_CASE("captured ATTLOG bodies") {
    const struct {
        const char* capture;
        std::size_t punches;
        const char* first;
    } cases[] = {
        {"01-", 3, nullptr},
        {"03-", 1, "12|2026-10-05T11:49:53|1|1|-"},
        {"04-", 1, nullptr},
        {"05-", 2, "2|2026-06-20T11:49:05|255|15|0"},
        {"08-", 1, "2|2026-07-20T16:33:44|255|15|0"},
        {"12-", 1, "3|2026-09-15T15:35:43|255|1|0"},
        {"17-attlog", 1, nullptr},
        {"18-", 6, nullptr},
        {"19-", 1, nullptr},
        {"20-attlog", 1, nullptr},
        {"21-", 1, nullptr},
        {"23-", 1, "1234|2026-08-12T09:55:55|0|1|-"},
        {"39-", 9, "1452|2015-07-30T15:16:28|0|1|0"},
        {"40-", 2, nullptr},
    };
    for (const auto& c : cases) {
        CAPTURE(c.capture);
        const AttlogBatch batch = decode_attlog(redact_body(TableKind::attlog, capture(c.capture)), line_limit);
        CHECK(batch.lines == c.punches);
        CHECK(batch.rejects.empty());
        REQUIRE(batch.punches.size() == c.punches);
        if (c.first != nullptr) CHECK(shown(batch.punches.front()) == c.first);
    }
    CHECK(decode_attlog(capture("17-attlog"), line_limit).punches[0].pin == "abc123");
    for (const auto& punch : decode_attlog(capture("01-"), line_limit).punches)
        CHECK_FALSE(punch.work_code.has_value());
    CHECK(decode_attlog(capture("04-"), line_limit).punches[0].state == 1);
}

TEST_CASE("sample 24: one punch and three rejects with their reasons") {
    const AttlogBatch batch = decode_attlog(capture("24-"), line_limit);
    CHECK(batch.lines == 4);
    CHECK(batch.punches.size() == 1);
    REQUIRE(batch.rejects.size() == 3);
    CHECK(batch.rejects[0].reason == RejectReason::bad_time);
    CHECK(batch.rejects[1].reason == RejectReason::too_few_fields);
    CHECK(batch.rejects[2].reason == RejectReason::empty_pin);
}

TEST_CASE("lines in every form") {
    const struct {
        const char* name;
        std::string line;
        const char* punch;  // null: a reject
        RejectReason reason;
    } cases[] = {
        {"two columns", "1452\t2015-07-30 15:16:28", "1452|2015-07-30T15:16:28|-|-|-", {}},
        {"prefixed", "ATTLOG\t7\t2026-11-20 07:00:00\t0\t1", "7|2026-11-20T07:00:00|0|1|-", {}},
        {"blanks instead of TABs", "7 2026-11-20 07:00:00 1 15 0", "7|2026-11-20T07:00:00|1|15|0", {}},
        {"blanks, three words", "7 2026-11-20 07:00:00", "7|2026-11-20T07:00:00|-|-|-", {}},
        {"many columns",
         "7\t2026-11-20 07:00:00\t0\t1\tW\t1\t2\t3\t4\t5\t6\t7\t8\t9",
         "7|2026-11-20T07:00:00|0|1|W",
         {}},
        {"state 255", "7\t2026-11-20 07:00:00\t255\t15", "7|2026-11-20T07:00:00|255|15|-", {}},
        {"state is no number", "7\t2026-11-20 07:00:00\tI\t1", "7|2026-11-20T07:00:00|-|1|-", {}},
        {"state too large", "7\t2026-11-20 07:00:00\t256\t1", "7|2026-11-20T07:00:00|-|1|-", {}},
        {"comma in a field", "1,2\t2026-11-20 07:00:00\t0\t1\ta,b", "1,2|2026-11-20T07:00:00|0|1|a,b", {}},
        {"leading zeros", "0007\t2026-11-20 07:00:00", "0007|2026-11-20T07:00:00|-|-|-", {}},
        {"18 digits", "198504122010011003\t2026-11-20 07:00:00", "198504122010011003|2026-11-20T07:00:00|-|-|-", {}},
        {"UTF-8 PIN", "é7\t2026-11-20 07:00:00", "é7|2026-11-20T07:00:00|-|-|-", {}},
        {"work code with NUL", "7\t2026-11-20 07:00:00\t0\t1\tA\0B"s, "7|2026-11-20T07:00:00|0|1|A\\x00B", {}},
        {"trailing NULs", "7\t2026-11-20 07:00:00\t0\t1\t\0\0"s, "7|2026-11-20T07:00:00|0|1|-", {}},
        {"no TAB", "hello", nullptr, RejectReason::too_few_fields},
        {"empty PIN", "\t2026-11-20 07:00:00\t0", nullptr, RejectReason::empty_pin},
        {"blank PIN", "  \t2026-11-20 07:00:00\t0", nullptr, RejectReason::empty_pin},
        {"PIN with NUL", "7\0\t2026-11-20 07:00:00"s, nullptr, RejectReason::bad_pin},
        {"PIN not UTF-8", "\xd5\xc5\t2026-11-20 07:00:00", nullptr, RejectReason::bad_pin},
        {"PIN too long", std::string(65, '1') + "\t2026-11-20 07:00:00", nullptr, RejectReason::bad_pin},
        {"longest PIN",
         std::string(64, 'a') + "\t2026-11-20 07:00:00",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|2026-11-20T07:00:00|-|-|-",
         {}},
        {"impossible date", "7\t2026-13-45 99:99:99\t0\t1", nullptr, RejectReason::bad_time},
        {"empty time", "7\t\t0\t1", nullptr, RejectReason::bad_time},
        {"columns swapped", "2026-11-20 07:00:00\t7", nullptr, RejectReason::bad_time},
        {"too long", std::string(line_limit + 1, 'x'), nullptr, RejectReason::line_too_long},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        // Between two good neighbours that it must not disturb.
        const std::string body = "1\t2026-11-20 06:00:00\n\n" + c.line + "\r\n2\t2026-11-20 06:00:01\n";
        const AttlogBatch batch = decode_attlog(body, line_limit);
        CHECK(batch.lines == 3);
        CHECK(batch.punches.size() + batch.rejects.size() == 3);
        REQUIRE(batch.punches.size() == (c.punch == nullptr ? 2 : 3));
        CHECK(batch.punches.back().line == 4);
        if (c.punch != nullptr) {
            CHECK(batch.punches[1].line == 3);
            if (c.name != std::string("trailing NULs")) CHECK(shown(batch.punches[1]) == c.punch);
        } else {
            CHECK(batch.rejects[0].line == 3);
            CHECK(batch.rejects[0].reason == c.reason);
            CHECK(batch.rejects[0].length == c.line.size());
            CHECK(batch.rejects[0].sha256 == sha256(c.line));
            CHECK(batch.rejects[0].bytes ==
                  c.line.substr(0, c.reason == RejectReason::line_too_long ? 256 : std::string::npos));
        }
        // Alone and last, without a line end.
        const AttlogBatch alone = decode_attlog(c.line, line_limit);
        CHECK(alone.lines == 1);
        REQUIRE(alone.punches.size() == (c.punch == nullptr ? 0 : 1));
        if (c.punch != nullptr) CHECK(shown(alone.punches[0]) == c.punch);
    }
}

TEST_CASE("a long work code is cut at a character boundary") {
    const AttlogBatch batch = decode_attlog("7\t2026-11-20 07:00:00\t0\t1\t" + std::string(63, 'a') + "é", line_limit);
    REQUIRE(batch.punches.size() == 1);
    CHECK(batch.punches[0].work_code == std::string(63, 'a'));
}

TEST_CASE("mutated captures: every line is a punch or a reject, whatever comes") {
    std::mt19937 random(20261120);
    const auto bodies = all_captured_bodies();
    for (int i = 0; i < 20'000; ++i) {
        const std::string body = mutated(bodies[random() % bodies.size()], random);
        const AttlogBatch batch = decode_attlog(body, 200);
        REQUIRE(batch.lines == count_lines(body));
        REQUIRE(batch.punches.size() + batch.rejects.size() == batch.lines);
        for (const auto& punch : batch.punches) {
            REQUIRE(is_valid_utf8(punch.pin));
            REQUIRE(to_stored_text(punch.pin) == punch.pin);
            REQUIRE(decode_device_time(format_device_time(punch.device_time)) == punch.device_time);
            if (punch.work_code) REQUIRE(to_stored_text(*punch.work_code) == *punch.work_code);
        }
    }
}
