// The user table, and what of it may be kept (protocol-4370 § 4.5).
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/zk4370/user_table.hpp"
#include "tests/protocol/zk4370/records.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

namespace {

UserLayout layout_named(std::string_view name) { return name == "28" ? UserLayout::bytes_28 : UserLayout::bytes_72; }

std::string some_users(UserLayout layout, std::uint16_t count) {
    std::string out;
    for (std::uint16_t slot = 1; slot <= count; ++slot) {
        const std::string name = "Orang " + std::to_string(slot);
        if (layout == UserLayout::bytes_72) out += user_72(slot, 0, "31337", name, 9876543, std::to_string(100 + slot));
        if (layout == UserLayout::bytes_28) out += user_28(slot, 0, "31337", name, 9876543, 100u + slot);
        if (layout == UserLayout::bytes_16) out += user_16(slot, 0, "31337", name);
    }
    return out;
}

}  // namespace

TEST_CASE("users.json cases: records as they are shown and kept") {
    for (const auto& value : vectors("users.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const auto layout = layout_named(text_of(c, "layout"));
        std::string record = bytes_of(c, "record");
        redact_users(record, layout);
        CHECK(hex_of(record) == text_of(c, "redacted_record"));
        const auto user = decode_user(layout, record);
        const auto& expect = c.at("expect").as_object();
        CHECK(user.has_value() != has(expect, "skip"));
        if (!user) continue;
        if (has(expect, "uid")) CHECK(user->slot == number_of<unsigned>(expect, "uid"));
        if (has(expect, "privilege_byte")) CHECK(user->privilege == number_of<unsigned>(expect, "privilege_byte"));
        if (has(expect, "enabled")) CHECK(user->enabled == expect.at("enabled").as_bool());
        if (has(expect, "level")) CHECK(user->level == text_of(expect, "level"));
        if (has(expect, "password")) CHECK(user->password == text_of(expect, "password"));
        if (has(expect, "card")) CHECK(user->card == text_of(expect, "card"));
        if (has(expect, "group")) CHECK(user->group == number_of<unsigned>(expect, "group"));
        if (has(expect, "tz_own")) CHECK(user->own_time_zones == (number_of<unsigned>(expect, "tz_own") == 1));
        if (has(expect, "tz")) {
            const auto& zones = expect.at("tz").as_array();
            for (std::size_t i = 0; i < 3; ++i) CHECK(user->time_zones[i] == zones[i].to_number<unsigned>());
        }
        if (has(expect, "timezones")) CHECK(user->time_zone_mask == number_of<unsigned>(expect, "timezones"));
        if (has(expect, "user_id")) CHECK(user->user_id == text_of(expect, "user_id"));
        // Code pages other than UTF-8 are shown as their bytes.
        const bool utf8 = !has(c, "name_encoding") || text_of(c, "name_encoding") == "utf-8";
        const std::string id = text_of(c, "id");
        if (has(expect, "name") && utf8) CHECK(user->name == text_of(expect, "name"));
        if (id == "u72-gbk") CHECK(user->name == "\\xD5\\xC5\\xC8\\xFD");
        if (id == "u72-cp1256") CHECK(user->name == "\\xE3\\xCD\\xE3\\xCF \\xDA\\xE1\\xED");
    }
}

TEST_CASE("users.json detection: 504 bytes are 18 users or 7") {
    for (const auto& value : vectors("users.json", "detection")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const auto counted = number_of<std::uint32_t>(c, "users_from_free_sizes");
        const std::string expected = text_of(c, "expect_layout");
        if (counted == 0) {
            // By plausibility, else refused.
            CHECK(detect_users(some_users(UserLayout::bytes_28, 18), counted) == UserLayout::bytes_28);
            CHECK(detect_users(some_users(UserLayout::bytes_72, 7), {}) == UserLayout::bytes_72);
            CHECK_FALSE(detect_users(std::string(504, '\0'), {}));
            continue;
        }
        const auto layout = layout_named(expected);
        const std::string records = some_users(layout, static_cast<std::uint16_t>(counted));
        REQUIRE(records.size() == number_of<std::size_t>(c, "body_bytes"));
        CHECK(detect_users(records, counted) == layout);
    }
}

TEST_CASE("a table of each layout: people, slots, and no secret anywhere") {
    for (const auto layout : all_user_layouts) {
        CAPTURE(to_string(layout));
        for (const bool counted : {true, false}) {
            CAPTURE(counted);
            auto got = take_users(table(some_users(layout, 20)), counted ? std::optional(20u) : std::nullopt);
            const auto* users = std::get_if<UserTable>(&got);
            REQUIRE(users != nullptr);
            CHECK(users->layout == layout);
            REQUIRE(users->people.size() == 20);
            CHECK(users->people[4].line == 5);
            CHECK(users->people[4].pin == (layout == UserLayout::bytes_16 ? "5" : "105"));
            CHECK(users->people[4].name == "Orang 5");
            CHECK(users->ids.at(20) == (layout == UserLayout::bytes_16 ? "20" : "120"));
            CHECK(users->raw.size() == 4 + 20 * record_size(layout));
            CHECK(users->raw.find("313") == std::string::npos);
            CHECK(users->raw.find("\x3f\xb4\x96") == std::string::npos);
        }
    }
}

TEST_CASE("odd tables") {
    SUBCASE("empty") {
        auto got = take_users(table(""), 0);
        REQUIRE(std::holds_alternative<UserTable>(got));
        CHECK_FALSE(std::get<UserTable>(got).layout);
    }
    SUBCASE("surplus is not kept: nobody knows what is in it") {
        auto got = take_users(table(some_users(UserLayout::bytes_72, 2)) + "31337", 2);
        REQUIRE(std::holds_alternative<UserTable>(got));
        CHECK(std::get<UserTable>(got).raw.find("31337") == std::string::npos);
    }
    SUBCASE("unsettled: length and digest only") {
        const std::string buffer = table(std::string(37, '3'));
        auto got = take_users(buffer, 1);
        REQUIRE(std::holds_alternative<TableProblem>(got));
        const auto& problem = std::get<TableProblem>(got);
        CHECK(problem.kind == TableProblemKind::unknown_layout);
        CHECK(problem.sentence.find("41 bytes") != std::string::npos);
        CHECK(problem.sentence.find(hex(sha256(buffer))) != std::string::npos);
        CHECK(problem.sentence.find("333333") == std::string::npos);
    }
    SUBCASE("what could be read in another layout without its passwords is not kept") {
        std::ifstream file(PRESENSI_SOURCE_DIR "/tests/fuzz/corpus/zk_users/other-layout-without-passwords",
                           std::ios::binary);
        const std::string input{std::istreambuf_iterator<char>(file), {}};
        REQUIRE(input.size() > 1);
        auto got = take_users(input.substr(1), 7);
        REQUIRE(std::holds_alternative<TableProblem>(got));
        CHECK(std::get<TableProblem>(got).kind == TableProblemKind::unknown_layout);
        CHECK(std::get<TableProblem>(got).sentence.starts_with("Without its passwords"));
    }
    SUBCASE("cut off") {
        std::string buffer = table(some_users(UserLayout::bytes_72, 2));
        buffer.pop_back();
        auto got = take_users(buffer, 2);
        REQUIRE(std::holds_alternative<TableProblem>(got));
        CHECK(std::get<TableProblem>(got).kind == TableProblemKind::truncated);
        CHECK(std::get<TableProblem>(got).sentence.find("31337") == std::string::npos);
    }
    SUBCASE("template slots are skipped, users without id rejected, the first of a slot counts") {
        std::string records = user_72(1, 0x31, std::string(8, '\x7a'), "\x01\x02\x03", 1, "\x04");
        records += user_72(2, 0, "", "", 0, "");
        records += user_72(3, 0, "", "", 0, "7");
        records += user_72(3, 0, "", "", 0, "8");
        records += user_72(4, 0, "", "", 0, "   ");
        auto got = take_users(table(records), 5);
        REQUIRE(std::holds_alternative<UserTable>(got));
        const auto& users = std::get<UserTable>(got);
        CHECK(users.template_slots == 1);
        REQUIRE(users.rejects.size() == 2);
        CHECK(users.rejects[0].line == 2);
        CHECK(users.rejects[0].reason == RejectReason::no_user);
        CHECK(users.ids == UserIds{{3, "7"}});
        CHECK(users.users.size() == 2);
        CHECK(users.raw.find('\x7a') == std::string::npos);
    }
}

TEST_CASE("names at the end of their field") {
    const auto name_of = [](const std::string& name) {
        return decode_user(UserLayout::bytes_72, user_72(1, 0, "", name, 0, "7"))->name;
    };
    const std::string fill(22, 'x');
    CHECK(name_of(fill + "\xc3\xa9") == fill + "\xc3\xa9");
    CHECK(name_of(fill + "y\xc3") == fill + "y");
    CHECK(name_of(fill + "\xe2\x82") == fill);
    CHECK(name_of(fill.substr(1) + "\xf0\x9f\x98") == fill.substr(1));
    CHECK(name_of(fill + "\xe9y") == fill + "\\xE9y");
    CHECK(name_of("\xd5" + fill + "\xc3") == "\\xD5" + fill + "\\xC3");
    // Not at the end of the field: it was not cut there.
    CHECK(name_of("Jos\xe9") == "Jos\\xE9");
    CHECK(name_of("") == "");
}
