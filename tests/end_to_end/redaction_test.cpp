// Canaries in everything personal: they must be nowhere afterwards.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <csignal>
#include <vector>

#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_store.hpp"

using namespace presensi::test;

namespace {

// Base64-clean, so that they fit every field, and long enough to be nobody's coincidence.
const std::string canary = "CaNaRyQ7xZ9wTmPlAtE3vKpHoTo5";
const std::string number_canary = "630405199001017";  // 15 digits, as an identity number
const std::string photo_canary = "317206198512120001";
const std::string path_canary = "canary-of-the-path";  // as it stands after decoding: in lower case

std::vector<std::string> requests(const std::string& serial) {
    const auto post = [&](const std::string& path, const std::string& query, const std::string& body) {
        return post_request(fmt::format("/iclock/{}?SN={}{}", path, serial, query), body);
    };
    const std::string c = canary;
    const std::string wrapped = std::string(c.substr(0, 14)) + "\n" + c + "\n" + c + c + "==\n";
    std::vector<std::string> all;
    const std::string lines[] = {
        "FP PIN=1\tFID=0\tSize=40\tValid=1\tTMP=" + c,
        "FP PIN=1 FID=0 Size=40 Valid=1 TMP=" + c,
        "fp Pin=1\tfid=0\ttmp=" + c + "\tValid=1",
        "FP PIN=1\tFID=0\tTMP=" + c + "\r\n" + c + "\r\n" + c.substr(0, 10),
        "FACE PIN=1\tFID=0\tSIZE=40\tVALID=1\tTMP=" + c,
        "FVEIN Pin=1\tFID=0\tIndex=0\tTmp=" + c,
        "BIODATA Pin=1\tNo=0\tIndex=0\tValid=1\tType=9\tTmp=" + c,
        "USERPIC PIN=1\tFileName=1.jpg\tSize=40\tContent=" + c,
        "BIOPHOTO PIN=1\tFileName=1.jpg\tType=9\tSize=40\tContent=" + c,
        "USER PIN=1\tName=Budi\tPri=0\tPasswd=" + c + "\tCard=[" + c + "]\tGrp=1\tViceCard=" + c,
        "USER PIN=1\tName=Budi\tPASSWD=" + c + "\tcard=" + c,
        "USER PIN=1 Passwd=" + c + " Card=" + c,
        "IDCARD PIN=1\tSNNum=" + c + "\tIDNum=" + c + "\tDNNum=" + c + "\tName=" + c + "\tAddress=" + c +
            "\tPhoto=" + c,
        "NEWKIND PIN=1\tPassword=" + c + "\tCardNo=" + c + "\tTemplate=" + c,
        "FP PIN=1\tTMP=" + wrapped,
        c + c,
    };
    for (const auto& line : lines) {
        for (const char* table :
             {"OPERLOG", "BIODATA", "ATTLOG", "IDCARD", "USERINFO", "FINGERTMP", "NEWTHING", "ERRORLOG", "options"}) {
            all.push_back(post("cdata", fmt::format("&table={}&Stamp=9999", table), line + "\n"));
        }
        all.push_back(post("cdata", "&OpStamp=1", line + "\n"));
        all.push_back(post("edata", "&table=OPERLOG", line + "\n"));
        all.push_back(post("event", "", line + "\n"));
        all.push_back(post("cpos", "", line + "\n"));
        all.push_back(post("devicecmd", "", "ID=7&Return=0&CMD=DATA QUERY\n" + line + "\n"));
        all.push_back(post("devicecmd", "", "ID=8\nSN=" + serial + "\nReturn=0\nCMD=GetFile\nContent=" + line + "\n"));
        all.push_back(post("querydata", "&type=tabledata&tablename=user&count=1", line + "\n"));
        all.push_back(post("cdata", "&table=rtlog", line + "\n"));
    }
    using namespace std::string_literals;
    const std::string jpeg = "\xff\xd8"s + c + "\0"s + c;
    all.push_back(
        post("cdata", "&table=ATTPHOTO&Stamp=1", "PIN=20260105073000-1.jpg\nSN=x\nsize=9\nCMD=uploadphoto\0"s + jpeg));
    all.push_back(
        post("fdata", "&PhotoStamp=1", "PIN=20260105073000-1-42-" + photo_canary + ".jpg\nCMD=realupload\0"s + jpeg));
    all.push_back(post("fdata", "&PIN=20260105073000-1-42-" + photo_canary + ".jpg&PhotoStamp=1", jpeg));
    all.push_back(post("cdata", "&FPImage=" + c, jpeg));
    all.push_back(post("cdata", "&table=NEWTHING", c + "\0\x01\x02"s));
    all.push_back(post("cdata", "&table=NEWTHING", "{\"user\":\"1\",\"Passwd\":\"" + c + "\"}\n"));
    all.push_back(post("cdata", "&table=ATTLOG&pushcommkey=" + c,
                       "1\t2026-11-20 07:00:00\t0\t1\t0\t0\t0\t" + number_canary + "\t0\n"));
    for (const char* unreadable : {"2000-00-00 00:00:00", "2015-13-30 07:00:00", ""}) {
        all.push_back(
            post("cdata", "&table=ATTLOG", "1\t"s + unreadable + "\t0\t1\t0\t0\t0\t" + photo_canary + "\t0\n"));
    }
    all.push_back(post("cdata", "&table=ATTLOG", "2\t2026-11-20 07:00:00\t0\t1\t0\t0\t0\t" + photo_canary + "\t0\r\n"));
    all.push_back(post("cdata", "&table=options", "FWVersion=1,Password=" + c + ",CommKey=" + c + "\n"));
    all.push_back(get_request(fmt::format("/iclock/cdata?SN={}&options=all&pushver=2.4.1&pushcommkey={}", serial, c)));
    all.push_back(get_request(fmt::format("/iclock/getrequest?SN={}&Passwd={}&INFO=Ver1,1,1,1", serial, c)));
    all.push_back(
        post("cdata", "&table=ATTLOG&Passwd=" + c + "&key=" + c + "&token=" + c, "3\t2026-11-20 07:00:00\t0\t1\n"));
    return all;
}

// True if any of the canaries, or a long piece of one, is in the text.
bool holds_canary(const std::string& text) {
    return text.find(canary.substr(0, 10)) != std::string::npos || text.find(canary.substr(14)) != std::string::npos ||
           text.find(number_canary) != std::string::npos || text.find(photo_canary) != std::string::npos ||
           text.find(path_canary) != std::string::npos;
}

std::string base64_decoded(const std::string& text) {
    static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string::npos) break;
        bits = bits << 6 | static_cast<unsigned>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out.push_back(static_cast<char>(bits >> count & 0xff));
        }
    }
    return out;
}

}  // namespace

TEST_CASE("canaries in templates, photos, passwords, cards and identity numbers are in no file, log or answer") {
    const TemporaryFolder state;
    const TemporaryFolder secrets;
    const std::string serial = "TST7240100001";
    write_file(secrets.path() / "path", path_canary);
    std::filesystem::permissions(secrets.path() / "path", std::filesystem::perms::owner_read);
    write_file(state.path() / "presensi.yaml", storage_in_yaml(state.path()) +
                                                   "terminal_listener: { address: 127.0.0.1, port: 0 "
                                                   "}\nadmin_listener: { port: 0 }\nterminals:\n  - serial: " +
                                                   serial + "\n  - serial: TST7240100002\n    path_secret_file: " +
                                                   (secrets.path() / "path").string() + "\n");
    DaemonProcess daemon(state.path() / "presensi.yaml", state.path(), true);
    int answered = 0;
    for (const auto& request : requests(serial)) {
        const auto response = exchange(daemon.terminal_port(), request);
        CAPTURE(request);
        CHECK(response.status != 0);
        CHECK_FALSE(holds_canary(response.body));
        answered += response.status == 200;
    }
    CHECK(answered > 200);

    // The same from a terminal that nobody approved.
    for (const auto& request : requests("UNKNOWN1")) CHECK(exchange(daemon.terminal_port(), request).status == 403);

    // A secret of the path, which no path that terminals have follows.
    for (const char* rest : {"", "/", "/iclock", "/nonsense"}) {
        const auto target = fmt::format("/{}{}?SN=TST7240100002", path_canary, rest);
        CHECK(exchange(daemon.terminal_port(), get_request(target)).status == 404);
    }
    CHECK(exchange(daemon.terminal_port(), get_request("/" + path_canary + "x?SN=TST7240100002")).status == 403);

    for (const char* target :
         {"/", "/api/v1/status", "/api/v1/terminals", "/api/v1/punches", "/api/v1/rejects?limit=10000"}) {
        CAPTURE(target);
        const auto response = http_get(daemon.admin_port(), target);
        CHECK(response.status == 200);
        CHECK_FALSE(holds_canary(response.body));
    }
    const auto deliveries = stored_texts(state.path(), "SELECT id FROM delivery");
    for (const auto& id : deliveries) {
        const auto response = http_get(daemon.admin_port(), "/api/v1/deliveries/" + id);
        CHECK(response.status == 200);
        const auto at = response.body.find("\"body_base64\":\"") + 15;
        CAPTURE(response.body);
        const std::string body = base64_decoded(response.body.substr(at));
        CAPTURE(body);
        CHECK_FALSE(holds_canary(body));
        CHECK_FALSE(holds_canary(response.body));
    }
    CHECK(deliveries.size() > 50);

    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(state.path())) {
        if (!entry.is_regular_file()) continue;
        ++files;
        CAPTURE(entry.path().string());
        CHECK_FALSE(holds_canary(read_file(entry.path())));
    }
    CHECK(files >= (on_postgres() ? 2 : 3));
    for (const auto& row : all_texts(state.path())) {
        CAPTURE(row);
        CHECK_FALSE(holds_canary(row));
    }
}
