// Secrets in the forms that terminals, test tools and unknown tables may use; and what redaction must leave alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "protocol/adms/redact.hpp"
#include "tests/protocol/captures.hpp"

using namespace presensi;
using namespace presensi::adms;
using namespace presensi::test;
using namespace std::string_literals;

namespace {

const std::string canary = "CaNaRyQ7xZ9wTmPlAtE3vK";

}  // namespace

TEST_CASE("a secret in any form is gone") {
    const std::string number = "630405199001017000";
    const std::string c = canary;
    const struct {
        const char* name;
        TableKind kind;
        std::string body;
    } cases[] = {
        {"JSON", TableKind::other, R"({"PIN":"1","Passwd":")" + c + R"(","Name":"x"})"},
        {"JSON, indented with TABs", TableKind::other, "{\n\t\"Passwd\":\t\"" + c + "\",\n\t\"x\":\t1\n}\n"},
        {"JSON, escaped quote in the value", TableKind::other, R"({"Passwd":"1\")" + c + R"(","x":1})"},
        {"JSON in a JSON string", TableKind::other, R"({"data":"{\"Passwd\":\")" + c + R"(\",\"x\":1}"})"},
        {"JSON, value on the next line", TableKind::other, "{\"Passwd\":\n  \"" + c + "\"}\n"},
        {"JSON, list over several lines", TableKind::other, "{\"Tmp\":[\n\"" + c + "\",\n\"" + c + "\"\n]}\n"},
        {"XML, value on its own line", TableKind::other, "<Passwd>\n" + c + "\n</Passwd>\n"},
        {"XML, attribute in the tag", TableKind::other, "<Passwd kind=\"1\">" + c + "</Passwd>"},
        {"XML, name space", TableKind::other, "<t:Passwd>" + c + "</t:Passwd>"},
        {"XML, attribute", TableKind::other, "<user PIN='1' Passwd='" + c + "' Name='x'/>"},
        {"form-encoded separator", TableKind::other, "a=1&b=Passwd%3D" + c},
        {"key with a blank", TableKind::other, "PIN=1,Card No=" + c},
        {"key with an underscore", TableKind::other, "PIN=1\tid_num=" + c},
        {"key with a digit behind", TableKind::other, "PIN=1\tPasswd2=" + c},
        {"key in brackets", TableKind::other, "user[Passwd]=" + c},
        {"arrow", TableKind::other, "Passwd => " + c},
        {"key and value in two columns", TableKind::other, "PIN=1\tPasswd\t" + c},
        {"value behind a stray TAB", TableKind::operlog, "USER PIN=1\tPasswd=1\t" + c + "\tGrp=1"},
        {"template with a stray TAB", TableKind::operlog, "FP PIN=1\tTMP=QUJD\t" + c + "==\tValid=1"},
        {"template broken by a blank", TableKind::operlog, "FP PIN=1 FID=0 TMP=QUJD " + c + "== Valid=1"},
        {"template of the ACC dialect", TableKind::other, "templatev10 pin=1\ttemplate=" + c + "\tresverd=\tendtag="},
        {"template under an unknown key", TableKind::other, "PIN=1\tFeature=" + c + c + c + c},
        {"template behind a line that is no text", TableKind::operlog,
         "FP PIN=1\tTMP=\x01\x02\n" + c.substr(0, 15) + "\n"},
        {"last piece of a template without a head", TableKind::operlog, c + "\n" + c.substr(0, 12) + "==\n"},
        {"bare base64 with CR CR LF", TableKind::operlog, c + "\r\r\n"},
        {"IDCARD as JSON", TableKind::idcard, R"({"PIN":"1","Photo":"QQ==","Address":")" + c + R"("})"},
        {"IDCARD with a stray TAB", TableKind::operlog, "IDCARD PIN=1\tAddress=Jalan\t" + c},
        {"IDCARD over two lines", TableKind::operlog, "IDCARD PIN=1\tAddress=Jalan 1\n" + c + " Kota\n"},
        {"identitycard of the ACC dialect", TableKind::other, "identitycard pin=1\tname=" + c},
        {"ATTLOG, column 8 behind the prefix", TableKind::attlog,
         "ATTLOG\t1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t" + number + "\n"},
        {"ATTLOG, column 8 with blanks for TABs", TableKind::attlog,
         "1 2026-11-20 07:58:30 0 1 0 0 0 " + number + " 0\n"},
        {"ATTLOG, column 8 and padding", TableKind::attlog,
         "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t" + number + "\0\0"s},
        {"ATTLOG, 17 digits and X", TableKind::attlog,
         "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t" + number.substr(0, 17) + "X\n"},
        {"ATTLOG, column 8 behind an impossible time", TableKind::attlog,
         "1452\t2000-00-00 00:00:00\t0\t1\t0\t0\t0\t" + number + "\t0\n"},
        {"ATTLOG, column 8 behind an impossible date, with the prefix", TableKind::attlog,
         "ATTLOG\t1452\t2015-13-30 07:58:30\t0\t1\t0\t0\t0\t" + number + "\n"},
        {"ATTLOG, column 8 behind no time", TableKind::attlog, "1452\t\t0\t1\t0\t0\t0\t" + number + "\t0\r\n"},
        {"ATTLOG, column 8 behind no PIN", TableKind::attlog, "\t2000-00-00 00:00:00\t0\t1\t0\t0\t0\t" + number + "\n"},
        {"ATTLOG, column 8 behind an impossible time, with blanks", TableKind::attlog,
         " 1452 2000-00-00 00:00:00 0 1 0 0 0 " + number + " 0\n"},
        {"ATTLOG, JSON in a column", TableKind::attlog, "1\t2026-11-20 07:58:30\t0\t1\t{\"Passwd\":\"" + c + "\"}\n"},
        {"ATTLOG, a piece of a template", TableKind::attlog, c + "\n" + c.substr(0, 12) + "\n"},
        {"ATTLOG, a foreign line", TableKind::attlog, "USER PIN=1\tPasswd=" + c + "\n"},
        {"ATTLOG, continuation with a TAB", TableKind::attlog, "FP PIN=1\tTMP=QUJD\n" + c + "\tQUJD\n"},
        {"punch in another table", TableKind::other, "1\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t" + number + "\n"},
        {"photo's name in another table", TableKind::other,
         "ATTPHOTO pin=20150731103012-2-12-" + number + ".jpg\tsize=1"},
        {"photo's name, joined with &", TableKind::attphoto,
         "SN=1&PIN=20150731103012-2-12-" + number + ".jpg&size=1\0x"s},
        {"photo, JPEG before the first NUL", TableKind::attphoto, "PIN=1-2.jpg\n\xff\xd8" + c + "\0"s},
        {"photo in base64", TableKind::attphoto, "PIN=1-2.jpg\nCMD=uploadphoto\n" + c + c},
        {"options with NULs behind", TableKind::options, "FWVersion=1,ComPwd=" + c + "\0\0\0"s},
        {"options, authKey", TableKind::options, "authKey=" + c},
        {"options, keys of a network and a card", TableKind::options,
         "WifiPsk=" + c + ",WPAKey=" + c + ",WepKey1=" + c + ",NFC=" + c},
        {"error log, what was sent", TableKind::errorlog, "ERRORLOG ErrCode=D01E0003\tCmdId=1\tAdditional=" + c},
    };
    for (const auto& test : cases) {
        CAPTURE(test.name);
        const std::string once = redact_body(test.kind, test.body);
        CAPTURE(once);
        CHECK(once.find(canary.substr(0, 8)) == once.npos);
        CHECK(once.find(canary.substr(10)) == once.npos);
        CHECK(once.find(number.substr(0, 14)) == once.npos);
        CHECK(redact_body(test.kind, once) == once);
        CHECK(count_lines(once) == count_lines(test.body));
    }
}

TEST_CASE("what is no secret stays, byte for byte") {
    const struct {
        const char* name;
        TableKind kind;
        std::string body;
    } cases[] = {
        {"punches of every form", TableKind::attlog,
         "ATTLOG\t1\t2026-11-20 07:58:30\t0\t1\r\n2 2026-11-20 07:58:30 0 1\n3\t2026-11-20T07:58:30\n\n\t\t\n\0\0"s},
        {"a line that is no punch", TableKind::attlog,
         "198504122010011003\n198504122010011003\t2000-00-00 00:00:00\t0\t1\t0\t0\t0\t255\nuna sola "
         "columna\n\t2026-11-20 07:58:30\t0\t1\n"},
        {"an empty line at the end behind a template", TableKind::operlog, "USER PIN=1\tName=Ann: Lee\n\t\n\0\0\0"s},
        {"a card number of 0", TableKind::other, "time=2026-09-09 12:09:10\tpin=445966\tcardno=0\tevent=3\r\n"},
        {"closing tags", TableKind::other, "<a></Passwd><Name>Ann</Name>"},
        {"empty secrets in JSON and XML", TableKind::other, R"({"Passwd":"","x":1}<Card></Card><Card/>)"},
        {"options and their padding", TableKind::options, "FWVersion=Ver 8.0,IPAddress=192.0.2.1\t\0\0"s},
        {"an operation log", TableKind::operlog, capture("38-")},
    };
    for (const auto& test : cases) {
        CAPTURE(test.name);
        std::string expected = test.body;
        if (const auto at = expected.find("Passwd=<REDACTED>"); at != expected.npos)
            expected.replace(at, 17, "Passwd=<redacted>");
        CHECK(redact_body(test.kind, test.body) == expected);
    }
}

TEST_CASE("lines behind a template: the number of lines stays") {
    for (const auto& padding : {"\t\n"s, "\n\n"s, "\0\0\0"s, "\r\n"s, " \n"s, "\t\0"s}) {
        const std::string body = "FP PIN=1\tTMP=QUJD\n" + padding;
        CAPTURE(body);
        CHECK(count_lines(redact_body(TableKind::operlog, body)) == count_lines(body));
    }
}

TEST_CASE("queries with secrets in disguise") {
    for (const std::string& query :
         {"SN=T1&a=Passwd%3D" + canary, "SN=T1&a=Passwd%253D" + canary, "a%26Passwd=" + canary, "%50asswd=" + canary,
          "%2550asswd=" + canary, "FPImage=" + canary, "a=1;Card=" + canary, "x={\"Passwd\":\"" + canary + "\"}",
          "FileName=20150731103012%2D1%2D12%2D" + canary + ".jpg", "S%3D1\"Passwd\":\"x=" + canary + "&x='"}) {
        CAPTURE(query);
        const std::string once = redact_query(query);
        CAPTURE(once);
        CHECK(once.find(canary) == once.npos);
        CHECK(redact_query(once) == once);
        CHECK(std::count(once.begin(), once.end(), '&') == std::count(query.begin(), query.end(), '&'));
    }
}
