// The daemon as a service manager meets it: its state, signs of life, sockets that it hands over, restarts.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <memory>
#include <thread>

#include "tests/end_to_end/fire.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_store.hpp"
#include "tests/terminals/comparison.hpp"
#include "tests/terminals/fleet.hpp"

using namespace presensi::test;
using namespace presensi::terminals;
using namespace std::chrono_literals;

namespace {

constexpr auto serial = "TST7240100001";
constexpr auto sign_of_life = "WATCHDOG=1";
const std::string often = "WATCHDOG_USEC=2000000";  // 2 s: a sign every 0.2 s

std::filesystem::path write_config(const std::filesystem::path& folder, std::uint16_t terminal_port = 0,
                                   std::uint16_t admin_port = 0) {
    write_file(folder / "presensi.yaml",
               fmt::format("terminal_listener: {{ address: 127.0.0.1, port: {} }}\nadmin_listener: {{ port: {} }}\n"
                           "{}terminals:\n  - serial: {}\n",
                           terminal_port, admin_port, storage_in_yaml(folder), serial));
    return folder / "presensi.yaml";
}

std::string upload_of(const std::string& lines) {
    return post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial), lines);
}

// A listening socket as a service manager holds it.
class HeldSocket {
public:
    HeldSocket() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
        REQUIRE(listen(socket_, 4096) == 0);
        REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    ~HeldSocket() { close(socket_); }
    HeldSocket(const HeldSocket&) = delete;
    HeldSocket& operator=(const HeldSocket&) = delete;
    int descriptor() const { return socket_; }
    std::uint16_t port() const { return port_; }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

std::string refusal_of(const std::filesystem::path& config, const std::filesystem::path& folder,
                       const ServiceManager& manager) {
    try {
        const DaemonProcess daemon(config, folder, false, manager);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "it served";
}

// Connects again and again, and counts how often nobody was there.
class Caller {
public:
    explicit Caller(std::uint16_t port) : thread_([this, port] { call(port); }) {}
    ~Caller() { stop(); }
    void stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    long calls() const { return calls_; }
    long refused() const { return refused_; }

private:
    void call(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        while (!stopping_) {
            const int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (connect(line, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ++refused_;
            ++calls_;
            close(line);
            std::this_thread::sleep_for(2ms);
        }
    }

    std::atomic<bool> stopping_{false};
    std::atomic<long> calls_{0};
    std::atomic<long> refused_{0};
    std::thread thread_;
};

}  // namespace

TEST_CASE("the service manager hears READY, signs of life while nothing happens, STOPPING") {
    const TemporaryFolder folder;
    const NotifySocket manager(folder.path() / "notify");
    DaemonProcess daemon(write_config(folder.path()), folder.path(), false, {{manager.variable(), often}});
    CHECK(manager.receive_one("") == "READY=1");
    for (int i = 0; i < 20; ++i) CHECK(manager.receive() == sign_of_life);
    daemon.signal(SIGTERM);
    CHECK(manager.receive_one("STOPPING") == "STOPPING=1");
    CHECK(daemon.wait() == 0);
}

TEST_CASE("a service manager that does not listen holds nobody up") {
    const TemporaryFolder folder;
    const NotifySocket manager(folder.path() / "notify");
    // 1 ms: the queue of the socket is full at once.
    DaemonProcess daemon(write_config(folder.path()), folder.path(), false,
                         {{manager.variable(), "WATCHDOG_USEC=10000"}, {}});
    std::this_thread::sleep_for(3s);
    for (int i = 0; i < 20; ++i) CHECK(http_get(daemon.admin_port(), "/healthz").status == 200);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

TEST_CASE("without a watchdog, or with another process's, no sign of life is sent") {
    const TemporaryFolder folder;
    const NotifySocket manager(folder.path() / "notify");
    for (const std::string& pid : {std::string(), std::string("WATCHDOG_PID=1")}) {
        CAPTURE(pid);
        std::vector<std::string> environment{manager.variable()};
        if (!pid.empty()) environment.insert(environment.end(), {often, pid});
        DaemonProcess daemon(write_config(folder.path()), folder.path(), false, {environment});
        CHECK(manager.receive() == "READY=1");
        CHECK(manager.receive(2s) == "nothing");
        daemon.signal(SIGTERM);
        CHECK(daemon.wait() == 0);
        CHECK(manager.receive() == "STOPPING=1");
    }
}

TEST_CASE("a daemon that stands still gives no sign of life; when it goes on, it serves and nothing is lost (F31)") {
    const auto still = std::chrono::seconds(from_environment("PRESENSI_STILL_SECONDS", 4));
    const TemporaryFolder folder;
    const NotifySocket manager(folder.path() / "notify");
    DaemonProcess daemon(write_config(folder.path()), folder.path(), false, {{manager.variable(), often}});
    CHECK(exchange(daemon.terminal_port(), upload_of("1\t2026-11-20 07:58:30\t0\t1\n")).body == "OK: 1");
    REQUIRE(manager.receive_one(sign_of_life) == sign_of_life);
    daemon.signal(SIGSTOP);
    REQUIRE(manager.falls_silent(1s, 20s));
    RawConnection waiting(daemon.terminal_port());  // the kernel takes it
    REQUIRE(waiting.send(upload_of("2\t2026-11-20 07:59:30\t0\t1\n")));
    CHECK(manager.receive(still) == "nothing");
    daemon.signal(SIGCONT);
    CHECK(manager.receive_one(sign_of_life) == sign_of_life);
    CHECK(waiting.receive().body == "OK: 1");
    CHECK(exchange(daemon.terminal_port(), upload_of("3\t2026-11-20 08:00:30\t0\t1\n")).body == "OK: 1");
    CHECK(count_rows(folder.path(), "punch") == 3);
    CHECK(http_get(daemon.admin_port(), "/readyz").status == 200);
}

TEST_CASE("sockets that are handed over: who called before the start is served, and so is the page") {
    const TemporaryFolder folder;
    const HeldSocket terminals;
    const HeldSocket admin;
    RawConnection early(terminals.port());
    REQUIRE(early.send(upload_of("1\t2026-11-20 07:58:30\t0\t1\n")));
    const auto config = write_config(folder.path(), terminals.port(), admin.port());
    const ServiceManager manager{{}, {{admin.descriptor(), "admin"}, {terminals.descriptor(), "terminals"}}};
    {
        DaemonProcess daemon(config, folder.path(), false, manager);
        CHECK(daemon.terminal_port() == terminals.port());
        CHECK(daemon.admin_port() == admin.port());
        CHECK(early.receive().body == "OK: 1");
        CHECK(http_get(admin.port(), "/healthz").status == 200);
        daemon.signal(SIGTERM);
        CHECK(daemon.wait() == 0);
    }
    // Between two daemons.
    RawConnection between(terminals.port());
    REQUIRE(between.send(upload_of("2\t2026-11-20 07:59:30\t0\t1\n")));
    DaemonProcess daemon(config, folder.path(), false, manager);
    CHECK(between.receive().body == "OK: 1");
    CHECK(count_rows(folder.path(), "punch") == 2);
}

TEST_CASE("one socket that is handed over, the other one its own") {
    const TemporaryFolder folder;
    const HeldSocket terminals;
    const DaemonProcess daemon(write_config(folder.path(), terminals.port()), folder.path(), false,
                               {{}, {{terminals.descriptor(), "terminals"}}});
    CHECK(daemon.terminal_port() == terminals.port());
    CHECK(http_get(daemon.admin_port(), "/healthz").status == 200);
}

TEST_CASE("sockets that nobody can use are refused with a sentence") {
    const TemporaryFolder folder;
    const HeldSocket held;
    struct Case {
        std::string name;
        std::vector<std::pair<int, std::string>> sockets;
        std::string sentence;
    };
    const int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const Case cases[] = {
        {"another port than the configuration", {{held.descriptor(), "terminals"}}, "terminal_listener is 127.0.0.1"},
        {"no name", {{held.descriptor(), "unknown"}}, "a socket named \"unknown\""},
        {"a name twice", {{held.descriptor(), "admin"}, {held.descriptor(), "admin"}}, "a socket named \"admin\""},
        {"of this machine only", {{local, "terminals"}}, "is no TCP socket"},
    };
    const auto config = write_config(folder.path(), steady_port());
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string refusal = refusal_of(config, folder.path(), {{}, c.sockets});
        CAPTURE(refusal);
        CHECK(refusal.find("ended with 1") != std::string::npos);
        CHECK(refusal.find(c.sentence) != std::string::npos);
    }
    close(local);
}

TEST_CASE("restarts under 64 terminals with a socket that stays open: nobody is refused, nothing is lost (F37)") {
    const unsigned restarts = from_environment("PRESENSI_RESTARTS", 4);
    FleetOptions options = busy_fleet();
    const TemporaryFolder folder;
    const HeldSocket terminals;
    const HeldSocket admin;
    const ServiceManager manager{{}, {{terminals.descriptor(), "terminals"}, {admin.descriptor(), "admin"}}};
    const auto config =
        write_fleet_config(folder.path(), storage_in_yaml(folder.path()), terminals.port(), admin.port(), options);
    options.server = Url::decode(fmt::format("http://127.0.0.1:{}", terminals.port()));
    auto daemon = std::make_unique<DaemonProcess>(config, folder.path(), false, manager);
    Crowd crowd(options);
    Caller caller(terminals.port());
    std::size_t acknowledged_before = 0;
    for (unsigned restart = 0; restart < restarts; ++restart) {
        CAPTURE(restart);
        REQUIRE(await([&] { return crowd.acknowledged() > acknowledged_before + 50; }, 60s));
        daemon->signal(SIGTERM);
        CHECK(daemon->wait() == 0);
        CHECK(daemon->log().find("everything that was accepted is stored") != std::string::npos);
        const auto acknowledged = crowd.fleet.ledger().acknowledged();
        CHECK(missing(acknowledged, stored_punches(folder.path())).empty());
        acknowledged_before = acknowledged.size();
        daemon = std::make_unique<DaemonProcess>(config, folder.path(), false, manager);
    }
    crowd.fleet.stop_creating();
    REQUIRE(await([&] { return crowd.fleet.settled(); }, 120s));
    caller.stop();
    CHECK(caller.refused() == 0);
    const auto created = crowd.fleet.ledger().created();
    const auto stored = stored_punches(folder.path());
    CHECK(std::equal(created.begin(), created.end(), stored.begin(), stored.end()));
    const Totals totals = crowd.fleet.totals();
    CAPTURE(totals.first_complaint);
    CHECK(totals.wrong_count == 0);
    CHECK(totals.refused == 0);  // no 5xx
    MESSAGE(restarts << " restarts: " << created.size() << " punches created, all stored once; " << caller.calls()
                     << " connections beside them, none refused; " << totals.no_answer << " uploads without an answer");
}
