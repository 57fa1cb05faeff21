// Words made to be taken for something else: SQL, paths, log lines, addresses, other sites' forms.
#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/admin/routes.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"

using namespace presensi;
using namespace presensi::test;

namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return out;
}

const std::vector<std::string> sql_words{
    "'",
    "''",
    "\"",
    "\\",
    "\\'",
    "' OR '1'='1",
    "1 OR 1=1",
    "1; DROP TABLE punch; --",
    "'; DELETE FROM punch; --",
    "'); UPDATE terminal SET state='approved'; --",
    "' UNION SELECT body FROM delivery --",
    "' || (SELECT name FROM account) || '",
    "$1",
    "?1",
    ":pin",
    "{\"1\",\"2\"}",
    "E'\\x27'",
    "/* */",
    "--",
    "%00'",
    "\xbf\x27",
    "\xc0\xa7",
    "x' AND pg_sleep(5) --",
    "x'; COPY punch TO '/tmp/x'; --",
    "1e309",
    "-1",
    "0x31",
    "NULL",
};

std::set<std::string> files_below(const std::filesystem::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) names.insert(entry.path().string());
    return names;
}

}  // namespace

TEST_CASE("T10 SQL in every field by push, by file and by question: words, nothing more") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST1"}));
    REQUIRE(exchange(app.terminal_port(),
                     post_request("/iclock/cdata?SN=TST1&table=ATTLOG", "canary\t2026-11-20 07:58:30\t0\t1\n"))
                .body == "OK: 1");
    std::set<std::string> pins{"canary"};
    int second = 0;
    for (const auto& word : sql_words) {
        CAPTURE(word);
        // As PIN, state, verify mode and work code; as serial, table and stamp; as what a terminal tells of itself.
        const std::string time = fmt::format("2026-11-20 08:{:02}:{:02}", second / 60, second % 60);
        ++second;
        CHECK(exchange(app.terminal_port(), post_request("/iclock/cdata?SN=TST1&table=ATTLOG",
                                                         fmt::format("{0}\t{1}\t{0}\t{0}\t{0}\t{0}\n", word, time)))
                  .body == "OK: 1");
        for (const char* form :
             {"/iclock/cdata?SN={}&table=ATTLOG", "/iclock/getrequest?SN={}", "/iclock/devicecmd?SN={}"})
            CHECK(exchange(app.terminal_port(), post_request(fmt::format(fmt::runtime(form), escaped(word)), "x"))
                      .status == 403);
        CHECK(exchange(app.terminal_port(),
                       post_request(fmt::format("/iclock/cdata?SN=TST1&table={0}&Stamp={0}&OpStamp={0}", escaped(word)),
                                    "x\n"))
                  .status == 200);
        CHECK(exchange(app.terminal_port(),
                       get_request(fmt::format("/iclock/getrequest?SN=TST1&INFO={0},{0},{0},{0}", escaped(word))))
                  .status == 200);
        CHECK(exchange(app.terminal_port(),
                       post_request("/iclock/cdata?SN=TST1&table=OPERLOG",
                                    fmt::format("USER PIN={0}\tName={0}\tGrp={0}\nOPLOG {0}\t{0}\t{1}\t{0}\t0\t0\t0\n",
                                                word, time)))
                  .status == 200);
        CHECK(exchange(app.terminal_port(),
                       post_request("/iclock/devicecmd?SN=TST1", fmt::format("ID={0}&Return={0}&CMD={0}", word)))
                  .status == 200);
        // By file, and as the names and filters of the API.
        const int brought = exchange(app.admin_port(), post_request("/api/v1/terminals/TST1/uploads",
                                                                    fmt::format("{}\t{}\t1\t0\t1\t0\r\n", word, time)))
                                .status;
        CHECK((brought == 201 || brought == 422));
        for (const char* form : {"/api/v1/terminals/{}", "/api/v1/people/{}", "/api/v1/pulls/{}",
                                 "/api/v1/deliveries/{}", "/api/v1/punches?pin={}", "/api/v1/punches?terminal={}",
                                 "/api/v1/punches?after={}", "/api/v1/people?q={}", "/api/v1/people?unit={}",
                                 "/api/v1/uploads?terminal={}", "/api/v1/rejects?after={}", "/api/v1/events?from={}",
                                 "/api/v1/periods/{}", "/api/v1/exports/{}", "/api/v1/reports/orphans?terminal={}"}) {
            CAPTURE(form);
            const auto answer = http_get(app.admin_port(), fmt::format(fmt::runtime(form), escaped(word)));
            CHECK((answer.status == 200 || (answer.status >= 400 && answer.status < 500)));
        }
    }
    // Everything there was is there, and nobody became what nobody made them.
    CHECK(stored_texts(state.path(), "SELECT count(*) FROM punch WHERE pin = 'canary'").at(0) == "1");
    CHECK(stored_texts(state.path(), "SELECT serial FROM terminal WHERE state = 'approved'") ==
          std::vector<std::string>{"TST1"});
    CHECK(std::stoul(stored_texts(state.path(), "SELECT count(*) FROM punch").at(0)) +
              std::stoul(stored_texts(state.path(), "SELECT count(*) FROM reject").at(0)) >=
          sql_words.size());
    const auto kept = stored_texts(state.path(), "SELECT pin FROM punch");
    CHECK(std::find(kept.begin(), kept.end(), "' OR '1'='1") != kept.end());
}

TEST_CASE("T12 no name leads out of the state folder: serials, targets, file names") {
    const TemporaryFolder home;
    const auto state = home.path() / "a" / "b" / "state";
    std::filesystem::create_directories(state);
    RunningApp app(RunningApp::settings(state, {"TST1"}));
    const auto before = files_below(home.path());
    const std::vector<std::string> ways{
        "../x",
        "../../../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "..\\..\\x",
        "/etc/passwd",
        "....//x",
        "%2e%2e/x",
        "%252e%252e%252fx",
        "..%c0%afx",
        "..%00/x",
        "file:///etc/passwd",
        "x/../../x",
        ".",
        "..",
        "~/x",
        "upload.XXXXXX",
        "presensi.db",
        "C:\\x",
        "\\\\host\\share",
        "a%0d%0ab",
    };
    for (const auto& way : ways) {
        CAPTURE(way);
        for (const std::string& target :
             {"/iclock/cdata?SN=" + way + "&table=ATTLOG", "/iclock/fdata?SN=TST1&PIN=" + way + "&PhotoStamp=1",
              "/iclock/cdata?SN=TST1&table=" + way, "/iclock/file?SN=TST1&url=" + way, "/iclock/" + way + "?SN=TST1",
              "/iclock/cdata?SN=TST1&table=ATTPHOTO&PIN=" + way}) {
            const auto answer = exchange(app.terminal_port(), post_request(target, "x\n"));
            CHECK((answer.status == 200 || (answer.status >= 400 && answer.status < 500)));
            CHECK(answer.body.find("root:") == std::string::npos);
        }
        for (const std::string& target : {"/" + way, "/api/v1/terminals/" + way, "/static/" + way, "/docs/../" + way}) {
            const auto answer = http_get(app.admin_port(), target);
            CHECK(answer.status >= 400);
            CHECK(answer.status < 500);
        }
        const std::string form = fmt::format(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\r\n"
            "1\t2026-11-20 07:00:00\t1\t0\t1\t0\r\n\r\n--b--\r\n",
            way);
        const auto brought =
            exchange(app.admin_port(),
                     fmt::format("POST /api/v1/terminals/TST1/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: "
                                 "close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: "
                                 "{}\r\n\r\n{}",
                                 form.size(), form));
        CHECK((brought.status == 201 || brought.status == 422));
    }
    app.stop();
    for (const auto& name : files_below(home.path())) {
        CAPTURE(name);
        CHECK((before.contains(name) || std::filesystem::path(name).filename().string().starts_with("presensi.db")));
    }
}

TEST_CASE("T11 control characters in every field: each line of the log is one, and shows them as escapes") {
    const TemporaryFolder state;
    write_file(state.path() / "presensi.yaml",
               "terminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { port: 0 }\n"
               "terminals: [{ serial: TST1 }]\n");
    DaemonProcess daemon(state.path() / "presensi.yaml", state.path(), true);
    using namespace std::string_literals;
    for (const std::string& evil :
         {"a\nlevel=error FORGED"s, "a\r\nFORGED"s, "\x1b[2J\x1b[31mFORGED"s, "a\0FORGED"s, "\" FORGED=\""s,
          "a\x7f\x9b"
          "31mFORGED"s,
          "\xe2\x80\xae"
          "FORGED"s,
          std::string(5000, 'F')}) {
        CAPTURE(evil);
        exchange(daemon.terminal_port(), get_request("/iclock/ping?SN=" + escaped(evil)));
        exchange(daemon.terminal_port(), get_request("/" + escaped(evil) + "?SN=TST1"));
        exchange(daemon.terminal_port(), get_request("/iclock/getrequest?SN=TST1&INFO=" + escaped(evil)));
        exchange(daemon.terminal_port(), post_request("/iclock/devicecmd?SN=TST1", "ID=1&Return=0&CMD=" + evil));
        exchange(daemon.terminal_port(), post_request("/iclock/cdata?SN=TST1&table=" + escaped(evil), "x\n"));
        http_get(daemon.admin_port(), "/api/v1/terminals/" + escaped(evil));
        exchange(daemon.admin_port(),
                 fmt::format("PATCH /api/v1/terminals/TST1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: "
                             "close\r\nContent-Length: {0}\r\n\r\n{1}",
                             boost::json::serialize(boost::json::object{{"name", evil}}).size(),
                             boost::json::serialize(boost::json::object{{"name", evil}})));
    }
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    std::istringstream log(daemon.log());
    int lines = 0;
    for (std::string line; std::getline(log, line); ++lines) {
        CAPTURE(line);
        CHECK_FALSE(line.starts_with("FORGED"));
        CHECK(line.find("level=error FORGED") != 0);
        CHECK(std::none_of(line.begin(), line.end(),
                           [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
        CHECK(line.size() < 4096);
    }
    CHECK(lines > 10);
}

TEST_CASE("T15 pulls go nowhere but into pull.networks, however the address is written") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {"TST1"});
    settings.pull.networks = {*config::Network::decode("10.20.0.0/16")};
    RunningApp app(settings);
    // Somebody who would see it.
    const int ear = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    REQUIRE(bind(ear, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(listen(ear, 16) == 0);
    socklen_t size = sizeof any;
    getsockname(ear, reinterpret_cast<sockaddr*>(&any), &size);
    const int port = ntohs(any.sin6_port);
    const std::vector<std::string> addresses{
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "127.255.255.254",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "ip6-localhost",
        "::1",
        "[::1]",
        "0:0:0:0:0:0:0:1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "::ffff:10.20.0.300",
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%lo",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "192.168.1.1",
        "10.21.0.1",
        "10.20.0.1@127.0.0.1",
        "10.20.0.1#127.0.0.1",
        "127.0.0.1/10.20.0.1",
        " 127.0.0.1",
        "127.0.0.1\t",
        "10.20.0.1\n127.0.0.1",
        "１27.0.0.1",
        "ⓛocalhost",
        "10.20.1",
        "172.16.0.1",
        "100.64.0.1",
        "http://127.0.0.1/",
    };
    CHECK(addresses.size() >= 40);
    for (const auto& address : addresses) {
        CAPTURE(address);
        boost::json::object ask;
        ask["address"] = address;
        ask["port"] = port;
        const auto answer =
            exchange(app.admin_port(), post_request("/api/v1/terminals/TST1/pulls", boost::json::serialize(ask)));
        CHECK(answer.status == 422);
    }
    pollfd heard{ear, POLLIN, 0};
    CHECK(poll(&heard, 1, 2000) == 0);
    close(ear);
}

TEST_CASE("T21 forms of another site: no route that changes anything takes one") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST1"}));
    int changing = 0;
    for (const auto& route : admin::routes()) {
        if (route.method == "GET") continue;
        ++changing;
        std::string path(route.path);
        for (auto open = path.find('{'); open != path.npos; open = path.find('{'))
            path.replace(open, path.find('}') - open + 1, "TST1");
        CAPTURE(path);
        for (const char* origin :
             {"https://evil.example", "null", "http://127.0.0.1.evil.example", "http://localhost:1", "file://"}) {
            CAPTURE(origin);
            const auto answer = exchange(
                app.admin_port(), fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {}\r\nConnection: "
                                              "close\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{{}}",
                                              route.method, path, origin));
            CHECK(answer.status == 403);
        }
    }
    CHECK(changing > 20);
    // GET changes nothing: the audit of all of them is empty.
    for (const auto& route : admin::routes()) {
        if (route.method != "GET" || route.path.find('{') != route.path.npos) continue;
        if (route.path == "/api/v1/live") continue;  // it never ends
        http_get(app.admin_port(), route.path);
    }
    CHECK(stored_texts(state.path(), "SELECT count(*) FROM audit WHERE action <> 'configuration.start'").at(0) == "0");
}

TEST_CASE("T30 what a client says of where it comes from is not believed") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {"TST1"});
    settings.terminals[0].networks = {*config::Network::decode("10.20.0.0/16")};
    RunningApp app(settings);
    for (const char* header : {"X-Forwarded-For: 10.20.0.7", "Forwarded: for=10.20.0.7", "X-Real-IP: 10.20.0.7",
                               "Client-IP: 10.20.0.7", "True-Client-IP: 10.20.0.7",
                               "X-Forwarded-For: 127.0.0.1, 10.20.0.7", "Via: 1.1 10.20.0.7", "Host: 10.20.0.7"}) {
        CAPTURE(header);
        CHECK(exchange(app.terminal_port(),
                       fmt::format("GET /iclock/ping?SN=TST1 HTTP/1.1\r\n{}\r\nConnection: close\r\n\r\n", header))
                  .status == 403);
    }
    CHECK(http_get(app.admin_port(), "/api/v1/status").body.find("127.0.0.1 speaks as TST1") != std::string::npos);
}

TEST_CASE("F29 with little memory to have: what does not fit is refused or dropped, and the daemon lives on") {
#ifdef PRESENSI_SANITIZED
    MESSAGE("SKIPPED: sanitizers need more addresses than this leaves");
    return;
#endif
    const TemporaryFolder state;
    write_file(state.path() / "presensi.yaml",
               "terminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { port: 0 }\n"
               "limits: { bodies_in_flight: 1GiB }\nterminals: [{ serial: TST1 }]\n");
    rlimit before{};
    getrlimit(RLIMIT_AS, &before);
    const rlimit little{rlim_t{400} * 1024 * 1024, before.rlim_max};
    setrlimit(RLIMIT_AS, &little);
    std::unique_ptr<DaemonProcess> daemon;
    try {
        daemon = std::make_unique<DaemonProcess>(state.path() / "presensi.yaml", state.path());
    } catch (const std::runtime_error& error) {
        setrlimit(RLIMIT_AS, &before);
        FAIL(error.what());
    }
    setrlimit(RLIMIT_AS, &before);
    const auto punch = [&](int pin) {
        return exchange(daemon->terminal_port(), post_request("/iclock/cdata?SN=TST1&table=ATTLOG",
                                                              fmt::format("{}\t2026-11-20 07:58:30\t0\t1\n", pin)))
            .body;
    };
    REQUIRE(punch(1) == "OK: 1");
    {
        // 480 MiB of bodies at once: more than there is.
        const std::string most(16 * 1024 * 1024 - 1, '\n');
        std::vector<std::unique_ptr<RawConnection>> crowd;
        for (int i = 0; i < 30; ++i) {
            crowd.push_back(std::make_unique<RawConnection>(daemon->terminal_port()));
            crowd.back()->send(
                fmt::format("POST /iclock/cdata?SN=TST1&table=ATTLOG HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
                            most.size() + 1));
            crowd.back()->send(most);
        }
    }
    int tries = 0;
    while (tries < 300 && punch(2) != "OK: 1") {
        usleep(100'000);
        ++tries;
    }
    CHECK(punch(3) == "OK: 1");
    daemon->signal(SIGTERM);
    CHECK(daemon->wait() == 0);
    CHECK(count_rows(state.path(), "punch") == 3);
}

TEST_CASE("T07 every limit on the admin listener too: head, body, chunks, lines") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {"TST1"});
    settings.limits.upload = 100'000;
    RunningApp app(settings);
    const auto answer = [&](const std::string& request) {
        RawConnection connection(app.admin_port());
        connection.send(request);
        const auto response = connection.receive();
        CHECK(connection.receive_to_end().empty());  // the connection ends
        CHECK(response.header("Content-Type") == "application/problem+json");
        return response.status;
    };
    const std::string uploads = "POST /api/v1/terminals/TST1/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    const std::string patch = "PATCH /api/v1/terminals/TST1 HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    CHECK(answer("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == 431);
    CHECK(answer(std::string(9000, 'x')) == 431);
    CHECK(answer("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n") == 431);
    std::string many = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (int i = 0; i < 2000; ++i) many += "X: y\r\n";
    CHECK(answer(many + "\r\n") == 431);
    CHECK(answer(uploads + "Content-Length: 100001\r\n\r\n") == 413);
    CHECK(answer(uploads + "Transfer-Encoding: chunked\r\n\r\n186a1\r\n") == 413);
    CHECK(answer(uploads + "Transfer-Encoding: chunked\r\n\r\n0;" + std::string(9000, 'x')) == 400);
    CHECK(answer(patch + "Content-Length: 65537\r\n\r\n") == 413);
    CHECK(answer("POST /api/v1/people HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\n") == 413);
    // At the limit, to the byte.
    const std::string line = std::string(99'999, 'x') + "\n";
    CHECK(exchange(app.admin_port(), post_request("/api/v1/terminals/TST1/uploads", line)).status == 422);
    CHECK(http_get(app.admin_port(), "/healthz").status == 200);
}

TEST_CASE("T28 bombs are refused unopened, at once and without memory") {
    const TemporaryFolder state;
    write_file(state.path() / "presensi.yaml",
               "terminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { port: 0 }\n"
               "terminals: [{ serial: TST1 }]\n");
    DaemonProcess daemon(state.path() / "presensi.yaml", state.path());
    const auto bring = [&](const std::string& bytes) {
        return exchange(daemon.admin_port(), post_request("/api/v1/terminals/TST1/uploads", bytes)).status;
    };
    REQUIRE(bring("1\t2026-11-20 07:00:00\t1\t0\t1\t0\r\n") == 201);
    using namespace std::string_literals;
    std::string laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY a \"lol\">";
    for (char c = 'b'; c <= 'z'; ++c)
        laughs += fmt::format("<!ENTITY {0} \"&{1};&{1};&{1};&{1};\">", c, static_cast<char>(c - 1));
    const struct {
        const char* name;
        std::string bytes;
    } bombs[] = {
        {"zip that says 4 GiB",
         "PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\0\0x"s +
             std::string(1'000'000, '\0')},
        {"gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03"s + std::string(1'000'000, '\0')},
        {"xz",
         "\xfd"
         "7zXZ\0"s +
             std::string(1'000'000, '\0')},
        {"zstd", "\x28\xb5\x2f\xfd"s + std::string(1'000'000, '\0')},
        {"bzip2", "BZh91AY&SY"s + std::string(1'000'000, '\0')},
        {"7z", "7z\xbc\xaf\x27\x1c"s + std::string(1'000'000, '\0')},
        {"billion laughs", laughs + "]><lolz>&z;</lolz>"},
        {"external entity",
         "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>"},
        {"PDF", "%PDF-1.7\n" + std::string(1'000'000, ' ')},
        {"60 MiB of one letter", std::string(60 * 1024 * 1024, 'x')},
        {"10 MiB of line ends", std::string(10 * 1024 * 1024, '\n')},
    };
    const auto before = daemon.resident_kib("VmHWM");
    for (const auto& c : bombs) {
        CAPTURE(c.name);
        const auto begun = std::chrono::steady_clock::now();
        const int status = bring(c.bytes);
        CHECK((status == 422 || status == 413));
        CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
    }
    MESSAGE("memory grew by " << (daemon.resident_kib("VmHWM") - before) / 1024 << " MiB");
    CHECK(daemon.resident_kib("VmHWM") - before < memory_factor * 160 * 1024);
    CHECK(daemon.log().find("root:") == std::string::npos);
}
