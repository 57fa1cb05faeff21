// Each check of `presensid doctor`: what is good, what is bad, and that it says what to do.
#include <doctest/doctest.h>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/doctor/alarms.hpp"
#include "daemon/doctor/database.hpp"
#include "daemon/doctor/machine.hpp"
#include "daemon/doctor/ports.hpp"
#include "daemon/installed.hpp"
#include "protocol/text_fields.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tls.hpp"

using namespace presensi;
using namespace presensi::doctor;
using namespace presensi::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

const Instant now = utc("2026-11-23T23:55:00Z");  // 07:55 WITA

std::string english_of(const Findings& findings) {
    REQUIRE(findings.size() == 1);
    CHECK_FALSE(findings.front().indonesian.empty());
    return findings.front().english;
}

bool says(const Finding& finding, Mark mark, const std::string& words) {
    CAPTURE(finding.english);
    CHECK(finding.indonesian != finding.english);
    return finding.mark == mark && finding.english.find(words) != std::string::npos;
}

storage::TerminalRow terminal(const std::string& serial, storage::TerminalState state, const std::string& last_seen,
                              const std::string& push_version = "2.4.1") {
    storage::TerminalRow row;
    row.serial = serial;
    row.state = state;
    row.last_seen = last_seen;
    row.push_version = push_version;
    row.address = "192.0.2.7";
    return row;
}

http::Answer status_with(const std::string& alarms, const std::string& reload_error = "null") {
    return {200, R"({"alarms":[)" + alarms + R"(],"configuration":{"last_reload_error":)" + reload_error + "}}"};
}

std::string alarm(const std::string& id) {
    return R"({"id":")" + id + R"(","message":"M.","what_to_do":"D.","message_id":"P.","what_to_do_id":"L."})";
}

}  // namespace

TEST_CASE("doctor: the configuration, every mistake with its place") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "presensi.yaml";
    write_file(file, "terminals: []\n");
    CHECK(says(check_configuration(file, config::load_settings(file, "")).at(0), Mark::good, "is right"));
    write_file(file, "time_zone: WITA\nterminal_listner: {}\n");
    const auto wrong = check_configuration(file, config::load_settings(file, ""));
    REQUIRE(wrong.size() == 2);
    CHECK(says(wrong[0], Mark::bad, "presensi.yaml:1:12: time_zone"));
    CHECK(says(wrong[1], Mark::bad, "did you mean terminal_listener"));
}

TEST_CASE("doctor: a secret that everybody may read") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "presensi.yaml";
    write_file(file, "terminals: [{ serial: TST1, push_key_file: key }]\n");
    write_file(folder.path() / "key", "12345\n");
    chmod((folder.path() / "key").c_str(), 0644);
    CHECK(english_of(check_configuration(file, config::load_settings(file, ""))).find("chmod o-rwx") !=
          std::string::npos);
    chmod((folder.path() / "key").c_str(), 0640);
    CHECK(says(check_configuration(file, config::load_settings(file, "")).at(0), Mark::good, "closed to others"));
}

TEST_CASE("doctor: what only root can read, and nothing else that the service's user finds different") {
    config::LoadResult as_service;
    CHECK(check_readable(as_service).empty());
    as_service.errors = {{"presensi.yaml", 3, 5, "storage.postgres.password_file", "there is no file x"},
                         {"presensi.yaml", 4, 5, "terminals[0].push_key_file",
                          std::string("key cannot be read: ") + std::strerror(EACCES)}};
    const auto found = check_readable(as_service);
    CHECK(english_of(found).find("presensi.yaml:4:5") != std::string::npos);
    CHECK(says(found[0], Mark::bad, "chown root:presensid"));
}

TEST_CASE("doctor: clock and disk") {
    CHECK(says(check_clock(true), Mark::good, "synchronised"));
    CHECK(says(check_clock(false), Mark::bad, "systemd-timesyncd"));
    CHECK(says(check_clock(std::nullopt), Mark::bad, "systemd-timesyncd"));
    constexpr std::uint64_t GiB = 1024ULL * 1024 * 1024;
    CHECK(says(check_disk("/x", DiskSpace{50 * GiB, 100 * GiB}), Mark::good, "51200 MiB (50 %)"));
    CHECK(says(check_disk("/x", DiskSpace{19 * GiB, 100 * GiB}), Mark::bad, "Make room"));
    CHECK(says(check_disk("/x", DiskSpace{GiB / 4, GiB / 2}), Mark::bad, "Make room"));
    CHECK(says(check_disk("/x", std::nullopt), Mark::bad, "cannot be opened"));
    const TemporaryFolder folder;
    CHECK_FALSE(disk_space_of(folder.path() / "none"));
}

TEST_CASE("doctor: certificates that are good, end soon, have ended, cannot be used") {
    const TemporaryFolder folder;
    config::Settings settings;
    CHECK(check_certificates(settings, now).empty());
    settings.admin_listener.tls = {folder.path() / "tls.crt", folder.path() / "tls.key"};
    const auto pair = make_key_pair("presensi.example", 24h * 365);
    write_file(folder.path() / "tls.crt", pair.certificate);
    write_file(folder.path() / "tls.key", pair.key);
    std::filesystem::permissions(folder.path() / "tls.key", std::filesystem::perms::owner_read);
    const Instant today = system_now();
    const struct {
        std::chrono::hours later;
        Mark mark;
        const char* words;
    } cases[] = {
        {0h, Mark::good, "is good until"}, {24h * 340, Mark::bad, "ends on"}, {24h * 366, Mark::bad, "has ended"}};
    for (const auto& each : cases) {
        CAPTURE(each.words);
        const auto found = check_certificates(settings, today + each.later);
        REQUIRE(found.size() == 1);
        CHECK(says(found[0], each.mark, each.words));
    }
    std::filesystem::permissions(folder.path() / "tls.key", std::filesystem::perms::owner_all);
    write_file(folder.path() / "tls.key", make_key_pair("other.example", 24h).key);
    CHECK(says(check_certificates(settings, today).at(0), Mark::bad, "Compare certificate and key"));
}

TEST_CASE("doctor: the last backup, where somebody says when it was") {
    const TemporaryFolder folder;
    config::Settings settings;
    CHECK(says(check_backup(settings, now), Mark::note, "Set backup.stamp_file"));
    settings.backup.stamp_file = folder.path() / "last";
    CHECK(says(check_backup(settings, now), Mark::bad, "presensid-backup.timer"));
    config::Settings behind = settings;
    behind.backup.stamp_file = folder.path() / "file" / "last";
    write_file(folder.path() / "file", "");
    CHECK(says(check_backup(behind, now), Mark::bad, "cannot be read (Not a directory)"));
    write_file(settings.backup.stamp_file, "");
    CHECK(says(check_backup(settings, system_now() + 1h), Mark::good, "1 hours old"));
    CHECK(says(check_backup(settings, system_now() + 27h), Mark::bad, "27 hours old"));
}

TEST_CASE("doctor: a port that another program has, or nobody") {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
    const auto port = acceptor.local_endpoint().port();
    const auto holder = holder_of(port);
    CHECK(holder.taken);
    REQUIRE(holder.programs.size() == 1);
    CHECK(std::string("daemon_tests").starts_with(holder.programs[0]));  // comm has 15 bytes

    config::Settings settings;
    settings.terminal_listener = {"127.0.0.1", port};
    settings.admin_listener = {"127.0.0.1", 0};
    CHECK(says(check_daemon(settings), Mark::bad, "is taken by another program (" + holder.programs[0]));
    acceptor.close();
    CHECK_FALSE(holder_of(port).taken);
    CHECK(says(check_daemon(settings), Mark::bad, "is NOT running"));
}

TEST_CASE("doctor: a daemon that runs, and one whose terminal port is another's") {
    const TemporaryFolder state;
    const RunningApp app(RunningApp::settings(state.path()));
    config::Settings settings;
    settings.terminal_listener = {"127.0.0.1", app.terminal_port()};
    settings.admin_listener = {"127.0.0.1", app.admin_port()};
    CHECK(says(check_daemon(settings), Mark::good, "is running"));
    settings.terminal_listener.port = app.admin_port();
    CHECK(says(check_daemon(settings), Mark::bad, "does not answer"));
}

TEST_CASE("doctor: a .socket unit that says another port than the configuration") {
    const TemporaryFolder folder;
    const auto lib = folder.path() / "lib";
    const auto etc = folder.path() / "etc";
    std::filesystem::create_directories(lib);
    std::filesystem::create_directories(etc / "sockets.target.wants");
    std::filesystem::create_directories(etc / "presensid.socket.d");
    for (const char* unit : {"presensid.socket", "presensid-admin.socket"}) {
        std::filesystem::copy_file(std::filesystem::path(PRESENSI_SOURCE_DIR) / "systemd" / unit, lib / unit);
    }
    config::Settings settings;
    const auto look = [&] { return check_sockets(settings, {lib, etc}); };
    const auto dropped_in = [&](const std::string& text) {
        write_file(etc / "presensid.socket.d" / "override.conf", "[Socket]\n" + text);
    };
    CHECK(look().empty());
    settings.terminal_listener.port = 9000;
    CHECK(look().empty());  // not enabled: the daemon opens its port itself
    std::filesystem::create_symlink(lib / "presensid.socket", etc / "sockets.target.wants" / "presensid.socket");
    CHECK(english_of(look()).find("0.0.0.0:8081") != std::string::npos);
    CHECK(says(look()[0], Mark::bad, "systemctl edit presensid.socket"));
    dropped_in("ListenStream=\nListenStream=0.0.0.0:9000\n");
    CHECK(look().empty());
    dropped_in("ListenStream=0.0.0.0:9000\n");  // without the empty one: both
    CHECK(english_of(look()).find("0.0.0.0:8081, 0.0.0.0:9000") != std::string::npos);
    dropped_in("ListenStream=\nListenStream=9000\n");
    CHECK(look().empty());
    settings.terminal_listener.address = "::";
    dropped_in("ListenStream=\nListenStream=[::]:9000\n");
    CHECK(look().empty());
    // A unit of the same name in /etc stands for the whole of the one in /lib.
    std::filesystem::remove(etc / "presensid.socket.d" / "override.conf");
    write_file(etc / "presensid.socket", "[Socket]\nListenStream=[::]:9000\n");
    CHECK(look().empty());
}

TEST_CASE("doctor: what the role of the database may do") {
    CHECK(says(check_rights({"presensid", true, false}).at(0), Mark::good, "cannot change a punch"));
    CHECK(says(check_rights({"presensid", false, false}).at(0), Mark::bad, "/usr/lib/presensi/database create"));
    CHECK(says(check_rights({"postgres", true, true}).at(0), Mark::bad, "Log in as the role presensid"));
}

TEST_CASE("doctor: terminals that are heard, silent, never heard, waiting, and portable ones are left alone") {
    config::Settings settings;
    settings.terminals.resize(3);
    settings.terminals[0].serial = "TST1";
    settings.terminals[1].serial = "TSTAPEL";
    settings.terminals[1].portable = true;
    settings.terminals[2].serial = "TSTNEW";  // nothing is stored of it yet
    using enum storage::TerminalState;
    const std::vector<storage::TerminalRow> rows{
        terminal("TST1", approved, "2026-11-23T23:41:00Z"),
        terminal("TST2", approved, "2026-11-23T23:39:00Z"),              // 16 minutes ago
        terminal("TSTPULLED", approved, "2026-11-17T00:00:00Z", ""),     // seven days ago
        terminal("TSTFORGOTTEN", approved, "2026-11-15T00:00:00Z", ""),  // nine days ago
        terminal("TSTAPEL", approved, "2026-11-20T00:00:00Z"),
        terminal("TSTNEVER", approved, ""),
        terminal("TSTSTRANGE", seen, "2026-11-23T23:54:00Z"),
        terminal("TSTOLD", retired, "2020-01-01T00:00:00Z"),
    };
    std::string all;
    for (const auto& finding : check_terminals(settings, rows, now)) all += finding.english + "\n";
    CHECK(all ==
          "2 terminals are heard.\n"
          "Terminal TST2 has been silent since 2026-11-24 07:39. Check power, network cable and the server address in "
          "its menu.\n"
          "Terminal TSTFORGOTTEN has been silent since 2026-11-15 08:00. Check power, network cable and the server "
          "address in its menu.\n"
          "Terminal TSTNEVER has never called. Check its Cloud Server/ADMS menu: address and port.\n"
          "Terminal TSTNEW has never called. Check its Cloud Server/ADMS menu: address and port.\n"
          "Terminal TSTSTRANGE at 192.0.2.7 waits for approval; it keeps its data. Approve it on the page, or add it "
          "to the configuration.\n");

    std::vector<storage::TerminalRow> strangers;
    for (int i = 0; i < 25; ++i) strangers.push_back(terminal(fmt::format("TST{}", i), seen, "2026-11-23T23:54:00Z"));
    const auto some = check_terminals({}, strangers, now);
    CHECK(some.size() == 11);
    CHECK(says(some.back(), Mark::bad, "15 more"));
}

TEST_CASE("doctor: commands that nobody fetches") {
    std::vector<storage::CommandRow> open(2);
    open[0].terminal_id = open[1].terminal_id = 7;
    open[0].queued_at = open[1].queued_at = "2026-11-23T23:50:00Z";
    CHECK(check_commands(open, now).empty());
    open[1].queued_at = "2026-11-23T20:00:00Z";
    CHECK(says(check_commands(open, now).at(0), Mark::bad, "1 commands have waited for 1 terminals"));
}

TEST_CASE("doctor: the alarms of the running daemon, but for what it looks at itself") {
    CHECK(says(alarms_in(status_with("")).at(0), Mark::good, "No other alarm"));
    CHECK(says(alarms_in(status_with(alarm("clock_off"))).at(0), Mark::bad, "M. D."));
    CHECK(alarms_in(status_with(alarm("clock_off") + "," + alarm("two_sources"))).size() == 2);
    CHECK(says(alarms_in(status_with(alarm("disk_short"))).at(0), Mark::good, "No other alarm"));
    const auto refused = alarms_in(status_with("", R"("presensi.yaml:2:1: x: unknown key")"));
    REQUIRE(refused.size() == 2);
    CHECK(says(refused[1], Mark::bad, "presensi.yaml:2:1"));
    CHECK(says(alarms_in({401, "{}"}).at(0), Mark::note, "--token-file"));
    CHECK(alarms_in({503, "{}"}).empty());
    for (const http::Answer& broken : {http::Answer{200, "no JSON"}, http::Answer{200, "{}"}, http::Answer{500, ""},
                                       http::Answer{200, R"({"alarms":[1]})"}}) {
        CAPTURE(broken.body);
        CHECK(says(alarms_in(broken).at(0), Mark::bad, "cannot be read"));
    }
    const TemporaryFolder state;
    const RunningApp app(RunningApp::settings(state.path()));
    config::Settings settings;
    settings.admin_listener = {"127.0.0.1", app.admin_port()};
    CHECK(says(check_alarms(settings, "").at(0), Mark::good, "No other alarm"));
    const std::string wish = R"({"name": "doctor", "role": "reader"})";
    const auto made = presensi::test::exchange(
        app.admin_port(), fmt::format("POST /api/v1/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                                      "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                      wish.size(), wish));
    REQUIRE(made.status == 201);
    const std::string token(boost::json::parse(made.body).at("token").as_string());
    CHECK(says(check_alarms(settings, "").at(0), Mark::note, "--token-file"));
    CHECK(says(check_alarms(settings, token).at(0), Mark::good, "No other alarm"));
}

TEST_CASE("root asks with the installed configuration as the service's user, and with another as itself") {
    const uid_t before = ::geteuid();
    const passwd* other = ::getpwnam("nobody");
    REQUIRE(other != nullptr);
    const uid_t expected = before == 0 ? other->pw_uid : before;
    {
        const AsServiceUser as_service(installed_config, "nobody");
        CHECK(::geteuid() == expected);
    }
    CHECK(::geteuid() == before);
    {
        const AsServiceUser as_service("/tmp/presensi.yaml", "nobody");
        CHECK(::geteuid() == before);
    }
    const AsServiceUser no_such_user(installed_config, "nobody-of-this-name");
    CHECK(::geteuid() == before);
}
