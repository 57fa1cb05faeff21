// Alarms go out by webhook and mail, and a heartbeat as long as punches are taken; and whoever receives them badly, or
// not at all, holds up no terminal.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "daemon/access/password.hpp"
#include "daemon/notify/message.hpp"
#include "daemon/notify/notifier.hpp"
#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/tiny_server.hpp"
#include "tests/support/tls_server.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* serial = "TST7240100001";
constexpr const char* secret = "made-up-secret-of-a-webhook";

config::Url url_of(std::uint16_t port, bool tls = false, const std::string& host = "127.0.0.1") {
    return {tls, host, port, "/alarms?to=admin"};
}

config::Settings with_webhook(const TemporaryFolder& state, config::Url url) {
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.alarms.webhook = {std::move(url), config::Secret(secret)};
    return settings;
}

// Quick, so that a test need not wait.
notify::NotifyHooks quick() {
    notify::NotifyHooks hooks;
    hooks.news.gather = 200ms;
    hooks.outbox.first_retry = 100ms;
    hooks.outbox.longest_retry = 400ms;
    hooks.look_every = 50ms;
    hooks.patience = {500ms, 3s, 3s, 3s};
    hooks.complain_after = 500ms;
    return hooks;
}

RawResponse push(const RunningApp& app, const std::string& time, const std::string& from = serial) {
    return exchange(app.terminal_port(), post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", from),
                                                      fmt::format("1\t{}\t0\t15\t0\n", time)));
}

// Raises clock_off, which is urgent, or ends it.
void wrong_clock(const RunningApp& app, const std::string& from = serial) {
    REQUIRE(push(app, "2026-11-23 08:00:00", from).body == "OK: 1");
}
void right_clock(const RunningApp& app, int second = 0, const std::string& from = serial) {
    REQUIRE(push(app, fmt::format("2026-11-20 08:00:{:02}", second), from).body == "OK: 1");
}

std::string metrics_line(const RunningApp& app, const std::string& sample) {
    const auto text = http_get(app.admin_port(), "/metrics").body;
    const auto at = text.find(sample + " ");
    return at == text.npos ? "" : text.substr(at + sample.size() + 1, text.find('\n', at) - at - sample.size() - 1);
}

// A terminal is answered at once although whoever we send to is bad.
void check_intake(const RunningApp& app, int second) {
    const auto began = std::chrono::steady_clock::now();
    CHECK(push(app, fmt::format("2026-11-20 08:00:{:02}", 30 + second)).body == "OK: 1");
    CHECK(std::chrono::steady_clock::now() - began < 10s);  // what a terminal waits (protocol-adms § 1.1)
}

}  // namespace

TEST_CASE("webhook: an alarm is posted once, signed, and once more when it is over") {
    const TemporaryFolder state;
    TinyHttp receiver;
    RunningApp app(with_webhook(state, url_of(receiver.port())), "2026-11-20T00:00:00Z", {}, quick());
    wrong_clock(app);
    REQUIRE(await([&] { return receiver.count() == 1; }, 30s));
    const TakenRequest raised = receiver.taken()[0];
    CHECK(raised.method == "POST");
    CHECK(raised.target == "/alarms?to=admin");
    CHECK(raised.header("Content-Type") == "application/json");
    const auto timestamp = raised.header("X-Presensi-Timestamp");
    CHECK(timestamp == "1795132800");  // 2026-11-20T00:00:00Z
    CHECK(raised.header("X-Presensi-Signature") == notify::sign(secret, timestamp, raised.body));
    const auto body = json::parse(raised.body);
    REQUIRE(body.at("raised").as_array().size() == 1);
    CHECK(body.at("raised").at(0).at("id") == "clock_off");
    CHECK(body.at("raised").at(0).at("terminal") == serial);
    CHECK(body.at("raised").at(0).at("message").as_string().find("3 days ahead") != json::string::npos);
    CHECK(body.at("raised").at(0).at("message_id").as_string().find("3 hari") != json::string::npos);
    right_clock(app);
    REQUIRE(await([&] { return receiver.count() == 2; }, 30s));
    const auto over = json::parse(receiver.taken()[1].body);
    CHECK(over.at("raised").as_array().empty());
    CHECK(over.at("cleared").at(0).at("id") == "clock_off");
    CHECK(over.at("id") != body.at("id"));
    CHECK(await(
        [&] { return metrics_line(app, R"(presensi_notifications_total{channel="webhook",outcome="sent"})") == "2"; },
        30s));
    CHECK(receiver.count() == 2);
}

TEST_CASE("only the four urgent alarms are sent") {
    const TemporaryFolder state;
    TinyHttp receiver;
    RunningApp app(with_webhook(state, url_of(receiver.port())), "2026-11-20T00:00:00Z", {}, quick());
    app.set_synchronised(false);
    exchange(app.terminal_port(),
             post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial), "nonsense\n"));
    REQUIRE(
        await([&] { return metrics_line(app, R"(presensi_alarms{alarm="new_rejects",urgent="false"})") == "1"; }, 30s));
    app.set_synchronised(true);
    wrong_clock(app);
    REQUIRE(await([&] { return receiver.count() == 1; }, 30s));
    const auto raised = json::parse(receiver.taken()[0].body).at("raised").as_array();
    REQUIRE(raised.size() == 1);
    CHECK(raised[0].at("id") == "clock_off");
}

TEST_CASE("webhook: what arises together is one message, and what stands is told again after a day") {
    const TemporaryFolder state;
    TinyHttp receiver;
    auto settings = RunningApp::settings(state.path());
    settings.alarms.webhook = {url_of(receiver.port()), config::Secret(secret)};
    for (int i = 0; i < 60; ++i) {
        config::TerminalSettings terminal;
        terminal.serial = fmt::format("TST{:02}", i);
        settings.terminals.push_back(terminal);
    }
    auto hooks = quick();
    hooks.news.gather = 2s;
    RunningApp app(settings, "2026-11-20T00:00:00Z", {}, hooks);
    for (const auto& terminal : settings.terminals) wrong_clock(app, terminal.serial);
    // However slow this machine is, they come in few messages, and each of them once.
    std::size_t told = 0;
    REQUIRE(await(
        [&] {
            told = 0;
            for (const auto& request : receiver.taken())
                told += json::parse(request.body).at("raised").as_array().size();
            return told >= 60;
        },
        60s));
    CHECK(told == 60);
    CHECK(receiver.count() <= 10);
    const auto before = receiver.count();
    app.set_now("2026-11-21T00:00:01Z");
    std::size_t standing = 0;
    REQUIRE(await(
        [&] {
            standing = 0;
            const auto all = receiver.taken();
            for (std::size_t i = before; i < all.size(); ++i)
                standing += json::parse(all[i].body).at("standing").as_array().size();
            return standing >= 60;
        },
        60s));
    CHECK(standing == 60);
}

TEST_CASE(
    "webhook: receivers that refuse, fail, hang, dawdle or are something else get it when they are well, in order, "
    "once") {
    using Manner = TinyHttp::Manner;
    const struct {
        const char* name;
        Manner manner;
    } bad_ones[] = {{"500", Manner::failing},
                    {"hangs", Manner::hanging},
                    {"no HTTP", Manner::not_http},
                    {"redirects", Manner::redirecting}};
    for (const auto& bad : bad_ones) {
        CAPTURE(bad.name);
        const TemporaryFolder state;
        TinyHttp receiver(bad.manner);
        RunningApp app(with_webhook(state, url_of(receiver.port())), "2026-11-20T00:00:00Z", {}, quick());
        wrong_clock(app);
        REQUIRE(await([&] { return receiver.count() >= 2; }, 60s));
        check_intake(app, 1);  // it ends the alarm, too
        REQUIRE(await(
            [&] { return metrics_line(app, R"(presensi_alarms{alarm="alarms_unsent",urgent="false"})") == "1"; }, 60s));
        const auto tries = receiver.count();
        receiver.be(Manner::slow);
        REQUIRE(await(
            [&] {
                return metrics_line(app, R"(presensi_notifications_total{channel="webhook",outcome="sent"})") == "2";
            },
            60s));
        CHECK(metrics_line(app, R"(presensi_alarms{alarm="alarms_unsent",urgent="false"})") == "0");
        CHECK(metrics_line(app, R"(presensi_notifications_waiting{channel="webhook"})") == "0");
        const auto all = receiver.taken();
        REQUIRE(all.size() >= tries + 2);
        CHECK(json::parse(all[all.size() - 2].body).at("raised").as_array().size() == 1);
        CHECK(json::parse(all.back().body).at("cleared").as_array().size() == 1);
        // A receiver that had it before knows it by its id.
        CHECK(json::parse(all[0].body).at("id") == json::parse(all[all.size() - 2].body).at("id"));
    }
}

TEST_CASE("webhook: nobody listens there, until somebody does") {
    const TemporaryFolder state;
    const std::uint16_t port = steady_port();
    RunningApp app(with_webhook(state, url_of(port)), "2026-11-20T00:00:00Z", {}, quick());
    wrong_clock(app);
    REQUIRE(await(
        [&] { return metrics_line(app, R"(presensi_notifications_total{channel="webhook",outcome="failed"})") > "0"; },
        60s));
    check_intake(app, 1);
    TinyHttp receiver(TinyHttp::Manner::good, port);
    CHECK(await([&] { return receiver.count() >= 2; }, 60s));
}

TEST_CASE("a stop waits for nobody who hangs") {
    const TemporaryFolder state;
    TinyHttp receiver(TinyHttp::Manner::hanging);
    TinySmtp relay(TinySmtp::Manner::hanging);
    auto settings = with_webhook(state, url_of(receiver.port()));
    settings.alarms.mail.relay = "127.0.0.1";
    settings.alarms.mail.port = relay.port();
    settings.alarms.mail.to = {"admin@diskominfo.example"};
    settings.alarms.heartbeat = {url_of(receiver.port()), 10s};
    auto hooks = quick();
    hooks.patience = {1h, 1h, 1h, 1h};
    RunningApp app(settings, "2026-11-20T00:00:00Z", {}, hooks);
    wrong_clock(app);
    REQUIRE(await([&] { return receiver.count() >= 2; }, 30s));  // the heartbeat and the alarm
    const auto began = std::chrono::steady_clock::now();
    app.stop();
    CHECK(std::chrono::steady_clock::now() - began < 30s);
}

TEST_CASE("webhook over TLS: only a certificate that is trusted and of that name is good enough") {
    const TemporaryFolder state;
    const TestCertificate good("localhost");
    const TestCertificate other("other.example");
    const struct {
        const char* name;
        const TestCertificate& served;
        const TestCertificate& trusted;
        bool arrives;
    } cases[] = {
        {"trusted", good, good, true}, {"not trusted", good, other, false}, {"of another name", other, other, false}};
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const TemporaryFolder folder;
        TlsServer receiver(c.served, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        auto settings = with_webhook(folder, url_of(receiver.port(), true, "localhost"));
        settings.alarms.ca_file = c.trusted.certificate_file();
        auto hooks = quick();
        hooks.resolve = [](const std::string&) {
            return std::vector<boost::asio::ip::address>{boost::asio::ip::make_address("127.0.0.1")};
        };
        RunningApp app(settings, "2026-11-20T00:00:00Z", {}, hooks);
        wrong_clock(app);
        const std::string counted = fmt::format(R"(presensi_notifications_total{{channel="webhook",outcome="{}"}})",
                                                c.arrives ? "sent" : "failed");
        CHECK(await([&] { return !metrics_line(app, counted).empty() && metrics_line(app, counted) != "0"; }, 30s));
        CHECK((receiver.taken().find("\"clock_off\"") != std::string::npos) == c.arrives);
    }
}

TEST_CASE("mail: by a relay, in both languages, with headers that nobody can break") {
    const TemporaryFolder state;
    TinySmtp relay;
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.terminals[0].name = "Apel \xe2\x80\x9cIV\xe2\x80\x9d";
    settings.alarms.mail = {"127.0.0.1",
                            relay.port(),
                            "presensi@diskominfo.example",
                            {"admin@diskominfo.example", "sekda@diskominfo.example"}};
    RunningApp app(settings, "2026-11-20T00:00:00Z", {}, quick());
    wrong_clock(app);
    REQUIRE(await([&] { return !relay.taken().empty(); }, 30s));
    const auto mail = relay.taken()[0];
    CHECK(mail.from == "<presensi@diskominfo.example>");
    CHECK(mail.to == std::vector<std::string>{"<admin@diskominfo.example>", "<sekda@diskominfo.example>"});
    CHECK(mail.text.find("Subject: =?UTF-8?B?") != std::string::npos);
    std::string body = mail.text.substr(mail.text.find("\r\n\r\n") + 4);
    body.resize(body.size() - 5);  // the lonely dot
    std::erase(body, '\r');
    std::erase(body, '\n');
    std::string text;
    REQUIRE(access::decode_base64(body, text));
    CHECK(text.find("Jam Apel \xe2\x80\x9cIV\xe2\x80\x9d meleset") != std::string::npos);
    CHECK(text.find("The clock of Apel \xe2\x80\x9cIV\xe2\x80\x9d is off") != std::string::npos);
    CHECK(await([&] { return !relay.said().empty() && relay.said().back() == "QUIT"; }, 30s));
}

TEST_CASE("mail: a relay that is busy, refuses us or hangs gets it later") {
    using Manner = TinySmtp::Manner;
    for (const auto manner : {Manner::busy, Manner::refusing_us, Manner::hanging}) {
        CAPTURE(static_cast<int>(manner));
        const TemporaryFolder state;
        TinySmtp relay(manner);
        auto settings = RunningApp::settings(state.path(), {serial});
        settings.alarms.mail = {"127.0.0.1", relay.port(), "presensi@diskominfo.example", {"admin@diskominfo.example"}};
        RunningApp app(settings, "2026-11-20T00:00:00Z", {}, quick());
        wrong_clock(app);
        REQUIRE(await(
            [&] {
                return metrics_line(app, R"(presensi_notifications_total{channel="mail",outcome="failed"})") >= "2";
            },
            60s));
        check_intake(app, 1);
        CHECK(relay.taken().empty());
        relay.be(Manner::good);
        CHECK(await([&] { return relay.taken().size() == 2; }, 60s));
    }
}

TEST_CASE("F27: a resolver that fails or hangs keeps nobody waiting, and the last good address serves") {
    const TemporaryFolder state;
    TinyHttp receiver;
    std::atomic<int> way{0};  // 0: answers, 1: fails, 2: hangs
    std::atomic<bool> over{false};
    auto hooks = quick();
    hooks.resolve = [&](const std::string& host) {
        CHECK(host == "alarms.example");
        while (way == 2 && !over) std::this_thread::sleep_for(10ms);
        if (way != 0) return std::vector<boost::asio::ip::address>{};
        return std::vector<boost::asio::ip::address>{boost::asio::ip::make_address("127.0.0.1")};
    };
    {
        RunningApp app(with_webhook(state, url_of(receiver.port(), false, "alarms.example")), "2026-11-20T00:00:00Z",
                       {}, hooks);
        SUBCASE("never known: it is tried on until it is") {
            way = 1;
            wrong_clock(app);
            REQUIRE(await(
                [&] {
                    return metrics_line(app, R"(presensi_notifications_total{channel="webhook",outcome="failed"})") >
                           "0";
                },
                60s));
            check_intake(app, 1);
            CHECK(receiver.count() == 0);
            way = 0;
            CHECK(await([&] { return receiver.count() == 2; }, 60s));
        }
        SUBCASE("fails, later hangs: as it was known before") {
            wrong_clock(app);
            REQUIRE(await([&] { return receiver.count() == 1; }, 60s));
            way = 1;
            right_clock(app);
            REQUIRE(await([&] { return receiver.count() == 2; }, 60s));
            way = 2;
            REQUIRE(push(app, "2026-11-23 08:00:01").body == "OK: 1");
            check_intake(app, 1);
            REQUIRE(push(app, "2026-11-23 08:00:02").body == "OK: 1");
            CHECK(await([&] { return receiver.count() >= 3; }, 60s));
            const auto began = std::chrono::steady_clock::now();
            app.stop();
            CHECK(std::chrono::steady_clock::now() - began < 30s);
        }
    }
    over = true;
    way = 1;
    std::this_thread::sleep_for(100ms);  // what hung looks at `over` once more; nothing is judged by it
}

TEST_CASE("heartbeat: only while punches are taken") {
    const TemporaryFolder state;
    TinyHttp watcher;
    auto settings = RunningApp::settings(state.path(), {serial});
    settings.alarms.heartbeat = {url_of(watcher.port()), 1s};
    RunningApp app(settings, "2026-11-20T00:00:00Z", {}, quick());
    REQUIRE(await([&] { return watcher.count() >= 2; }, 30s));
    CHECK(watcher.taken()[0].method == "GET");
    CHECK(watcher.taken()[0].target == "/alarms?to=admin");
    app.stop();
    const auto before = watcher.count();
    std::this_thread::sleep_for(1500ms);
    CHECK(watcher.count() == before);
}

TEST_CASE("heartbeat: silent while nothing is taken, and back when it is") {
    const TemporaryFolder state;
    TinyHttp watcher;
    std::atomic<bool> works{true};
    // The pieces alone: what makes a store go away is another test's matter.
    boost::asio::io_context io;
    config::Settings settings;
    settings.alarms.heartbeat = {url_of(watcher.port()), 1s};
    Alarms alarms;
    notify::Notifier notifier(
        io, settings, alarms, system_now, [&] { return works.load(); }, quick());
    notifier.start();
    std::thread thread([&] { io.run(); });
    CHECK(await([&] { return watcher.count() >= 1; }, 30s));
    works = false;
    std::this_thread::sleep_for(1200ms);  // one may be on its way
    const auto before = watcher.count();
    std::this_thread::sleep_for(2500ms);
    CHECK(watcher.count() == before);
    works = true;
    CHECK(await([&] { return watcher.count() > before; }, 30s));
    boost::asio::post(io, [&] { notifier.stop(); });
    thread.join();
}
