#include "protocol/zk4370/operation_log.hpp"

#include <doctest/doctest.h>

#include "protocol/adms/operlog.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/zk4370/packed_time.hpp"
#include "tests/protocol/zk4370/records.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

namespace {

std::string operation(std::uint16_t admin, std::uint8_t code, std::uint32_t time) {
    std::string out;
    put_u16(out, admin);
    out.push_back(static_cast<char>(code));
    out.push_back('\0');
    put_u32(out, time);
    for (const auto parameter : std::initializer_list<std::uint16_t>{3, 0, 7, 1282}) put_u16(out, parameter);
    return out;
}

}  // namespace

TEST_CASE("oplog-template.json: an operation, and a template that we do not read") {
    for (const auto& value : vectors("oplog-template.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const auto& expect = c.at("expect").as_object();
        if (!has(expect, "op")) {
            // Biometrics are not read (protocol-4370 § 5.6): the entry's head only tells that the vector is one.
            CHECK(u16_at(bytes_of(c, "record"), 0) == number_of<unsigned>(expect, "entry_size"));
            continue;
        }
        const auto record = decode_operation_record(bytes_of(c, "record"));
        CHECK(record.admin_slot == number_of<unsigned>(expect, "admin"));
        CHECK(record.operation == number_of<unsigned>(expect, "op"));
        CHECK(format_device_time(*decode_packed_time(record.packed_time)) == text_of(expect, "local_time"));
        for (std::size_t i = 0; i < 4; ++i)
            CHECK(record.parameters[i] == expect.at("users").as_array()[i].to_number<unsigned>());
    }
}

TEST_CASE("operations become the same events as over the push road") {
    const auto time = packed(2026, 11, 20, 8, 0, 0);
    std::string records = operation(0, 21, time) + operation(5, 23, time) + operation(6, 200, time);
    records += operation(0, 4, packed(2026, 2, 30, 0, 0, 0)) + operation(0, 0, 0);
    const auto got = decode_operations(table(records), {{5, "0105"}});
    REQUIRE(std::holds_alternative<OperationBatch>(got));
    const auto& batch = std::get<OperationBatch>(got);
    REQUIRE(batch.events.size() == 4);
    CHECK(batch.events[0].kind == "clock_set");
    CHECK(batch.events[0].operation == 21);
    CHECK(batch.events[0].operator_pin.empty());
    CHECK(batch.events[0].detail == "3 0 7 1282");
    CHECK(batch.events[1].kind == "records_deleted");
    CHECK(batch.events[1].operator_pin == "0105");
    CHECK(batch.events[1].line == 2);
    CHECK(batch.events[2].kind == "operation");
    CHECK(batch.events[2].operator_pin == "uid:6");
    CHECK(batch.events[3].kind == "power_on");
    CHECK_FALSE(batch.events[3].device_time);
    REQUIRE(batch.rejects.size() == 1);
    CHECK(batch.rejects[0].line == 4);
    CHECK(batch.rejects[0].reason == RejectReason::bad_time);
    const auto pushed = adms::decode_operlog("OPLOG 21\t0\t2026-11-20 08:00:00\t3\t0\t7\t1282\n", 1000);
    REQUIRE(pushed.events.size() == 1);
    CHECK(pushed.events[0].sha256 == batch.events[0].sha256);
}

TEST_CASE("what is no operation log") {
    const auto kind_of = [](const std::string& buffer) {
        const auto got = decode_operations(buffer, {});
        return std::holds_alternative<TableProblem>(got) ? std::optional(std::get<TableProblem>(got).kind)
                                                         : std::nullopt;
    };
    CHECK(kind_of(table(std::string(17, '\0'))) == TableProblemKind::unknown_layout);
    CHECK(kind_of(std::string("\x10\0\0\0", 4)) == TableProblemKind::truncated);
    CHECK_FALSE(kind_of(table("")));
}
