#include <doctest/doctest.h>

#include "protocol/adms/redact.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "tests/protocol/captures.hpp"

using namespace presensi;
using namespace presensi::adms;
using namespace presensi::test;
using namespace std::string_literals;

namespace {

std::string measure(const std::string& bytes) {
    return "<" + std::to_string(bytes.size()) + " bytes sha256:" + hex(sha256(bytes)) + ">";
}

const TableKind kinds[] = {TableKind::attlog,  TableKind::operlog,  TableKind::biodata, TableKind::idcard,
                           TableKind::options, TableKind::errorlog, TableKind::other};

}  // namespace

TEST_CASE("what goes and what stays") {
    const std::string t = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=";
    const struct {
        const char* name;
        TableKind kind;
        std::string body;
        std::string redacted;
    } cases[] = {
        {"a punch stays, byte for byte", TableKind::attlog, "0042\t2026-11-20 07:58:30\t0\t1\t\t0\t0\t\r\n\n",
         "0042\t2026-11-20 07:58:30\t0\t1\t\t0\t0\t\r\n\n"},
        {"column 8, 18 digits", TableKind::attlog, "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t630405199001017000\t0\r\n",
         "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t<redacted>\t0\r\n"},
        {"column 8, 15 digits, last", TableKind::attlog, "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t630405199001017",
         "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t<redacted>"},
        {"column 8, 14 digits stay", TableKind::attlog, "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t63040519900101\n",
         "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t63040519900101\n"},
        {"column 11 stays", TableKind::attlog, "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t0\t0\t0\t630405199001017000\n",
         "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t0\t0\t0\t630405199001017000\n"},
        {"a PIN of 18 digits stays", TableKind::attlog, "198504122010011003\t2026-11-20 07:58:30\t0\t1\n",
         "198504122010011003\t2026-11-20 07:58:30\t0\t1\n"},
        {"a PIN with '='", TableKind::attlog, "a=b\t2026-11-20 07:58:30\t0\t1\n", "a=b\t2026-11-20 07:58:30\t0\t1\n"},
        {"template", TableKind::operlog, "FP PIN=1\tFID=0\tSize=9\tValid=1\tTMP=" + t + "\n",
         "FP PIN=1\tFID=0\tSize=9\tValid=1\tTMP=" + measure(t) + "\n"},
        {"template in the middle", TableKind::operlog, "FP PIN=1\tTMP=" + t + "\tValid=1\n",
         "FP PIN=1\tTMP=" + measure(t) + "\tValid=1\n"},
        {"template, blanks", TableKind::operlog, "FP PIN=1 TMP=" + t + " Valid=1\n",
         "FP PIN=1 TMP=" + measure(t) + " Valid=1\n"},
        {"wrapped", TableKind::operlog, "FP PIN=1\tTMP=abc\r\ndef\r\ng\nOPLOG 4\t0\n",
         "FP PIN=1\tTMP=" + measure("abc") + "\r\n" + measure("def") + "\r\n" + measure("g") + "\nOPLOG 4\t0\n"},
        {"wrapped with a stray TAB", TableKind::operlog, "FP PIN=1\tTMP=abc\nde\tf=\nUSER PIN=2\n",
         "FP PIN=1\tTMP=" + measure("abc") + "\n" + measure("de\tf=") + "\nUSER PIN=2\n"},
        {"bare base64", TableKind::biodata, t + "\n", measure(t) + "\n"},
        {"user", TableKind::operlog,
         "USER PIN=7\tName=Ann Lee\tPri=0\tPasswd=1234\tCard=[15CD5B07]\tGrp=1\tViceCard=9\n",
         "USER PIN=7\tName=Ann Lee\tPri=0\tPasswd=<redacted>\tCard=<redacted>\tGrp=1\tViceCard=<redacted>\n"},
        {"empty values stay empty", TableKind::operlog, "USER PIN=7\tPasswd=\tCard=\tViceCard=\n",
         "USER PIN=7\tPasswd=\tCard=\tViceCard=\n"},
        {"password with blanks and commas", TableKind::operlog, "USER PIN=7\tPasswd=a b,c=d\tGrp=1\n",
         "USER PIN=7\tPasswd=<redacted>\tGrp=1\n"},
        {"identity document", TableKind::operlog, "IDCARD PIN=7\tIDNum=1\tName=Ann\tBirthday=x\n",
         "IDCARD PIN=7\tIDNum=<redacted>\tName=<redacted>\tBirthday=<redacted>\n"},
        {"options", TableKind::options, "FWVersion=1,~ComPwd=77,IPAddress=192.0.2.1,MAC=00:17\n",
         "FWVersion=1,~ComPwd=<redacted>,IPAddress=192.0.2.1,MAC=00:17\n"},
        {"JSON", TableKind::other, R"({"pin": "7", "passwd" : "a,b", "x": 1})",
         R"({"pin": "7", "passwd" : "<redacted>", "x": 1})"},
        {"XML", TableKind::other, "<Row><Password>77</Password><PIN>7</PIN></Row>",
         "<Row><Password><redacted></Password><PIN>7</PIN></Row>"},
        {"not text", TableKind::other, "abc\0def"s, measure("abc\0def"s)},
        {"one line not text", TableKind::operlog, "OPLOG 4\t0\nab\x01\nOPLOG 5\t0\n",
         "OPLOG 4\t0\n" + measure("ab\x01") + "\nOPLOG 5\t0\n"},
        {"a name in GB18030 stays", TableKind::operlog, "USER PIN=7\tName=\xd5\xc5\n", "USER PIN=7\tName=\xd5\xc5\n"},
        {"photo", TableKind::attphoto, "PIN=20150731103012-123.jpg\nSN=T\nsize=4\nCMD=uploadphoto\0\xff\xd8xy"s,
         "PIN=20150731103012-123.jpg\nSN=T\nsize=4\nCMD=uploadphoto\0"s + measure("\xff\xd8xy")},
        {"photo of an identity card", TableKind::attphoto,
         "PIN=20150731103012-1-123-630405199001017000.jpg\nCMD=realupload\0\xff\xd8"s,
         "PIN=20150731103012-1-123-<redacted>.jpg\nCMD=realupload\0"s + measure("\xff\xd8")},
        {"photo without NUL", TableKind::attphoto, "PIN=1-2.jpg\n\xff\xd8xy", "PIN=1-2.jpg\n" + measure("\xff\xd8xy")},
        {"photo alone", TableKind::attphoto, "\xff\xd8xy\0z"s, measure("\xff\xd8xy\0z"s)},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const std::string once = redact_body(c.kind, c.body);
        CHECK(once == c.redacted);
        CHECK(redact_body(c.kind, once) == once);
    }
}

TEST_CASE("captured bodies: templates, cards and identity numbers are gone, everything else is there") {
    CHECK(redact_body(TableKind::attlog, capture("40-")).find("<redacted>") != std::string::npos);
    CHECK(redact_body(TableKind::biodata, capture("11-")).find("Pin=1") != std::string::npos);
    CHECK(redact_body(TableKind::biodata, capture("11-")).find("bytes sha256:") != std::string::npos);
    for (const char* clean : {"01-", "05-", "18-", "39-"}) {
        CAPTURE(clean);
        CHECK(redact_body(TableKind::attlog, capture(clean)) == capture(clean));
    }
}

TEST_CASE("canaries in every key, case, separator and table") {
    const std::string canary = "CaNaRyQ7xZ9wTmPlAtE3vK";
    const char* keys[] = {"TMP",         "Tmp",      "tmp",      "Template",    "Content", "Photo", "FPImage",
                          "FaceTmp",     "Passwd",   "PASSWD",   "Password",    "Pwd",     "Card",  "card",
                          "CardNo",      "ViceCard", "MainCard", "IDNum",       "SNNum",   "DNNum", "CommKey",
                          "PushCommKey", "ComKey",   "~ComPwd",  "WifiPassword"};
    int checked = 0;
    for (const auto kind : kinds) {
        for (const char* key : keys) {
            for (const std::string& separator : {"\t"s, " "s, ","s, "&"s, ";"s, "\n"s, "\r\n"s}) {
                for (const std::string& after : {""s, separator + "Grp=1", separator + "x", "\n" + canary,
                                                 "\r\n" + canary.substr(0, 10) + "\r\n"}) {
                    // A loose continuation is one only of a template.
                    const bool is_template =
                        !std::string_view(key).empty() &&
                        (to_lower(key).ends_with("tmp") || to_lower(key).ends_with("template") ||
                         to_lower(key) == "content" || to_lower(key) == "photo" || to_lower(key) == "fpimage");
                    if (after.find("Ca") != after.npos && !is_template) continue;
                    for (const std::string& before : {"FP PIN=1"s, "USER PIN=1"s, "1"s, ""s}) {
                        const std::string body = before + separator + key + "=" + canary + after;
                        const std::string once = redact_body(kind, body);
                        CAPTURE(body);
                        CAPTURE(once);
                        REQUIRE(once.find(canary.substr(0, 8)) == std::string::npos);
                        ++checked;
                    }
                }
            }
        }
    }
    CHECK(checked > 10'000);
}

TEST_CASE("mutated captures: redacting twice is redacting once, and lines stay lines") {
    std::mt19937 random(20261121);
    const auto bodies = all_captured_bodies();
    for (int i = 0; i < 20'000; ++i) {
        const std::string body = mutated(bodies[random() % bodies.size()], random);
        const auto kind = kinds[random() % std::size(kinds)];
        const std::string once = redact_body(kind, body);
        CAPTURE(body);
        REQUIRE(redact_body(kind, once) == once);
        if (once.starts_with("<") && kind != TableKind::attlog) continue;  // perhaps not text at all
        REQUIRE(count_lines(once) == count_lines(body));
    }
}

TEST_CASE("queries") {
    const struct {
        const char* query;
        const char* redacted;
    } cases[] = {
        {"SN=T1&table=ATTLOG&Stamp=9999", "SN=T1&table=ATTLOG&Stamp=9999"},
        {"SN=T1&pushcommkey=abc&x=1", "SN=T1&pushcommkey=<redacted>&x=1"},
        {"SN=T1&PushCommKey=abc&key=k&TOKEN=t", "SN=T1&PushCommKey=<redacted>&key=<redacted>&TOKEN=<redacted>"},
        {"SN=T1&Passwd=abc&Card=1", "SN=T1&Passwd=<redacted>&Card=<redacted>"},
        {"SN=T1&P%61sswd=abc", "SN=T1&Passwd=<redacted>"},
        {"SN=T1&Passwd%3Dabc", "SN=T1&Passwd=<redacted>"},
        {"SN=T1&table=ATTLOG%20Passwd=abc", "SN=T1&table=ATTLOG%20Passwd=<redacted>"},
        {"SN=T1&PIN=20150731103012-1-123-6304.jpg", "SN=T1&PIN=20150731103012-1-123-<redacted>.jpg"},
        {"SN=T1&PIN=20150731103012-123.jpg", "SN=T1&PIN=20150731103012-123.jpg"},
        {"INFO=Ver%208.0,1", "INFO=Ver%208.0,1"},
        {"a=\x01\xff b", "a=%01%FF%20b"},
        {"", ""},
        {"&&a&=b", "&&a&=b"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.query);
        CHECK(redact_query(c.query) == c.redacted);
        CHECK(redact_query(c.redacted) == c.redacted);
    }
}
