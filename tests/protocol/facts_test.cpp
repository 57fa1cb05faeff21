#include <doctest/doctest.h>

#include "protocol/adms/command_result.hpp"
#include "protocol/adms/facts.hpp"
#include "protocol/adms/target.hpp"
#include "tests/protocol/captures.hpp"

using namespace presensi::adms;
using namespace presensi::test;

TEST_CASE("INFO") {
    const struct {
        const char* capture;
        const char* firmware;
        int users;
        int records;
    } cases[] = {{"06-", "ZAM70-NF24HA-Ver3.3.12", 27, 283},
                 {"20-getrequest", "ZAM180-NF50VA-Ver3.4.10", 1, 16},
                 {"26-", "Ver 8.0.4.7-20230116", 3, 40}};
    for (const auto& c : cases) {
        CAPTURE(c.capture);
        const TerminalFacts facts = decode_info(capture(c.capture, ".value"));
        CHECK(facts.firmware == c.firmware);
        CHECK(facts.users == c.users);
        CHECK(facts.records == c.records);
    }
    const Target encoded = decode_target("/iclock/getrequest?" + capture("29-", ".query"));
    CHECK(decode_info(encoded.parameter("info")).firmware == "Ver 8.0.4.2-I113-02");
    CHECK_FALSE(decode_info("").users.has_value());
    CHECK_FALSE(decode_info("x,-1,2,99999999999999999999").records.has_value());
    CHECK(decode_info(std::string(5000, 'x')).firmware.size() <= 128);
    CHECK(decode_info("\x01\xff,1").firmware == "\\x01\\xFF");
}

TEST_CASE("options, in one comma line and in lines") {
    const TerminalFacts mb360 = decode_options(capture("28-"));
    CHECK(mb360.firmware == "Ver 8.0.4.2-I113-02");
    const TerminalFacts two = decode_options(capture("36-"));
    CHECK_FALSE(two.users.has_value());
    const TerminalFacts lines = decode_options(
        "FWVersion=A, "
        "B\r\n~DeviceName=SpeedFace-V5L\r\nMAC=00:17:61:00:00:01\nUserCount=2\nTransactionCount=7\n~Platform=\n");
    CHECK(lines.firmware == "A, B");
    CHECK(lines.model == "SpeedFace-V5L");
    CHECK(lines.mac == "00:17:61:00:00:01");
    CHECK(lines.users == 2);
    CHECK(lines.records == 7);
    CHECK(lines.platform.empty());
    const auto dump = decode_command_results(capture("27-"));
    REQUIRE(dump.size() == 1);
    CHECK(decode_options(dump[0].content).firmware == "Ver 8.0.4.2-I113-02");
}
