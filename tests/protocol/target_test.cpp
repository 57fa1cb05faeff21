#include <doctest/doctest.h>

#include "protocol/adms/target.hpp"

using namespace presensi::adms;

TEST_CASE("targets as terminals write them") {
    const struct {
        const char* target;
        Endpoint endpoint;
        const char* serial;
    } cases[] = {
        {"/iclock/cdata?SN=T1&options=all", Endpoint::cdata, "T1"},
        {"/iclock/cdata.aspx?SN=T1", Endpoint::cdata, "T1"},
        {"/iclock/getrequest.php?sn=T1", Endpoint::getrequest, "T1"},
        {"/iclock/iclock/cdata?Sn=T1", Endpoint::cdata, "T1"},
        {"/iclock/iclock/iclock/ping/?SN=T1", Endpoint::ping, "T1"},
        {"/ICLOCK/CData?SN=T1", Endpoint::cdata, "T1"},
        {"/cdata?SN=T1", Endpoint::cdata, "T1"},
        {"http://192.0.2.1:8081/iclock/devicecmd?SN=T1", Endpoint::devicecmd, "T1"},
        {"http://192.0.2.1", Endpoint::unknown, ""},
        {"/iclock/fdata?SN=T1", Endpoint::fdata, "T1"},
        {"/iclock/registry?SN=T1", Endpoint::registry, "T1"},
        {"/iclock/push?SN=T1", Endpoint::push, "T1"},
        {"/iclock/rtdata?SN=T1", Endpoint::rtdata, "T1"},
        {"/iclock/querydata?SN=T1", Endpoint::querydata, "T1"},
        {"/iclock/exchange?SN=T1", Endpoint::exchange, "T1"},
        {"/iclock/edata?SN=T1", Endpoint::edata, "T1"},
        {"/iclock/event?SN=T1", Endpoint::event, "T1"},
        {"/iclock/cpos?SN=T1", Endpoint::cpos, "T1"},
        {"/iclock/service/control?SN=T1", Endpoint::unknown, "T1"},
        {"/iclock/file?SN=T1&url=http://x/cdata", Endpoint::unknown, "T1"},
        {"/api/v1/status", Endpoint::unknown, ""},
        {"/", Endpoint::unknown, ""},
        {"", Endpoint::unknown, ""},
        {"?SN=T1", Endpoint::unknown, "T1"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.target);
        const Target target = decode_target(c.target);
        CHECK(target.endpoint == c.endpoint);
        CHECK(target.parameter("sn") == c.serial);
    }
}

TEST_CASE("parameters: first wins, keys in any case, %XX decoded, + left alone, broken escapes stay") {
    const Target target = decode_target("/iclock/cdata?SN=T1&sn=T2&INFO=Ver%208.0%2&A+B=c+d&empty=&&flag&x=%zz&y=a=b");
    CHECK(target.parameter("sn") == "T1");
    CHECK(target.parameter("info") == "Ver 8.0%2");
    CHECK(target.parameter("a+b") == "c+d");
    CHECK(target.has("empty"));
    CHECK(target.parameter("empty").empty());
    CHECK(target.has("flag"));
    CHECK_FALSE(target.has("none"));
    CHECK(target.parameter("x") == "%zz");
    CHECK(target.parameter("y") == "a=b");
}

TEST_CASE("serial numbers") {
    for (const char* good : {"TST7240100001", "A", "a-b_C9", "0000000000041"}) {
        CAPTURE(good);
        CHECK(is_valid_serial(good));
    }
    for (const char* bad : {"", "a b", "a\nb", "../x", "a%b", "é", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_valid_serial(bad));
    }
}
