// The attendance log: records, layouts, and what becomes of them (protocol-4370 § 4.2, § 4.3).
#include "protocol/zk4370/attendance.hpp"

#include <doctest/doctest.h>

#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/zk4370/packed_time.hpp"
#include "tests/protocol/zk4370/records.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

namespace {

constexpr int this_year = 2026;

std::string class_of(TableProblemKind kind) {
    switch (kind) {
        case TableProblemKind::truncated:
            return "error-truncated";
        case TableProblemKind::unknown_layout:
            return "error-unknown-layout";
        case TableProblemKind::count_mismatch:
            return "error-count-mismatch";
    }
    return "";
}

AttendanceLayout layout_named(std::string_view name) {
    for (const auto layout : all_attendance_layouts) {
        if (to_string(layout) == name) return layout;
    }
    FAIL("no layout " << name);
    return {};
}

// What detect_attendance says: the layout's name, or the class of problem.
std::string outcome(const std::string& buffer, const CountRange& counts) {
    const auto got = detect_attendance(buffer, counts, this_year);
    if (const auto* problem = std::get_if<TableProblem>(&got)) return class_of(problem->kind);
    const auto& log = std::get<AttendanceLog>(got);
    return log.layout ? std::string(to_string(*log.layout)) : "empty";
}

}  // namespace

TEST_CASE("attendance.json cases: one record of each layout") {
    for (const auto& value : vectors("attendance.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const auto layout = layout_named(text_of(c, "layout"));
        const std::string bytes = bytes_of(c, "record");
        const auto record = decode_attendance_record(layout, bytes);
        const auto& expect = c.at("expect").as_object();
        if (has(expect, "uid")) CHECK(record.slot == number_of<unsigned>(expect, "uid"));
        if (has(expect, "user_id")) CHECK(record.user_id == text_of(expect, "user_id"));
        if (has(expect, "pin_key")) CHECK(pin_key(record.user_id) == text_of(expect, "pin_key"));
        CHECK(record.verify == number_of<unsigned>(expect, "verify"));
        CHECK(record.state == number_of<unsigned>(expect, "state"));
        CHECK(format_device_time(*decode_packed_time(record.packed_time)) == text_of(expect, "local_time"));
        if (has(expect, "workcode")) CHECK(record.work_code == number_of<unsigned>(expect, "workcode"));
        if (has(expect, "mask_flag")) CHECK(record.mask_flag == number_of<unsigned>(expect, "mask_flag"));
        if (has(expect, "temperature_text")) CHECK(record.temperature == text_of(expect, "temperature_text"));

        // The same as a log of one, whose counter says so.
        const std::string buffer = table(bytes);
        const auto got = detect_attendance(buffer, {1, 1}, this_year);
        const auto* log = std::get_if<AttendanceLog>(&got);
        REQUIRE(log != nullptr);
        CHECK(log->layout == layout);
        CHECK(log->notes.empty());
        const auto batch = decode_attendance(*log, {});
        REQUIRE(batch.punches.size() == 1);
        CHECK(batch.punches[0].line == 1);
        CHECK(format_device_time(batch.punches[0].device_time) == text_of(expect, "local_time"));
        if (has(expect, "user_id")) CHECK(batch.punches[0].pin == text_of(expect, "user_id"));
        CHECK(batch.unknown_slots == (carries_only_slots(layout) ? 1 : 0));
    }
}

TEST_CASE("attendance.json detection: whole buffers") {
    for (const auto& value : vectors("attendance.json", "detection")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const std::string buffer = bytes_of(c, "buffer");
        const auto counted = number_of<std::uint32_t>(c, "records_from_free_sizes");
        const auto got = detect_attendance(buffer, {counted, {}}, this_year);
        const std::string expected = text_of(c, "expect_result");
        if (const auto* problem = std::get_if<TableProblem>(&got)) {
            CHECK(class_of(problem->kind) == expected);
            CHECK_FALSE(problem->sentence.empty());
            continue;
        }
        const auto& log = std::get<AttendanceLog>(got);
        const auto batch = decode_attendance(log, {});
        const bool noted = !log.notes.empty() || !batch.rejects.empty();
        CHECK((noted ? "ok-with-note" : "ok") == expected);
        CHECK(log.layout.has_value() == has(c, "expect_layout"));
        if (log.layout) CHECK(to_string(*log.layout) == text_of(c, "expect_layout"));
        CHECK(log.count == number_of<std::size_t>(c, "expect_count"));
        CHECK(batch.punches.size() + batch.rejects.size() == log.count);
        CHECK(batch.rejects.size() == (has(c, "expect_rejects") ? number_of<std::size_t>(c, "expect_rejects") : 0));
        if (has(c, "expect_first")) CHECK(batch.punches.at(0).pin == text_of(c, "expect_first"));
    }
}

TEST_CASE("counts: what fits, what does not") {
    const std::string six = table(some_records(AttendanceLayout::bytes_40, 6));
    const struct {
        std::string name;
        CountRange counts;
        std::string outcome;
        bool noted;
    } cases[] = {
        {"as counted", {6, 6}, "40", false},
        {"grown during the read, all of it came", {5, 6}, "40", false},
        {"grown behind the read", {6, 9}, "40", false},
        {"grown, some of it came", {4, 7}, "40", false},
        {"shrunk: somebody cleared", {6, 0}, "40", true},
        {"fewer than both", {7, 8}, "error-count-mismatch", false},
        {"more than both", {4, 5}, "error-count-mismatch", false},
        {"only before, grown", {5, {}}, "40", true},
        {"only before, fewer", {7, {}}, "error-count-mismatch", false},
        {"only after", {{}, 6}, "40", false},
        {"only after, fewer", {{}, 7}, "error-count-mismatch", false},
        {"unknown", {}, "40", true},
        {"zero is unknown where records came", {0, 0}, "40", true},
        {"first punches ever during the read", {0, 6}, "40", false},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(outcome(six, c.counts) == c.outcome);
        const auto got = detect_attendance(six, c.counts, this_year);
        if (const auto* log = std::get_if<AttendanceLog>(&got)) CHECK(log->notes.empty() != c.noted);
    }
    CHECK(outcome(table(""), {}) == "empty");
    CHECK(outcome("", {}) == "empty");
    CHECK(outcome(table(""), {0, 3}) == "empty");
    CHECK(outcome(table(""), {3, 3}) == "error-count-mismatch");
    CHECK(outcome(std::string(3, '\0'), {}) == "error-truncated");
}

TEST_CASE("every layout is found in logs of every length, counted or not") {
    for (const auto layout : all_attendance_layouts) {
        CAPTURE(to_string(layout));
        for (std::uint32_t count = 1; count <= 150; ++count) {
            CAPTURE(count);
            const std::string buffer = table(some_records(layout, count));
            REQUIRE(outcome(buffer, {count, count}) == to_string(layout));
            // A few records without a counter can look like two layouts: then neither is taken.
            const std::string uncounted = outcome(buffer, {});
            if (uncounted != "error-unknown-layout" || count > 20) REQUIRE(uncounted == to_string(layout));
            REQUIRE(outcome(buffer.substr(0, buffer.size() - 1), {count, count}) == "error-truncated");
        }
    }
}

TEST_CASE("records against a layout, and records that are their own matter") {
    using L = AttendanceLayout;
    const auto at = [](int year) { return packed(year, 6, 1, 8, 0, 0); };
    const struct {
        std::string name;
        std::string records;
        std::uint32_t counted;  // 0: unknown
        std::string outcome;
    } cases[] = {
        {"next year", text_record(L::bytes_40, 1, "7", 1, at(2027), 0), 0, "40"},
        {"the year after next, not counted", text_record(L::bytes_40, 1, "7", 1, at(2028), 0), 0,
         "error-unknown-layout"},
        {"the year after next, counted", text_record(L::bytes_40, 1, "7", 1, at(2028), 0), 1, "40"},
        {"no id, not counted", text_record(L::bytes_40, 1, "", 1, at(2026), 0), 0, "error-unknown-layout"},
        {"no id, counted", text_record(L::bytes_40, 1, "", 1, at(2026), 0), 1, "40"},
        {"id not ASCII, counted", text_record(L::bytes_40, 1, "\xd5\xc5", 1, at(2026), 0), 1, "error-unknown-layout"},
        {"state 10, counted", text_record(L::bytes_40, 1, "7", 1, at(2026), 10), 1, "error-unknown-layout"},
        {"state 15", text_record(L::bytes_40, 1, "7", 1, at(2026), 15), 0, "40"},
        {"number 0 of 16, not counted", record_16(0, at(2026), 0, 1, 0), 0, "error-unknown-layout"},
        {"number 0 of 16, counted", record_16(0, at(2026), 0, 1, 0), 1, "16"},
        // The counter says 8 bytes, and they can be nothing of the kind: half of them have no time at all.
        {"twice as many counted as came", record_16(5, at(2026), 0, 1, 0), 2, "error-count-mismatch"},
        {"37 bytes", std::string(37, '1'), 1, "error-unknown-layout"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const CountRange counts = c.counted == 0 ? CountRange{} : CountRange{c.counted, c.counted};
        CHECK(outcome(table(c.records), counts) == c.outcome);
    }
}

TEST_CASE("49-byte records are not read as 40 where both sizes divide") {
    const std::string buffer = table(some_records(AttendanceLayout::bytes_49, 40));
    CHECK(outcome(buffer, {}) == "49");
    CHECK(outcome(buffer, {49, 49}) == "error-count-mismatch");
}

TEST_CASE("8-byte records of a terminal whose clock is far off") {
    std::string a;
    std::string b;
    std::string dead_a;
    std::string dead_b;
    for (unsigned day = 1; day <= 30; ++day) {
        const auto slot = static_cast<std::uint16_t>(40 + day);
        a += record_8a(slot, 1, packed(2003, 4, day, 23, 59, 59), 0);
        b += record_8b(slot, 0x28, packed(2003, 4, day, 23, 59, 59));
        // A dead battery: the clock began at 2000 again, for most of them.
        const auto time = packed(day < 20 ? 2000 : 2026, 1, day, 23, 59, 59);
        dead_a += record_8a(slot, 1, time, 0);
        dead_b += record_8b(slot, 0x28, time);
    }
    CHECK(outcome(table(a), {30, 30}) == "8A");
    CHECK(outcome(table(dead_a), {30, 30}) == "8A");
    CHECK(outcome(table(dead_b), {30, 30}) == "8B");
    // Nothing but the counter says so.
    CHECK(outcome(table(dead_a), {}) == "error-unknown-layout");
    // In both forms these are dates: neither is taken.
    CHECK(outcome(table(b), {30, 30}) == "error-unknown-layout");
}

TEST_CASE("a log that can be read in two layouts is not taken") {
    std::string early;
    std::string today;
    for (unsigned i = 0; i < 100; ++i) {
        const auto slot = static_cast<std::uint16_t>(1 + i % 9);
        early += record_8a(slot, 1, packed(2000, 1, 1 + i % 28, 7, i % 60, 3), 0);
        today += record_8b(slot, 1, packed(2026, 1, 1 + i % 28, 7, i % 60, 3));
    }
    CHECK(outcome(table(early), {}) == "error-unknown-layout");
    // 50 of 16 bytes, or 100 of 8 in a log that grew.
    CHECK(outcome(table(today), {50, 120}) == "error-unknown-layout");
    CHECK(outcome(table(today), {100, 100}) == "8B");
    CHECK(outcome(table(some_records(AttendanceLayout::bytes_16, 50)), {50, 120}) == "16");
}

TEST_CASE("every record is a punch or a reject with its reason") {
    const auto good = packed(2026, 11, 20, 8, 0, 0);
    const auto layout = AttendanceLayout::bytes_40;
    std::string records = text_record(layout, 1, "0042", 1, good, 255, 53);
    records += text_record(layout, 2, "7", 1, packed(2026, 4, 31, 8, 0, 0), 0);
    records += text_record(layout, 3, "7", 1, 0, 0);
    records += text_record(layout, 0, "", 1, good, 0);
    records += text_record(layout, 4, "  ", 1, good, 0);
    records += text_record(layout, 5, "8", 1, 0xffffffff, 0);
    records += text_record(layout, 6, "9", 15, good + 1, 1);
    const std::string buffer = table(records);
    const auto got = detect_attendance(buffer, {7, 7}, this_year);
    REQUIRE(std::holds_alternative<AttendanceLog>(got));
    const auto batch = decode_attendance(std::get<AttendanceLog>(got), {});
    REQUIRE(batch.punches.size() == 2);
    CHECK(batch.punches[0].pin == "0042");
    CHECK(batch.punches[0].pin_key == "42");
    CHECK(batch.punches[0].state == 255);
    CHECK(batch.punches[0].work_code == "53");
    CHECK(batch.punches[1].line == 7);
    CHECK(batch.punches[1].verify == 15);
    CHECK(batch.punches[1].work_code == "0");
    const std::pair<std::uint32_t, RejectReason> expected[] = {{2, RejectReason::bad_time},
                                                               {3, RejectReason::time_unknown},
                                                               {4, RejectReason::no_user},
                                                               {5, RejectReason::no_user},
                                                               {6, RejectReason::bad_time}};
    REQUIRE(batch.rejects.size() == std::size(expected));
    for (std::size_t i = 0; i < batch.rejects.size(); ++i) {
        CAPTURE(i);
        const auto& reject = batch.rejects[i];
        CHECK(reject.line == expected[i].first);
        CHECK(reject.reason == expected[i].second);
        CHECK(reject.bytes == records.substr((reject.line - 1) * 40, 40));
        CHECK(reject.length == 40);
        CHECK(reject.sha256 == sha256(reject.bytes));
    }
}

TEST_CASE("8-byte records: the slot becomes the user id of the same session") {
    const auto time = packed(2026, 11, 20, 8, 0, 0);
    for (const bool form_a : {true, false}) {
        CAPTURE(form_a);
        std::string records;
        for (const auto slot : std::initializer_list<std::uint16_t>{1, 2, 0, 1})
            records += form_a ? record_8a(slot, 1, time + slot, 1) : record_8b(slot, 0x29, time + slot);
        const std::string buffer = table(records);
        const auto got = detect_attendance(buffer, {4, 4}, this_year);
        REQUIRE(std::holds_alternative<AttendanceLog>(got));
        const auto batch = decode_attendance(std::get<AttendanceLog>(got), {{1, "0007"}, {9, "9"}});
        REQUIRE(batch.punches.size() == 3);
        CHECK(batch.punches[0].pin == "0007");
        CHECK(batch.punches[0].pin_key == "7");
        CHECK(batch.punches[0].verify == 1);
        CHECK(batch.punches[0].state == 1);
        CHECK_FALSE(batch.punches[0].work_code);
        CHECK(batch.punches[1].pin == "uid:2");
        CHECK(batch.punches[2].pin == "0007");
        CHECK(batch.unknown_slots == 1);
        REQUIRE(batch.rejects.size() == 1);
        CHECK(batch.rejects[0].reason == RejectReason::no_user);
        CHECK(batch.rejects[0].line == 3);
    }
}
