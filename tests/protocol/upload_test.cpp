#include <doctest/doctest.h>

#include "protocol/adms/upload.hpp"

using namespace presensi::adms;
using namespace std::string_literals;

TEST_CASE("what an upload carries") {
    const char* punch = "1\t2026-11-20 07:00:00\t0\t1\n";
    const struct {
        const char* target;
        const char* body;
        TableKind kind;
        const char* table;
        const char* stamp;  // null: none moves
    } cases[] = {
        {"/iclock/cdata?SN=T&table=ATTLOG&Stamp=9999", punch, TableKind::attlog, "ATTLOG", "9999"},
        {"/iclock/cdata?SN=T&table=attlog&ATTLOGStamp=5", punch, TableKind::attlog, "ATTLOG", "5"},
        {"/iclock/cdata?SN=T&table=ATTLOG%20Stamp=9999", punch, TableKind::attlog, "ATTLOG", "9999"},
        {"/iclock/cdata?SN=T&table=OPERLOG&OpStamp=7", "", TableKind::operlog, "OPERLOG", "7"},
        {"/iclock/cdata?SN=T&table=ATTLOG&Stamp=None", punch, TableKind::attlog, "ATTLOG", nullptr},
        {"/iclock/cdata?SN=T&table=ATTLOG&Stamp=1%0A2", punch, TableKind::attlog, "ATTLOG", nullptr},
        {"/iclock/cdata?SN=T&table=ATTLOG&Stamp=123456789012345678901", punch, TableKind::attlog, "ATTLOG", nullptr},
        {"/iclock/cdata?SN=T&table=ATTLOG&Stamp=5&CmdId=9", punch, TableKind::attlog, "ATTLOG", nullptr},
        {"/iclock/cdata?SN=T&Stamp=5", punch, TableKind::attlog, "ATTLOG", "5"},
        {"/iclock/cdata?SN=T&OpStamp=5", "x", TableKind::operlog, "OPERLOG", "5"},
        {"/iclock/cdata?SN=T&PhotoStamp=5", "x", TableKind::attphoto, "ATTPHOTO", "5"},
        {"/iclock/fdata?SN=T&PIN=x.jpg", "x", TableKind::attphoto, "ATTPHOTO", nullptr},
        {"/iclock/cdata?SN=T&FPImage=1", "x", TableKind::attphoto, "ATTPHOTO", nullptr},
        {"/iclock/cdata?SN=T", "ID=1&Return=0&CMD=CHECK\n", TableKind::command_result, "", nullptr},
        {"/iclock/cdata?SN=T", punch, TableKind::attlog, "ATTLOG", nullptr},
        {"/iclock/edata?SN=T", punch, TableKind::attlog, "ATTLOG", nullptr},
        {"/iclock/cdata?SN=T", "who knows", TableKind::other, "", nullptr},
        {"/iclock/event?SN=T", "x", TableKind::other, "EVENT", nullptr},
        {"/iclock/cpos?SN=T", "x", TableKind::other, "CPOS", nullptr},
        {"/iclock/cdata?SN=T&table=BIODATA", "x", TableKind::biodata, "BIODATA", nullptr},
        {"/iclock/cdata?SN=T&type=BioData", "x", TableKind::biodata, "BIODATA", nullptr},
        {"/iclock/cdata?SN=T&table=IDCARD", "x", TableKind::idcard, "IDCARD", nullptr},
        {"/iclock/cdata?SN=T&table=options", "x", TableKind::options, "OPTIONS", nullptr},
        {"/iclock/cdata?SN=T&table=ERRORLOG", "x", TableKind::errorlog, "ERRORLOG", nullptr},
        {"/iclock/cdata?SN=T&table=USERINFO", "x", TableKind::other, "USERINFO", nullptr},
        {"/iclock/cdata?SN=T&table=rtlog", "x", TableKind::access, "RTLOG", nullptr},
        {"/iclock/cdata?SN=T&table=rtstate", "x", TableKind::access, "RTSTATE", nullptr},
        {"/iclock/cdata?SN=T&table=tabledata&tablename=user", "x", TableKind::access, "TABLEDATA", nullptr},
        {"/iclock/querydata?SN=T&type=tabledata", "x", TableKind::access, "", nullptr},
        {"/iclock/cdata?SN=T&table=RemoteAtt&PIN=1", "", TableKind::remote_user, "REMOTEATT", nullptr},
        {"/iclock/cdata?SN=T&type=PostVerifyData", "x", TableKind::verify_request, "", nullptr},
        {"/iclock/cdata?SN=T&AuthType=PWD", "x", TableKind::verify_request, "", nullptr},
    };
    for (const auto& c : cases) {
        CAPTURE(c.target);
        const Upload upload = classify_upload(decode_target(c.target), c.body);
        CHECK(upload.kind == c.kind);
        CHECK(upload.table == c.table);
        REQUIRE(upload.stamp.has_value() == (c.stamp != nullptr));
        if (upload.stamp) {
            CHECK(upload.stamp->stamp == c.stamp);
            CHECK(upload.stamp->table == c.table);
        }
    }
    const std::string odd =
        classify_upload(decode_target("/iclock/cdata?SN=T&table=" + std::string(500, 'x') + "%00%ff"), "").table;
    CHECK(odd.size() <= 64);
}

TEST_CASE("a handshake") {
    CHECK(is_handshake(decode_target("/iclock/cdata?SN=T&options=all&pushver=2.4.1")));
    CHECK(is_handshake(decode_target("/iclock/cdata?SN=T&options=ALL")));
    CHECK(is_handshake(decode_target("/iclock/cdata?SN=T&pushver=2.2.14")));
    CHECK(is_handshake(decode_target("/iclock/cdata?SN=T")));
    CHECK_FALSE(is_handshake(decode_target("/iclock/cdata?SN=T&table=ATTLOG")));
    CHECK_FALSE(is_handshake(decode_target("/iclock/cdata?SN=T&table=RemoteAtt&PIN=1")));
}

TEST_CASE("lines of a body") {
    const struct {
        const char* name;
        std::string body;
        std::size_t lines;
    } cases[] = {
        {"none", "", 0},
        {"one without LF", "a", 1},
        {"CRLF", "a\r\nb\r\n", 2},
        {"empty ones", "\n\r\n\na\n\n", 1},
        {"trailing NULs", "a\n\0\0\0"s, 1},
        {"trailing TABs", "a\n\t\t\n\t", 1},
        {"only those", "\0\t\r\n"s, 0},
        {"TAB-only line inside", "a\n\t\nb\n", 3},
        {"blank line inside counts", "a\n \nb", 3},
        {"CR alone is no line end", "a\rb", 1},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(count_lines(c.body) == c.lines);
    }
}

TEST_CASE("replies") {
    const struct {
        TableKind kind;
        std::size_t lines;
        const char* reply;
    } cases[] = {
        {TableKind::attlog, 3, "OK: 3"},  {TableKind::attlog, 0, "OK: 0"},     {TableKind::operlog, 2, "OK: 2"},
        {TableKind::operlog, 0, "OK: 1"}, {TableKind::biodata, 2, "OK: 2"},    {TableKind::idcard, 1, "OK: 1"},
        {TableKind::attphoto, 9, "OK"},   {TableKind::options, 1, "OK"},       {TableKind::errorlog, 1, "OK"},
        {TableKind::other, 5, "OK: 5"},   {TableKind::command_result, 5, "OK"}};
    for (const auto& c : cases) {
        CAPTURE(c.reply);
        CHECK(encode_upload_reply(c.kind, c.lines) == c.reply);
    }
}
