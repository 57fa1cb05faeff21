// What a peer may send to be believed, to be copied into a reply, or to keep us busy.
#include <doctest/doctest.h>

#include <string>

#include "protocol/adms/attlog.hpp"
#include "protocol/adms/command_result.hpp"
#include "protocol/adms/facts.hpp"
#include "protocol/adms/handshake.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/adms/target.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/text_fields.hpp"
#include "tests/protocol/captures.hpp"

using namespace presensi;
using namespace presensi::adms;
using namespace presensi::test;
using namespace std::string_literals;

TEST_CASE("nothing in a handshake can add an option") {
    const struct {
        const char* name;
        HandshakeOptions options;
    } cases[] = {
        {"serial", {.serial = "T1\nICLOCKSVRURL=x", .attlog_stamp = {}, .operlog_stamp = {}, .push_version = {}}},
        {"ATTLOG stamp",
         {.serial = "T1", .attlog_stamp = "1\nICLOCKSVRURL=x", .operlog_stamp = {}, .push_version = {}}},
        {"OPERLOG stamp",
         {.serial = "T1", .attlog_stamp = {}, .operlog_stamp = "9\r\nICLOCKSVRURL=x", .push_version = {}}},
        {"version", {.serial = "T1", .attlog_stamp = {}, .operlog_stamp = {}, .push_version = "2.4.1\nICLOCKSVRURL=x"}},
    };
    for (const auto& test : cases) {
        CAPTURE(test.name);
        const std::string block = encode_handshake(test.options);
        CHECK(block.find("ICLOCKSVRURL") == block.npos);
        CHECK(block.find('\r') == block.npos);
        CHECK(count_lines(block) == 16);
    }
}

TEST_CASE("the first id, return, command and serial of a result count") {
    const auto results = decode_command_results("ID=1&Return=-1&CMD=DATA&SN=T1&ID=2&Return=0&SN=T2\nID=x\n");
    REQUIRE(results.size() == 1);
    CHECK(results[0].id == "1");
    CHECK(results[0].return_code == -1);
    CHECK(results[0].serial == "T1");
    CHECK(results[0].content == "ID=2\nReturn=0\nSN=T2\nID=x\n");
}

TEST_CASE("a result as a query string, whatever comes first") {
    for (const char* query :
         {"SN=T1&ID=7&Return=0&CMD=REBOOT", "ID=7&Return=0&CMD=REBOOT&SN=T1", "sn=T1&id=7&return=0&cmd=REBOOT"}) {
        CAPTURE(query);
        const auto results = decode_command_results(query);
        REQUIRE(results.size() == 1);
        CHECK(results[0].id == "7");
        CHECK(results[0].return_code == 0);
        CHECK(results[0].command == "REBOOT");
        CHECK(results[0].serial == "T1");
    }
}

TEST_CASE("results beyond those that a terminal can have are not read") {
    std::string body;
    for (int i = 0; i < 100'000; ++i) body += "ID=" + std::to_string(i) + "&Return=0&CMD=CHECK\n";
    const auto results = decode_command_results(body);
    REQUIRE(results.size() == most_results);
    CHECK(results.back().id == std::to_string(most_results - 1));
    CHECK(results.back().content.empty());
}

TEST_CASE("texts keep what they promise to keep, and no more") {
    const std::string long_name = std::string(100, 'x') + "/ID";
    CHECK(decode_options("~DeviceName=" + long_name + ",MAC=1").model == long_name);
    CHECK(decode_options("~DeviceName=" + std::string(200, 'x')).model.size() == 128);
    CHECK(decode_options("~DeviceName=" + std::string(200, '\x01')).model.size() == 128);
    CHECK(decode_info(" Ver 8.0 , 3,5, 40 ").users == 3);
    CHECK(decode_info(" Ver 8.0 , 3,5, 40 ").records == 40);
    const auto results = decode_command_results("ID=1&Return=0&CMD=DATA QUERY ATTLOG StartTime and more\n");
    REQUIRE(results.size() == 1);
    CHECK(results[0].command == "DATA QUERY ATTLOG StartTime and more");
    CHECK(decode_command_results("ID=1&CMD=" + std::string(90, '\xff'))[0].command.size() == 64);
    CHECK(classify_upload(decode_target("/iclock/cdata?SN=T&table=" + std::string(90, '\x01')), "x").table.size() ==
          64);
    CHECK(classify_upload(decode_target("/iclock/cdata?SN=T&table=" + std::string(63, 'a') + "é"), "x").table ==
          std::string(63, 'A'));
    CHECK(to_stored_text("abc", 0).empty());
    CHECK(to_stored_text("a\x01z", 4) == "a");
    CHECK(to_stored_text("a\x01z", 5) == "a\\x01");
}

TEST_CASE("times of the API are read exactly") {
    for (const char* text : {"2026-11-19T23:58:03.-00Z", "2026-11-19T23:58:03.+01Z", " 026-11-19T23:58:03Z",
                             " 2026-1-19T23:58:03Z", "2026-11-19T 3:58:03Z", "2026-11-19T23:58:03,123Z"}) {
        CAPTURE(text);
        CHECK_FALSE(decode_utc(text));
    }
}

TEST_CASE("paths: an endpoint's name at the end of a file's path is no endpoint") {
    CHECK(decode_target("/iclock/file/push?SN=T1").endpoint == Endpoint::unknown);
    CHECK(decode_target("/iclock/service/cdata?SN=T1").endpoint == Endpoint::unknown);
    CHECK(decode_target("/adms/iclock/cdata?SN=T1").endpoint == Endpoint::cdata);
    CHECK(decode_target("/secret/cdata?SN=T1").endpoint == Endpoint::cdata);
}

TEST_CASE("hidden parameters, endpoints that decide alone, and stamps of tables that nobody named") {
    const auto hidden = classify_upload(decode_target("/iclock/cdata?SN=T&table=ATTLOG Stamp=9999 CmdId=4"), "x");
    CHECK(hidden.table == "ATTLOG");
    CHECK(hidden.answers_query);
    CHECK_FALSE(hidden.stamp);
    const auto event = classify_upload(decode_target("/iclock/event?SN=T&table=ATTLOG&Stamp=1"), "x");
    CHECK(event.kind == TableKind::other);
    CHECK(event.table == "EVENT");
    CHECK_FALSE(event.stamp);
    const auto operlog = classify_upload(decode_target("/iclock/cdata?SN=T&OPERLOGStamp=12"), "x");
    CHECK(operlog.kind == TableKind::operlog);
    REQUIRE(operlog.stamp);
    CHECK(operlog.stamp->stamp == "12");
    CHECK(classify_upload(decode_target("/iclock/cdata?SN=T"), "id=1&return=0&cmd=CHECK").kind ==
          TableKind::command_result);
}

TEST_CASE("a large body of anything is done in one go") {
    // Quadratic readers need minutes for these; the suite's own time limit would tell.
    const auto repeated = [](const std::string& unit) {
        std::string text;
        while (text.size() < 400'000) text += unit;
        return text;
    };
    CHECK(
        decode_options("FWVersion=" + std::string(500'000, ' ') + std::string(500'000, ',')).firmware.starts_with(","));
    CHECK(decode_target(repeated("/iclock")).endpoint == Endpoint::unknown);
    for (const std::string& unit :
         {"PIN:"s, "Passwd=\""s, "Passwd:["s, "a="s, "<Passwd>"s, "<"s, "TMP=A "s, "Passwd\t"s, "Passwd:\n"s, "%3D"s,
          "PIN=1-2-3-"s, "IDCARD a\t"s, "a b c="s, "Card:1]"s, "\"Card\":1,\"x\":2},"s, "pin%3D."s, "FileName%3A-"s,
          "Tmp:1]Card:1,"s}) {
        CAPTURE(unit);
        const std::string body = repeated(unit);
        for (const auto kind :
             {TableKind::attlog, TableKind::operlog, TableKind::idcard, TableKind::attphoto, TableKind::other}) {
            const std::string once = redact_body(kind, body);
            CHECK(redact_body(kind, once) == once);
        }
        CHECK_FALSE(redact_query(body).empty());
        decode_command_results(body);
        CHECK(decode_attlog(body, 4096).lines == count_lines(body));
    }
}

TEST_CASE("random bytes: nothing breaks, lines are accounted for, redacting twice is redacting once") {
    std::mt19937 random(20261123);
    static const std::string alphabet = "\0\t\r\n =&,;:<>\"'%[]{}/\\-+07Aa\xff\xd8\xc2\x80"s;
    static const std::string words[] = {
        "PIN=", "Passwd", "TMP=", "FP ", "USER ", "IDCARD ", "ATTLOG\t", "2026-11-20 07:58:30", "</", "Card", "3D"};
    const TableKind kinds[] = {TableKind::attlog,   TableKind::operlog,  TableKind::biodata,
                               TableKind::idcard,   TableKind::attphoto, TableKind::options,
                               TableKind::errorlog, TableKind::other,    TableKind::command_result};
    for (int i = 0; i < 30'000; ++i) {
        std::string body;
        for (unsigned long n = random() % 60; n > 0; --n) {
            if (random() % 4 == 0) {
                body += words[random() % std::size(words)];
            } else {
                body += alphabet[random() % alphabet.size()];
            }
        }
        CAPTURE(body);
        const auto kind = kinds[random() % std::size(kinds)];
        const std::string once = redact_body(kind, body);
        REQUIRE(redact_body(kind, once) == once);
        const auto batch = decode_attlog(body, 40);
        REQUIRE(batch.punches.size() + batch.rejects.size() == batch.lines);
        REQUIRE(batch.lines == count_lines(body));
        REQUIRE(decode_attlog(redact_body(TableKind::attlog, body), 1 << 20).lines == batch.lines);
        decode_command_results(body);
        decode_options(body);
        decode_info(body);
        redact_query(body);
        classify_upload(decode_target(body), body);
    }
}
