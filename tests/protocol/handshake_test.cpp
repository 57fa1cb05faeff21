#include <doctest/doctest.h>

#include "protocol/adms/handshake.hpp"

using namespace presensi::adms;
using std::chrono::minutes;

namespace {

HandshakeOptions options() {
    HandshakeOptions some;
    some.serial = "TST7240100001";
    some.utc_offset = minutes(420);
    some.push_version = "2.4.1";
    return some;
}

}  // namespace

TEST_CASE("the block of protocol-adms § 8.2, byte for byte") {
    const std::string block = encode_handshake(options());
    CHECK(block ==
          "GET OPTION FROM: "
          "TST7240100001\nStamp=0\nOpStamp=9999\nPhotoStamp=9999\nATTLOGStamp=None\nOPERLOGStamp=9999\nATTPHOTOStamp="
          "9999\n"
          "ErrorDelay=60\nDelay=10\nTransTimes=00:00;14:05\nTransInterval=1\nTransFlag=TransData "
          "AttLog\tOpLog\nTimeZone=7\nRealtime=1\nEncrypt=None\n"
          "MaxPostSize=1048576\nServerVer=2.4.1\nPushProtVer=2.4.1\nPushOptionsFlag=1\n"
          "PushOptions=FingerFunOn,FaceFunOn,FWVersion,PushVersion,UserCount,TransactionCount\n");
    CHECK(block.size() == 407);
}

TEST_CASE("stamps, TransFlag digits, and the version of a terminal that asked for encryption") {
    HandshakeOptions some = options();
    some.attlog_stamp = "845882310";
    some.operlog_stamp = "12";
    some.trans_flag = TransFlagForm::digits;
    some.plain_protocol = true;
    const std::string block = encode_handshake(some);
    for (const char* line :
         {"\nStamp=845882310\n", "\nATTLOGStamp=845882310\n", "\nOpStamp=12\n", "\nOPERLOGStamp=12\n",
          "\nPhotoStamp=9999\n", "\nTransFlag=110000000000\n", "\nPushProtVer=2.2.14\n", "\nServerVer=2.4.1\n"}) {
        CAPTURE(line);
        CHECK(block.find(line) != std::string::npos);
    }
}

TEST_CASE("the short block is for old or unreadable versions") {
    const struct {
        const char* version;
        bool short_block;
    } cases[] = {{"", true},      {"2.0.1", true}, {"2.2.13", true}, {"2.2.14", false},
                 {"2.2.2", true}, {"2.10", false}, {"2.4.1", false}, {"3.1.2", false},
                 {"abc", true},   {"2.x", true},   {"2.4.1x", true}, {"1", true}};
    for (const auto& c : cases) {
        CAPTURE(c.version);
        HandshakeOptions some = options();
        some.push_version = c.version;
        const std::string block = encode_handshake(some);
        CHECK(block.ends_with(c.short_block ? "MaxPostSize=1048576\n" : "TransactionCount\n"));
        CHECK((block.find("ServerVer") == block.npos) == c.short_block);
        CHECK((block.find("PushOptions") == block.npos) == c.short_block);
    }
}

TEST_CASE("TimeZone: hours when whole and at most 12, else minutes") {
    const struct {
        int offset;
        const char* text;
    } cases[] = {{480, "8"},   {420, "7"},   {540, "9"},     {0, "0"},       {-180, "-3"}, {720, "12"}, {-720, "-12"},
                 {330, "330"}, {345, "345"}, {-210, "-210"}, {-570, "-570"}, {780, "780"}, {840, "840"}};
    for (const auto& c : cases) {
        CAPTURE(c.offset);
        CHECK(encode_time_zone(minutes(c.offset)) == c.text);
    }
}
