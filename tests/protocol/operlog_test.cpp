#include "protocol/adms/operlog.hpp"

#include <doctest/doctest.h>

#include "protocol/adms/redact.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/text_fields.hpp"
#include "tests/protocol/captures.hpp"

using namespace presensi;
using namespace presensi::adms;
using namespace presensi::test;
using namespace std::string_literals;

namespace {

constexpr std::size_t no_limit = 1 << 20;

std::string described(const TerminalEvent& event) {
    return std::to_string(event.line) + " " + event.kind + " " + std::to_string(event.operation.value_or(-1)) +
           " by '" + event.operator_pin + "' at " + (event.device_time ? format_device_time(*event.device_time) : "-") +
           ": " + event.detail;
}

std::string described(const TerminalUser& user) {
    return std::to_string(user.line) + " " + user.pin + " (" + user.pin_key + ") " + user.name;
}

OperationLog decode(const std::string& body) { return decode_operlog(redact_body(TableKind::operlog, body), no_limit); }

}  // namespace

TEST_CASE("operation log: the captured bodies") {
    const auto enrolment = decode(capture("38-"));
    REQUIRE(enrolment.events.size() == 5);
    CHECK(described(enrolment.events[0]) == "1 menu_entered 4 by '3' at 2026-06-25T16:27:43: 3 0 0 0");
    CHECK(described(enrolment.events[1]) == "2 user_edit_begun 70 by '' at 2026-06-25T16:28:10: 4 0 0 0");
    CHECK(described(enrolment.events[2]) == "3 fingerprint_enrolled 6 by '' at 2026-06-25T16:28:28: 4 0 0 0");
    CHECK(described(enrolment.events[3]) == "4 user_added 30 by '' at 2026-06-25T16:28:28: 4 0 0 0");
    CHECK(described(enrolment.events[4]) == "6 user_deleted 9 by '' at 2026-06-25T16:29:14: 4 0 0 0");
    REQUIRE(enrolment.users.size() == 1);
    CHECK(described(enrolment.users[0]) == "5 4 (4) Delta");
    CHECK(enrolment.others == 0);
    CHECK(enrolment.rejects.empty());

    const auto users = decode(capture("07-"));
    REQUIRE(users.users.size() == 2);
    CHECK(described(users.users[0]) == "1 2 (2) Test Person");
    CHECK(described(users.users[1]) == "2 7 (7) Other Person");

    const auto mixed = decode(capture("37-"));
    CHECK(mixed.events.size() == 1);
    CHECK(mixed.users.size() == 1);
    CHECK(mixed.others > 0);
    CHECK(mixed.rejects.empty());

    const auto error = decode_operlog(redact_body(TableKind::errorlog, capture("47-")), no_limit);
    REQUIRE(error.events.size() == 1);
    CHECK(described(error.events[0]) == "1 error -1 by '' at -: ErrCode=D01E0003 DataOrigin=cmd CmdId=123");
}

TEST_CASE("operation log: forms of a line") {
    const struct {
        const char* name;
        std::string body;
        std::string expected;
    } cases[] = {
        {"the clock set by hand", "OPLOG 21\t9\t2026-11-20 07:58:30\t0\t0\t0\t0\n",
         "1 clock_set 21 by '9' at 2026-11-20T07:58:30: 0 0 0 0"},
        {"records deleted", "OPLOG 23\t0\t2026-11-20 07:58:30\t0\t0\t0\t0",
         "1 records_deleted 23 by '' at 2026-11-20T07:58:30: 0 0 0 0"},
        {"an alarm and its reason", "OPLOG 3\t0\t2026-11-20 07:58:30\t54\t\t\t",
         "1 alarm 3 by '' at 2026-11-20T07:58:30: 54"},
        {"blanks for TABs", "OPLOG 0 0 2026-11-20 07:58:30 0 0 0 0\r\n",
         "1 power_on 0 by '' at 2026-11-20T07:58:30: 0 0 0 0"},
        {"a TAB behind the word", "OPLOG\t1\t0\t2026-11-20 07:58:30", "1 power_off 1 by '' at 2026-11-20T07:58:30: "},
        {"small letters", "oplog 32\t0\t2026-11-20 07:58:30\t1", "1 duress_alarm 32 by '' at 2026-11-20T07:58:30: 1"},
        {"a code that no document names", "OPLOG 113\t0\t2026-11-20 07:58:30\t1",
         "1 operation 113 by '' at 2026-11-20T07:58:30: 1"},
        {"behind an empty line", "\n\t\nOPLOG 4\t0\t2026-11-20 07:58:30\t1",
         "3 menu_entered 4 by '' at 2026-11-20T07:58:30: 1"},
    };
    for (const auto& test : cases) {
        CAPTURE(test.name);
        const auto log = decode(test.body);
        REQUIRE(log.events.size() == 1);
        CHECK(described(log.events[0]) == test.expected);
        CHECK(log.rejects.empty());
        CHECK(log.others == 0);
    }
}

TEST_CASE("operation log: what cannot be read is kept and blocks nobody") {
    const auto log = decode(
        "OPLOG 4\t0\t2026-13-20 07:58:30\t1\n"
        "OPLOG x\t0\t2026-11-20 07:58:30\n"
        "OPLOG 4\n"
        "USER Name=nobody\tPri=0\n"
        "OPLOG 4\t0\t2026-11-20 07:58:30\t1\n"
        "0\n"
        "USER PIN=0042\tName=\xd6\xd0\x01\tPri=14\n"
        "FP PIN=1\tFID=0\tTMP=QUJDREVGR0hJSktMTU5PUA==\n");
    REQUIRE(log.rejects.size() == 4);
    CHECK(log.rejects[0].reason == RejectReason::bad_time);
    CHECK(log.rejects[0].bytes == "OPLOG 4\t0\t2026-13-20 07:58:30\t1");
    CHECK(log.rejects[1].reason == RejectReason::too_few_fields);
    CHECK(log.rejects[2].reason == RejectReason::too_few_fields);
    CHECK(log.rejects[3].reason == RejectReason::empty_pin);
    CHECK(log.rejects[3].line == 4);
    CHECK(log.events.size() == 1);
    CHECK(log.others >= 2);
}

TEST_CASE("operation log: names that are no text are escaped, PINs stay what they are") {
    const auto log =
        decode_operlog("USER PIN=0042\tName=\xd6\xd0\tPri=14\tPasswd=<redacted>\nUSER PIN=5_49\tpri=x\n", 4096);
    REQUIRE(log.users.size() == 2);
    CHECK(described(log.users[0]) == "1 0042 (42) \\xD6\\xD0");
    CHECK(described(log.users[1]) == "2 5_49 (5_49) ");
}

TEST_CASE("operation log: the same event in another shape is the same event, another one is not") {
    const auto digest = [](const std::string& body) { return decode(body).events.at(0).sha256; };
    const auto first = digest("OPLOG 4\t0\t2026-11-20 07:58:30\t1\t0\t0\t0\n");
    CHECK(digest("\nOPLOG\t4\t0\t2026-11-20T07:58:30\t1\t0\t0\t0\r\n") == first);
    for (const char* other :
         {"OPLOG 5\t0\t2026-11-20 07:58:30\t1\t0\t0\t0", "OPLOG 4\t1\t2026-11-20 07:58:30\t1\t0\t0\t0",
          "OPLOG 4\t0\t2026-11-20 07:58:31\t1\t0\t0\t0", "OPLOG 4\t0\t2026-11-20 07:58:30\t2\t0\t0\t0"}) {
        CAPTURE(other);
        CHECK(digest(other) != first);
    }
}

TEST_CASE("operation log: every line is accounted for, whatever comes") {
    for (const auto& body : all_captured_bodies()) {
        const std::string redacted = redact_body(TableKind::operlog, body);
        const auto log = decode_operlog(redacted, no_limit);
        CHECK(log.events.size() + log.users.size() + log.rejects.size() + log.others <= count_lines(redacted));
    }
    std::string large;
    while (large.size() < 400'000) large += "USER PIN=1\tPIN=2\tName=x\t";
    CHECK(decode_operlog(large, no_limit).users.size() == 1);
    CHECK(decode_operlog(large, 4096).others == 1);
}
