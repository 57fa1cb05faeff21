// TLS on both listeners: who is let in, what a certificate's life looks like, and that nothing else changes.
#include <doctest/doctest.h>

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include "protocol/text_fields.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/tls.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;

namespace {

constexpr auto year = 24h * 365;

void put(const std::filesystem::path& folder, const KeyPair& pair) {
    write_file(folder / "tls.crt", pair.certificate);
    write_file(folder / "tls.key", pair.key);
    chmod((folder / "tls.key").c_str(), 0600);
}

// Both listeners with the pair in `folder`.
config::Settings settings_with_tls(const std::filesystem::path& folder) {
    auto settings = RunningApp::settings(folder, {"TST1"});
    const config::TlsSettings tls{folder / "tls.crt", folder / "tls.key"};
    settings.terminal_listener.tls = tls;
    settings.admin_listener.tls = tls;
    return settings;
}

std::filesystem::path config_with_tls(const std::filesystem::path& folder) {
    write_file(folder / "presensi.yaml",
               "terminal_listener: { address: 127.0.0.1, port: 0, tls: { certificate: tls.crt, key: tls.key } }\n"
               "admin_listener: { port: 0, tls: { certificate: tls.crt, key: tls.key } }\n"
               "terminals: [{ serial: TST1 }]\n");
    return folder / "presensi.yaml";
}

std::string upload(int pin) {
    return post_request("/iclock/cdata?SN=TST1&table=ATTLOG&Stamp=1",
                        fmt::format("{}\t2026-11-20 07:58:30\t0\t1\n", pin));
}

template <typename Question>
bool soon(const Question& is_so) {
    for (int i = 0; i < 1500; ++i) {
        if (is_so()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

}  // namespace

TEST_CASE("TLS: punches and the API go over it as over plain HTTP, large answers and keep-alive included") {
    const TemporaryFolder state;
    put(state.path(), make_key_pair("first.example", year));
    RunningApp app(settings_with_tls(state.path()));
    CHECK(exchange_by_tls(app.terminal_port(), upload(1)).body == "OK: 1");
    CHECK(exchange_by_tls(app.admin_port(), get_request("/healthz")).status == 200);
    {
        TlsConnection connection(app.terminal_port());
        REQUIRE(connection.greeted());
        CHECK(connection.version() == "TLSv1.3");
        for (int i = 0; i < 50; ++i) {
            connection.send("GET /iclock/ping?SN=TST1 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
            CHECK(connection.receive().body == "OK");
        }
    }
    // A history of many records in, a feed of many pieces out.
    std::string history;
    for (int i = 0; i < 10'000; ++i) history += fmt::format("{}\t2026-11-{:02} 07:58:30\t0\t1\n", i, 1 + i % 19);
    CHECK(exchange_by_tls(app.terminal_port(), post_request("/iclock/cdata?SN=TST1&table=ATTLOG", history)).body ==
          "OK: 10000");
    app.settle();
    const auto feed = exchange_by_tls(app.admin_port(), get_request("/api/v1/punches?limit=10000"));
    CHECK(feed.status == 200);
    CHECK(feed.body.size() > 1024 * 1024);
    CHECK(feed.body.ends_with("}\n"));
    CHECK(count_rows(state.path(), "punch") == 10'001);
}

TEST_CASE("TLS: nothing before 1.2, no cipher without forward secrecy, no renegotiation, no protocol but HTTP/1.1") {
    const TemporaryFolder state;
    put(state.path(), make_key_pair("first.example", year));
    RunningApp app(settings_with_tls(state.path()));
    for (const auto port : {app.terminal_port(), app.admin_port()}) {
        CAPTURE(port);
        const struct {
            const char* name;
            TlsConnection::Manner manner;
            bool let_in;
        } cases[] = {
            {"1.0", {TLS1_VERSION, TLS1_VERSION}, false},
            {"1.1", {TLS1_1_VERSION, TLS1_1_VERSION}, false},
            {"1.2", {TLS1_2_VERSION, TLS1_2_VERSION}, true},
            {"1.3", {TLS1_3_VERSION, TLS1_3_VERSION}, true},
            {"1.2 with CBC",
             {TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA"},
             false},
            {"1.2 without forward secrecy", {TLS1_2_VERSION, TLS1_2_VERSION, "kRSA"}, false},
            {"1.2 without a certificate", {TLS1_2_VERSION, TLS1_2_VERSION, "aNULL"}, false},
            {"1.2 with GCM", {TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"}, true},
            {"HTTP/2 or 1.1", {0, 0, "", "\x02h2\x08http/1.1"}, true},
            {"HTTP/2 only", {0, 0, "", "\x02h2"}, false},
        };
        for (const auto& c : cases) {
            CAPTURE(c.name);
            const TlsConnection connection(port, c.manner);
            CHECK(connection.greeted() == c.let_in);
            if (!c.manner.protocols.empty() && c.let_in) CHECK(connection.protocol() == "http/1.1");
        }
        TlsConnection eager(port, {TLS1_2_VERSION, TLS1_2_VERSION});
        REQUIRE(eager.greeted());
        CHECK_FALSE(eager.renegotiate());
    }
    CHECK(exchange_by_tls(app.terminal_port(), upload(1)).body == "OK: 1");
}

TEST_CASE("TLS: plain HTTP on its port is answered by closing, and a handshake that never ends by its deadline") {
    const TemporaryFolder state;
    put(state.path(), make_key_pair("first.example", year));
    RunningApp app(settings_with_tls(state.path()));
    for (const auto port : {app.terminal_port(), app.admin_port()}) {
        CAPTURE(port);
        RawConnection plain(port);
        plain.send(get_request("/healthz"));
        const std::string answer = plain.receive_to_end();
        CHECK(answer.find("HTTP/") == std::string::npos);

        RawConnection silent(port);
        silent.send("\x16\x03\x01");  // how a ClientHello begins
        const auto begun = std::chrono::steady_clock::now();
        CHECK(silent.receive_to_end().find("HTTP/") == std::string::npos);
        const auto waited = std::chrono::steady_clock::now() - begun;
        CHECK(waited > 5s);
        CHECK(waited < 36s);  // 10 s are promised
    }
    CHECK(exchange_by_tls(app.terminal_port(), upload(1)).body == "OK: 1");
}

TEST_CASE("F40 a new certificate is taken without a restart and without ending a connection") {
    const TemporaryFolder state;
    put(state.path(), make_key_pair("first.example", year));
    const std::unique_ptr<DaemonProcess> daemon =
        std::make_unique<DaemonProcess>(config_with_tls(state.path()), state.path());
    TlsConnection old(daemon->terminal_port());
    REQUIRE(old.peer_name() == "first.example");
    const std::string ping = "GET /iclock/ping?SN=TST1 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n";
    old.send(ping);
    CHECK(old.receive().body == "OK");

    put(state.path(), make_key_pair("second.example", year));
    daemon->signal(SIGHUP);
    for (const auto port : {daemon->terminal_port(), daemon->admin_port()}) {
        CAPTURE(port);
        CHECK(soon([&] { return TlsConnection(port).peer_name() == "second.example"; }));
    }
    old.send(ping);
    CHECK(old.receive().body == "OK");
    CHECK(exchange_by_tls(daemon->terminal_port(), upload(1)).body == "OK: 1");

    // Nobody's key, half a file, nothing at all: the second one goes on, and an alarm says why.
    const KeyPair third = make_key_pair("third.example", year);
    const KeyPair other = make_key_pair("other.example", year);
    const struct {
        const char* name;
        KeyPair pair;
    } broken[] = {{"another's key", {third.certificate, other.key}},
                  {"half a certificate", {third.certificate.substr(0, 200), third.key}},
                  {"no key", {third.certificate, ""}},
                  {"nonsense", {"x", "y"}}};
    const auto status = [&] { return exchange_by_tls(daemon->admin_port(), get_request("/api/v1/status")).body; };
    for (const auto& c : broken) {
        CAPTURE(c.name);
        put(state.path(), c.pair);
        daemon->signal(SIGHUP);
        CHECK(soon([&] { return status().find("certificate_refused") != std::string::npos; }));
        CHECK(TlsConnection(daemon->terminal_port()).peer_name() == "second.example");
        CHECK(exchange_by_tls(daemon->terminal_port(), upload(2)).body == "OK: 1");
        put(state.path(), third);
        daemon->signal(SIGHUP);
        CHECK(soon([&] { return status().find("certificate_refused") == std::string::npos; }));
        CHECK(TlsConnection(daemon->terminal_port()).peer_name() == "third.example");
        put(state.path(), make_key_pair("second.example", year));
        daemon->signal(SIGHUP);
        CHECK(soon([&] { return TlsConnection(daemon->terminal_port()).peer_name() == "second.example"; }));
    }
    // Nor is a key taken that everybody on the machine can read.
    put(state.path(), third);
    chmod((state.path() / "tls.key").c_str(), 0644);
    daemon->signal(SIGHUP);
    CHECK(soon([&] { return status().find("certificate_refused") != std::string::npos; }));
    CHECK(TlsConnection(daemon->terminal_port()).peer_name() == "second.example");
    daemon->signal(SIGTERM);
    CHECK(daemon->wait() == 0);
    const std::string log = daemon->log();
    CHECK(log.find("a new certificate is shown from now on") != std::string::npos);
    CHECK(log.find("is not the key of") != std::string::npos);
    CHECK(log.find("PRIVATE KEY") == std::string::npos);
}

TEST_CASE("F40 new certificates are taken while terminals push: none of their connections fails") {
    const TemporaryFolder state;
    put(state.path(), make_key_pair("first.example", year));
    DaemonProcess daemon(config_with_tls(state.path()), state.path());
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
        if (i % 20 == 0) {
            put(state.path(), make_key_pair(fmt::format("{}.example", i), year));
            daemon.signal(SIGHUP);
        }
        refused += exchange_by_tls(daemon.terminal_port(), upload(i)).body != "OK: 1";
        if (i % 20 == 0)
            CHECK(soon(
                [&] { return TlsConnection(daemon.terminal_port()).peer_name() == fmt::format("{}.example", i); }));
    }
    CHECK(refused == 0);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    CHECK(count_rows(state.path(), "punch") == 200);
}

TEST_CASE("F40 the end of a certificate is an alarm 30 days before, which a new one clears by itself") {
    const TemporaryFolder state;
    put(state.path(), make_key_pair("short.example", 24h * 5 + 1h));
    const auto status = [](const RunningApp& app) {
        return exchange_by_tls(app.admin_port(), get_request("/api/v1/status")).body;
    };
    const auto now = format_utc(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
    RunningApp app(settings_with_tls(state.path()), now, {}, {}, 50ms);
    CHECK(soon([&] { return status(app).find("certificate_ends") != std::string::npos; }));
    CHECK(status(app).find("tls.crt berakhir 5 hari lagi") != std::string::npos);
    put(state.path(), make_key_pair("long.example", 24h * 90));
    CHECK(soon([&] { return status(app).find("certificate_ends") == std::string::npos; }));
    CHECK(TlsConnection(app.admin_port()).peer_name() == "long.example");
    // Time goes on: 61 days later it is 29 days before the end.
    app.set_now(format_utc(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 24h * 61));
    CHECK(soon([&] { return status(app).find("certificate_ends") != std::string::npos; }));
    // What has ended is shown all the same: terminals look at no date, and punches matter more.
    app.set_now(
        format_utc(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 24h * 100));
    CHECK(soon([&] { return status(app).find("certificate_ended") != std::string::npos; }));
    CHECK(exchange_by_tls(app.terminal_port(), upload(1)).body == "OK: 1");
}

TEST_CASE("TLS: a pair that cannot be used is a sentence at the start, and check-config finds it") {
    const KeyPair one = make_key_pair("one.example", year);
    const KeyPair two = make_key_pair("two.example", year);
    const struct {
        const char* name;
        KeyPair pair;
        const char* sentence;
    } cases[] = {{"another's key", {one.certificate, two.key}, "is not the key of"},
                 {"no certificate", {"hello\n", one.key}, "holds no certificate in PEM"},
                 {"no key", {one.certificate, "hello\n"}, "holds no private key in PEM without a password"},
                 {"empty", {one.certificate, ""}, "is empty"}};
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const TemporaryFolder state;
        put(state.path(), c.pair);
        const auto config = config_with_tls(state.path());
        const auto checked = run_presensid({"check-config", "--config", config.string()});
        CHECK(checked.code == 1);
        CHECK(checked.output.find(c.sentence) != std::string::npos);
        for (const char* listener : {"terminal_listener", "admin_listener"}) {
            CAPTURE(listener);
            const auto line = checked.output.find(fmt::format("{}.tls.certificate: ", listener));
            REQUIRE(line != std::string::npos);
            const auto begin = checked.output.rfind('\n', line) + 1;
            CHECK(checked.output.substr(begin, line - begin).find("presensi.yaml:") != std::string::npos);
            CHECK(checked.output.substr(line, checked.output.find('\n', line) - line).find(c.sentence) !=
                  std::string::npos);
        }
        CHECK_THROWS(DaemonProcess(config, state.path()));
    }
}

TEST_CASE("TLS: commands find the running daemon, and send a token to nobody else") {
    const TemporaryFolder state;
    put(state.path(), make_key_pair("first.example", year));
    write_file(state.path() / "presensi.yaml",
               fmt::format("terminal_listener: {{ address: 127.0.0.1, port: 0 }}\n"
                           "admin_listener: {{ port: {}, tls: {{ certificate: tls.crt, key: tls.key }} }}\n"
                           "terminals: [{{ serial: TST1 }}]\n",
                           steady_port()));
    const auto config = (state.path() / "presensi.yaml").string();
    write_file(state.path() / "1_attlog.dat", "1\t2026-11-20 07:00:00\t1\t0\t1\t0\r\n");
    DaemonProcess daemon(config, state.path());
    const auto file = (state.path() / "1_attlog.dat").string();
    const auto taken = run_presensid({"import", "--config", config, "--terminal", "TST1", file});
    CHECK(taken.code == 0);
    CHECK(count_rows(state.path(), "punch") == 1);
    // The file of the configuration is another's now: whoever listens there is not the one it names.
    put(state.path(), make_key_pair("other.example", year));
    CHECK(run_presensid({"import", "--config", config, "--terminal", "TST1", file}).code != 0);
}

TEST_CASE("TLS: connections that wait cost little memory") {
    const TemporaryFolder state;
    put(state.path(), make_key_pair("first.example", year));
    DaemonProcess daemon(config_with_tls(state.path()), state.path());
    exchange_by_tls(daemon.terminal_port(), upload(1));
    const auto before = daemon.resident_kib();
    std::vector<std::unique_ptr<TlsConnection>> waiting;
    for (int i = 0; i < 400; ++i) {
        waiting.push_back(std::make_unique<TlsConnection>(daemon.terminal_port()));
        waiting.back()->send("GET /iclock/ping?SN=TST1 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
        REQUIRE(waiting.back()->receive().body == "OK");
    }
    const auto each = (daemon.resident_kib() - before) / waiting.size();
    MESSAGE("each waiting TLS connection holds " << each << " KiB");
    CHECK(each < memory_factor * 48);
}
