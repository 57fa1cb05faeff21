#include <doctest/doctest.h>

#include "tests/terminals/profile.hpp"

using namespace presensi::terminals;

TEST_CASE("records look as their families write them") {
    Record record;
    record.device_time = std::chrono::local_days{std::chrono::year{2026} / 11 / 20} + std::chrono::hours(7) +
                         std::chrono::minutes(58) + std::chrono::seconds(3);
    record.pin = "0042";
    record.state = 1;
    record.sequence = 10881;
    CHECK(encode_record(Profile::x100c, record) == "0042\t2026-11-20 07:58:03\t1\t1\t\t0\t0\t\r\n");
    CHECK(encode_record(Profile::senseface, record) == "0042\t2026-11-20 07:58:03\t255\t15\t0\t0\t0\t0\t0\t0\t\n");
    CHECK(encode_record(Profile::mb10, record) == "0042\t2026-11-20 07:58:03\t1\t15\t0\t0\t0\t0\t0\t0\t10881\n");
}

TEST_CASE("an option block that a terminal would misread is noticed") {
    const std::string good =
        "GET OPTION FROM: "
        "T1\nStamp=0\nATTLOGStamp=None\nErrorDelay=60\nDelay=10\nTransFlag=x\nTimeZone=8\nRealtime=1\nEncrypt=None\n";
    const std::chrono::minutes zone{480};
    CHECK(fault_of_options("T1", good, zone).empty());
    CHECK_FALSE(fault_of_options("T1", good, zone - std::chrono::hours(1)).empty());
    CHECK_FALSE(fault_of_options("T2", good, zone).empty());
    CHECK_FALSE(fault_of_options("T1", good.substr(0, good.size() - 1), zone).empty());
    CHECK_FALSE(fault_of_options("T1", "GET OPTION FROM: T1\nStamp=0\n", zone).empty());
    CHECK_FALSE(fault_of_options("T1", "OK", zone).empty());
}
