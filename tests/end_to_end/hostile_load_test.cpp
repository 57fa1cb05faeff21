// Slow clients and huge bodies beside good terminals.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi::test;

namespace {

constexpr int good_terminals = 100;
constexpr int slow_connections = 4000;

std::string serial_of(int terminal) { return fmt::format("TSTGOOD{:05}", terminal); }

std::filesystem::path write_config(const std::filesystem::path& folder) {
    std::string config =
        "terminal_listener: { address: 127.0.0.1, port: 0 }\nadmin_listener: { port: 0 }\nterminals:\n";
    for (int i = 0; i < good_terminals; ++i) config += "  - serial: " + serial_of(i) + "\n";
    write_file(folder / "presensi.yaml", config);
    return folder / "presensi.yaml";
}

std::set<std::string> names_in(const std::filesystem::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename());
    return names;
}

std::string upload(int terminal, int minute) {
    return post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=9999", serial_of(terminal)),
                        fmt::format("{}\t2026-11-20 07:{:02}:30\t0\t1\n", terminal + 1, minute));
}

// 4,000 connections that send one byte a second; those that the daemon closes come back.
class SlowCrowd {
public:
    SlowCrowd(std::uint16_t port, int sources) : port_(port), sources_(sources), thread_([this] { run(); }) {}
    ~SlowCrowd() {
        stop_ = true;
        thread_.join();
    }
    int rounds() const { return rounds_; }
    int connected() const { return connected_; }

private:
    void run() {
        const std::string request =
            "POST /iclock/cdata?SN=TSTGOOD00000&table=ATTLOG HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
        std::vector<std::unique_ptr<RawConnection>> crowd(slow_connections);
        std::vector<std::size_t> sent(slow_connections);
        while (!stop_) {
            const auto next = std::chrono::steady_clock::now() + std::chrono::seconds(1);
            int alive = 0;
            for (std::size_t i = 0; i < crowd.size() && !stop_; ++i) {
                if (!crowd[i]) {
                    crowd[i] = std::make_unique<RawConnection>(
                        port_, fmt::format("127.0.1.{}", 1 + i % static_cast<std::size_t>(sources_)));
                    sent[i] = 0;
                }
                if (crowd[i]->send(std::string_view(request).substr(sent[i] % request.size(), 1))) {
                    ++sent[i];
                    ++alive;
                } else {
                    crowd[i].reset();
                }
            }
            connected_ = alive;
            ++rounds_;
            while (!stop_ && std::chrono::steady_clock::now() < next)
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    std::uint16_t port_;
    int sources_;
    std::atomic<bool> stop_{false};
    std::atomic<int> rounds_{0};
    std::atomic<int> connected_{0};
    std::thread thread_;
};

int failures_of_good_terminals(std::uint16_t port, const SlowCrowd& crowd, int until_round) {
    int failures = 0;
    for (int minute = 0; minute < 60 && (minute < 5 || crowd.rounds() < until_round); ++minute) {
        for (int terminal = 0; terminal < good_terminals; ++terminal) {
            try {
                failures += presensi::test::exchange(port, upload(terminal, minute)).body != "OK: 1";
            } catch (const std::runtime_error&) {
                ++failures;
            }
        }
        // A terminal's own pace; what matters is that the slow ones have been there long enough.
        while (crowd.rounds() < until_round && crowd.rounds() < minute)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return failures;
}

}  // namespace

TEST_CASE("4,000 slow connections beside 100 good terminals: none of the good fails") {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    REQUIRE(limit.rlim_cur >= slow_connections + 500);
    const struct {
        const char* name;
        int sources;  // loopback addresses that the slow ones come from
    } cases[] = {{"from many addresses", 50}, {"all from few addresses, over their limit", 4}};
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const TemporaryFolder state;
        DaemonProcess daemon(write_config(state.path()), state.path());
        const auto before = daemon.resident_kib();
        int failures = 0;
        {
            const SlowCrowd crowd(daemon.terminal_port(), c.sources);
            while (crowd.rounds() < 3) std::this_thread::sleep_for(std::chrono::milliseconds(20));
            CHECK(crowd.connected() > (c.sources == 50 ? slow_connections * 9 / 10 : 1000));
            failures = failures_of_good_terminals(daemon.terminal_port(), crowd, 14);
        }
        CHECK(failures == 0);
        CHECK(daemon.resident_kib("VmHWM") - before < memory_factor * 64 * 1024);
        daemon.signal(SIGTERM);
        CHECK(daemon.wait() == 0);
        CHECK(count_rows(state.path(), "punch") % good_terminals == 0);
        CHECK(count_rows(state.path(), "punch") >= 5 * good_terminals);
    }
}

TEST_CASE("the slow ones all come from the address of the good ones: still none of the good fails") {
    const TemporaryFolder state;
    DaemonProcess daemon(write_config(state.path()), state.path());
    std::vector<std::unique_ptr<RawConnection>> idle;
    for (int i = 0; i < 600; ++i) {
        idle.push_back(std::make_unique<RawConnection>(daemon.terminal_port()));
        idle.back()->send("G");
    }
    int failures = 0;
    for (int terminal = 0; terminal < good_terminals; ++terminal)
        failures += exchange(daemon.terminal_port(), upload(terminal, 1)).body != "OK: 1";
    CHECK(failures == 0);
}

TEST_CASE("heads in time and bodies that never come, from the address of the good ones: none of the good fails") {
    const struct {
        const char* name;
        const char* target;
    } cases[] = {{"in the name of a terminal", "/iclock/cdata?SN=TSTGOOD00000&table=ATTLOG"},
                 {"in nobody's name", "/iclock/devicecmd"}};
    for (const auto& c : cases) {
        CAPTURE(c.name);
        const TemporaryFolder state;
        DaemonProcess daemon(write_config(state.path()), state.path());
        std::vector<std::unique_ptr<RawConnection>> slow;
        for (int i = 0; i < 1000; ++i) {
            slow.push_back(std::make_unique<RawConnection>(daemon.terminal_port()));
            slow.back()->send(fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx", c.target));
        }
        int failures = 0;
        for (int terminal = 0; terminal < good_terminals; ++terminal)
            failures += exchange(daemon.terminal_port(), upload(terminal, 1)).body != "OK: 1";
        CHECK(failures == 0);
    }
}

TEST_CASE("bodies that stall give their memory up to those that come") {
    const TemporaryFolder state;
    DaemonProcess daemon(write_config(state.path()), state.path());
    const std::string most(16 * 1024 * 1024 - 1, 'x');
    std::vector<std::unique_ptr<RawConnection>> stalled;
    for (int i = 0; i < 3; ++i) {
        stalled.push_back(std::make_unique<RawConnection>(daemon.terminal_port()));
        stalled.back()->send(
            fmt::format("POST /iclock/cdata?SN=TSTGOOD{:05} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", i,
                        most.size() + 1));
        stalled.back()->send(most);
    }
    const auto within_30_s = [](const auto& is_so) {
        for (int tenth = 0; tenth < 300; ++tenth) {
            if (is_so()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return false;
    };
    const auto in_flight = fmt::format("\"bodies_in_flight\":{}", 3 * most.size());
    REQUIRE(within_30_s(
        [&] { return http_get(daemon.admin_port(), "/api/v1/status").body.find(in_flight) != std::string::npos; }));
    // A history finds no room at first; a live punch always does.
    const std::string history =
        post_request("/iclock/cdata?SN=TSTGOOD00050&table=ATTLOG", std::string(8'000'000, '\n'));
    CHECK(exchange(daemon.terminal_port(), history).body == "ERROR\n");
    CHECK(exchange(daemon.terminal_port(), upload(50, 1)).body == "OK: 1");
    CHECK(within_30_s([&] { return exchange(daemon.terminal_port(), history).body == "OK: 0"; }));
}

TEST_CASE("a body of 1 GiB is refused without growing memory by more than 8 MiB") {
    const TemporaryFolder state;
    DaemonProcess daemon(write_config(state.path()), state.path());
    exchange(daemon.terminal_port(), upload(0, 0));
    const auto before = daemon.resident_kib("VmHWM");
    const std::string chunk(1024 * 1024, 'x');
    const struct {
        const char* name;
        std::string head;
        std::string piece;
        int status;
    } cases[] = {
        {"announced", "Content-Length: 1073741824\r\n\r\n", chunk, 413},
        {"a chunk's line without end", "Transfer-Encoding: chunked\r\n\r\n5;", chunk, 400},
        {"trailers without end", "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: " + chunk + "\r\n", 400},
        {"chunked", "Transfer-Encoding: chunked\r\n\r\n", fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk), 413},
    };
    for (const char* path : {"/iclock/cdata?SN=TSTGOOD00000&table=ATTLOG", "/iclock/fdata?SN=TSTGOOD00000&PhotoStamp=1",
                             "/iclock/devicecmd?SN=TSTGOOD00000"}) {
        for (const auto& c : cases) {
            CAPTURE(path);
            CAPTURE(c.name);
            RawConnection connection(daemon.terminal_port());
            connection.send(fmt::format("POST {} HTTP/1.1\r\nHost: h\r\n{}", path, c.head));
            for (int i = 0; i < 1024; ++i) {
                if (!connection.send(c.piece)) break;
            }
            CHECK(connection.receive().status == c.status);
            CHECK(exchange(daemon.terminal_port(), upload(0, 1)).body == "OK: 1");
        }
    }
    {
        // Requests that never end where a read ends: the buffer must not keep what was answered.
        RawConnection eager(daemon.terminal_port());
        std::string ping = "GET /iclock/ping?SN=TSTGOOD00000 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nX: ";
        ping += std::string(4092 - ping.size(), 'x') + "\r\n\r\n";
        eager.send("GET /iclock/ping?SN=TSTGOOD00000&x=1234567 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
        for (int i = 0; i < 8192; ++i) {
            REQUIRE(eager.send(ping));
            REQUIRE(eager.receive().status == 200);  // to the one before
        }
    }
    {
        RawConnection stranger(daemon.terminal_port());
        stranger.send("POST /iclock/devicecmd HTTP/1.1\r\nHost: h\r\nContent-Length: 16777216\r\n\r\n");
        CHECK(stranger.receive().status == 413);
    }
    {
        RawConnection unknown(daemon.terminal_port());
        unknown.send(
            "POST /iclock/cdata?SN=UNKNOWN&table=ATTLOG HTTP/1.1\r\nHost: h\r\nContent-Length: 1073741824\r\n\r\n");
        CHECK(unknown.receive().status == 403);
    }
    {
        RawConnection admin(daemon.admin_port());
        admin.send(
            "PATCH /api/v1/terminals/TSTGOOD00000 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n");
        CHECK(admin.receive().status == 413);
    }
    CHECK(daemon.resident_kib("VmHWM") - before <= memory_factor * 8 * 1024);
    CHECK(http_get(daemon.admin_port(), "/api/v1/status").body.find("body_too_large") ==
          std::string::npos);  // the next upload cleared it
}

TEST_CASE("files come to the disk: neither 1 GiB nor four of 60 MiB at once are held in memory") {
    const TemporaryFolder state;
    DaemonProcess daemon(write_config(state.path()), state.path());
    const std::string target = "POST /api/v1/terminals/TSTGOOD00000/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    const std::string good = "1\t2026-11-20 07:00:00\t1\t0\t1\t0\r\n";
    const auto bring = [&](const std::string& bytes) {
        return exchange(daemon.admin_port(),
                        fmt::format("{}Content-Length: {}\r\n\r\n{}", target, bytes.size(), bytes));
    };
    CHECK(bring(good).status == 201);
    const auto names = names_in(state.path());
    const auto before = daemon.resident_kib("VmHWM");
    const auto grown_mib = [&] { return (daemon.resident_kib("VmHWM") - before) / 1024; };

    // 64 MiB are allowed.
    const std::string chunk(1024 * 1024, 'x');
    RawConnection announced(daemon.admin_port());
    announced.send(target + "Content-Length: 1073741824\r\n\r\n");
    CHECK(announced.receive().status == 413);
    RawConnection chunked(daemon.admin_port());
    chunked.send(target + "Transfer-Encoding: chunked\r\n\r\n");
    int sent = 0;
    while (sent < 1024 && chunked.send(fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk))) ++sent;
    CHECK(sent >= 64);
    CHECK(chunked.receive().status == 413);
    CHECK(grown_mib() <= memory_factor * 8);

    // They wait half sent; then all of them are there at once.
    std::string garbage;
    while (garbage.size() < 60 * 1024 * 1024)
        garbage += "no punch at all, " + std::to_string(garbage.size()) + std::string(200, '.') + "\n";
    std::vector<std::unique_ptr<RawConnection>> connections;
    for (int i = 0; i < 4; ++i) {
        connections.push_back(std::make_unique<RawConnection>(daemon.admin_port()));
        connections.back()->send(fmt::format("{}Content-Length: {}\r\n\r\n", target, garbage.size()));
        connections.back()->send(std::string_view(garbage).substr(0, garbage.size() - 1));
    }
    CHECK(exchange(daemon.terminal_port(), upload(0, 1)).body == "OK: 1");
    CHECK(grown_mib() <= memory_factor * 16);
    CHECK(names_in(state.path()) == names);
    for (auto& connection : connections) connection->send("\n");
    for (auto& connection : connections) CHECK(connection->receive().status == 422);
    MESSAGE("memory grew by " << grown_mib() << " MiB");
    CHECK(grown_mib() < memory_factor * 150);
    CHECK(bring(good).status == 201);
    CHECK(names_in(state.path()) == names);
}
