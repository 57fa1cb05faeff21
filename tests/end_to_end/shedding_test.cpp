// What goes first when there is not enough for all: memory, descriptors, patience.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "protocol/text_fields.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/running_app.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

namespace {

std::string serial_of(int terminal) { return fmt::format("TST{:05}", terminal); }

std::filesystem::path write_config(const std::filesystem::path& folder, int terminals, std::string_view more = {}) {
    std::string config = fmt::format(
        "terminal_listener: {{ address: 127.0.0.1, port: 0 }}\nadmin_listener: {{ port: 0 }}\n{}terminals:\n", more);
    for (int i = 0; i < terminals; ++i) config += "  - serial: " + serial_of(i) + "\n";
    write_file(folder / "presensi.yaml", config);
    return folder / "presensi.yaml";
}

std::string upload(int terminal, std::string_view body) {
    return post_request(fmt::format("/iclock/cdata?SN={}&table=ATTLOG&Stamp=1", serial_of(terminal)), body);
}

// As a terminal writes it just now.
std::string live_punch(int pin) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() + 8h);
    std::string text = format_utc(std::chrono::time_point_cast<std::chrono::milliseconds>(now)).substr(0, 19);
    text[10] = ' ';
    return fmt::format("{}\t{}\t0\t1\n", pin, text);
}

int number_from(const char* name, int usual) {
    const char* text = std::getenv(name);
    return text == nullptr ? usual : std::atoi(text);
}

template <typename Question>
bool within(std::chrono::seconds time, const Question& is_so) {
    const auto until = Steady::now() + time;
    while (Steady::now() < until) {
        if (is_so()) return true;
        std::this_thread::sleep_for(20ms);
    }
    return is_so();
}

// Half of a body that was announced.
std::unique_ptr<RawConnection> half_a_body(std::uint16_t port, std::string_view head, std::size_t size) {
    auto connection = std::make_unique<RawConnection>(port);
    connection->send(fmt::format("{}Content-Length: {}\r\n\r\n", head, size));
    connection->send(std::string(size / 2, '\n'));
    return connection;
}

}  // namespace

TEST_CASE(
    "T08 with memory for bodies almost used up: files and pulls are refused, then histories, live punches never") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {"TST00000", "TST00001"});
    settings.limits.body = 1'000'000;
    settings.limits.bodies_in_flight = 1'000'000;
    RunningApp app(settings);
    const std::string history_head =
        "POST /iclock/cdata?SN=TST00000&table=ATTLOG HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
    const auto status = [&] { return http_get(app.admin_port(), "/api/v1/status").body; };
    std::vector<std::unique_ptr<RawConnection>> held;
    const auto hold = [&](std::size_t bytes, std::size_t all) {
        held.push_back(half_a_body(app.terminal_port(), history_head, bytes * 2));
        REQUIRE(within(
            30s, [&] { return status().find(fmt::format("\"bodies_in_flight\":{}", all)) != std::string::npos; }));
    };
    const auto bring_list = [&] {
        return exchange(app.admin_port(), post_request("/api/v1/people", std::string(100'000, 'x'))).status;
    };
    const auto history = [&] { return exchange(app.terminal_port(), upload(0, std::string(100'000, '\n'))).status; };
    const auto live = [&](int pin) { return exchange(app.terminal_port(), upload(1, live_punch(pin))).body; };

    CHECK(bring_list() == 422);  // it is no list; but it was read
    CHECK(history() == 200);
    hold(350'000, 350'000);
    hold(300'000, 650'000);
    CHECK(bring_list() == 503);
    CHECK(exchange(app.admin_port(), post_request("/api/v1/terminals/TST00000/pulls", "{}")).status == 503);
    CHECK(history() == 200);
    CHECK(live(1) == "OK: 1");
    hold(140'000, 790'000);
    CHECK(history() == 503);
    for (int pin = 2; pin < 50; ++pin) CHECK(live(pin) == "OK: 1");
    held.clear();
    REQUIRE(within(30s, [&] { return status().find("\"bodies_in_flight\":0") != std::string::npos; }));
    CHECK(history() == 200);
    CHECK(bring_list() == 422);
}

TEST_CASE("T08 at the limit of connections: nobody keeps one for later, the work goes on") {
    const TemporaryFolder state;
    auto settings = RunningApp::settings(state.path(), {"TST00000"});
    settings.limits.connections = 20;
    settings.limits.connections_per_address = 20;
    RunningApp app(settings);
    const std::string ping = "GET /iclock/ping?SN=TST00000 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n";
    std::vector<std::unique_ptr<RawConnection>> kept;
    for (int i = 0; i < 18; ++i) {
        kept.push_back(std::make_unique<RawConnection>(app.terminal_port()));
        kept.back()->send(ping);
        CHECK(kept.back()->receive().header("Connection") == "keep-alive");
    }
    RawConnection nineteenth(app.terminal_port());
    nineteenth.send(ping);
    CHECK(nineteenth.receive().header("Connection") == "close");
    for (int i = 0; i < 100; ++i) CHECK(exchange(app.terminal_port(), upload(0, live_punch(i))).body == "OK: 1");
}

TEST_CASE("T08 while four fifths of the connections are at work files come again later, also in chunks") {
    const TemporaryFolder state;
    DaemonProcess daemon(write_config(state.path(), 1, "limits: { connections: 10, connections_per_address: 10 }\n"),
                         state.path());
    const std::string target = "POST /api/v1/terminals/TST00000/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    const auto announced = [&](const std::string& file) {
        return exchange(daemon.admin_port(), fmt::format("{}Content-Length: {}\r\n\r\n{}", target, file.size(), file));
    };
    const auto chunked = [&](const std::string& file) {
        return exchange(daemon.admin_port(), fmt::format("{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                                                         target, file.size(), file));
    };
    const auto file_of = [](int day, int lines) {
        std::string file;
        for (int i = 0; i < lines; ++i)
            file += fmt::format("1\t2026-11-{:02} 07:{:02}:{:02}\t1\t0\t1\t0\r\n", day, i / 60, i % 60);
        return file;
    };
    CHECK(chunked(file_of(2, 1000)).status == 201);  // alone it comes in
    std::vector<std::unique_ptr<RawConnection>> at_work;
    for (int i = 0; i < 8; ++i) {
        at_work.push_back(std::make_unique<RawConnection>(daemon.admin_port()));
        at_work.back()->send("GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    }
    CHECK(within(30s, [&] { return announced(file_of(3, 1000)).status == 503; }));
    const auto refused = chunked(file_of(3, 1000));
    CHECK(refused.status == 503);
    CHECK(refused.body.find("too much at once") != std::string::npos);
    CHECK(announced(file_of(4, 1)).status == 201);
    CHECK(chunked(file_of(5, 1)).status == 201);
    at_work.clear();
    CHECK(within(30s, [&] { return chunked(file_of(3, 1000)).status == 201; }));
}

TEST_CASE("T08 a client that does not read its answer is closed, and holds nobody up") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST00000"}));
    std::string history;
    for (int i = 0; i < 10'000; ++i) history += fmt::format("{}\t2026-11-{:02} 07:58:30\t0\t1\n", i, 1 + i % 19);
    REQUIRE(exchange(app.terminal_port(), upload(0, history)).body == "OK: 10000");
    app.settle();
    // Its window is tiny, so that the answer of some MiB finds no room anywhere.
    std::vector<std::unique_ptr<RawConnection>> deaf;
    for (int i = 0; i < 4; ++i) {
        deaf.push_back(std::make_unique<RawConnection>(app.admin_port()));
        const int tiny = 1024;
        setsockopt(deaf.back()->descriptor(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny);
        deaf.back()->send(get_request("/api/v1/punches?limit=10000"));
    }
    std::this_thread::sleep_for(1s);
    CHECK(exchange(app.terminal_port(), upload(0, live_punch(1))).body == "OK: 1");
    CHECK(http_get(app.admin_port(), "/healthz").status == 200);
    std::this_thread::sleep_for(30s);  // 10 s are what a piece of an answer may take, looked at every second
    for (auto& connection : deaf) {
        const int large = 1024 * 1024;
        setsockopt(connection->descriptor(), SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
        const std::string rest = connection->receive_to_end();
        CHECK(rest.size() < 4 * 1024 * 1024);  // cut short
        CHECK_FALSE(rest.ends_with("}\n"));
    }
}

TEST_CASE("T08 a slow reader that goes on reading gets all of a large answer") {
    const TemporaryFolder state;
    RunningApp app(RunningApp::settings(state.path(), {"TST00000"}));
    std::string history;
    for (int i = 0; i < 10'000; ++i) history += fmt::format("{}\t2026-11-{:02} 07:58:30\t0\t1\n", i, 1 + i % 19);
    REQUIRE(exchange(app.terminal_port(), upload(0, history)).body == "OK: 10000");
    app.settle();
    RawConnection slow(app.admin_port());
    slow.send(get_request("/api/v1/punches?limit=10000"));
    std::string all;
    std::vector<char> buffer(128 * 1024);
    for (;;) {
        const auto count = recv(slow.descriptor(), buffer.data(), buffer.size(), 0);
        if (count <= 0) break;
        all.append(buffer.data(), static_cast<std::size_t>(count));
        std::this_thread::sleep_for(300ms);
    }
    CHECK(all.ends_with("}\n"));
}

TEST_CASE(
    "F30 with 64 file descriptors: it serves, waits without spinning when all are taken, and recovers by itself") {
#ifdef PRESENSI_SANITIZED
    MESSAGE("SKIPPED: UBSan opens a pipe to see whether an object is one, and says it is none when it cannot");
    return;
#endif
    const TemporaryFolder state;
    DaemonProcess daemon(write_config(state.path(), 1), state.path(), false, {.descriptors = 64});
    REQUIRE(exchange(daemon.terminal_port(), upload(0, live_punch(1))).body == "OK: 1");
    const auto idle = daemon.open_descriptors();
    MESSAGE("idle it has " << idle << " open");
    {
        // More than there can be, from two sides; all of them at work, so that none may be closed for another.
        std::vector<std::unique_ptr<RawConnection>> crowd;
        for (int i = 0; i < 100; ++i) {
            crowd.push_back(std::make_unique<RawConnection>(i % 2 == 0 ? daemon.terminal_port() : daemon.admin_port()));
            crowd.back()->send("G");
        }
        const auto before = daemon.processor_time();
        std::this_thread::sleep_for(3s);
        CHECK(daemon.processor_time() - before < 1500ms);
        CHECK(daemon.open_descriptors() <= 64);
        int served = 0;
        for (int i = 0; i < 20; ++i)
            served += exchange(daemon.terminal_port(), upload(0, live_punch(i))).body == "OK: 1";
        CHECK(served == 20);  // whoever only waits makes room
    }
    CHECK(within(30s, [&] { return daemon.open_descriptors() <= idle; }));
    {
        // All of them at work: answers that nobody reads, so that none may be closed for another.
        std::string history;
        for (int i = 0; i < 10'000; ++i) history += fmt::format("{}\t2026-10-{:02} 07:58:30\t0\t1\n", i, 1 + i % 19);
        REQUIRE(exchange(daemon.terminal_port(), upload(0, history)).body == "OK: 10000");
        daemon.limit_descriptors(idle + 8);
        std::vector<std::unique_ptr<RawConnection>> deaf;
        for (int i = 0; i < 12; ++i) {
            deaf.push_back(std::make_unique<RawConnection>(daemon.admin_port()));
            const int tiny = 1024;
            setsockopt(deaf.back()->descriptor(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny);
            deaf.back()->send(get_request("/api/v1/punches?limit=10000"));
        }
        const auto is_calm = [&] {
            const auto before = daemon.processor_time();
            std::this_thread::sleep_for(3s);
            return daemon.processor_time() - before < 1500ms;
        };
        CHECK(within(60s, is_calm));  // once the answers are made
        CHECK(daemon.open_descriptors() <= idle + 8);
        CHECK(daemon.log().find("almost no file descriptors are left") != std::string::npos);
    }
    CHECK(within(30s, [&] { return daemon.log().find("accepting connections again") != std::string::npos; }));
    CHECK(exchange(daemon.terminal_port(), upload(0, live_punch(2))).body == "OK: 1");
    CHECK(http_get(daemon.admin_port(), "/readyz").status == 200);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

// Bounded here; scripts/prove.sh herd has 600 terminals with more to say.
TEST_CASE("F28 after an outage all terminals send their histories at once: live punches go on, everything arrives") {
    const int terminals = number_from("PRESENSI_HERD_TERMINALS", 60);
    const int rows = number_from("PRESENSI_HERD_ROWS", 2'000);
    const int rows_at_once = 5'000;
    const TemporaryFolder state;
    DaemonProcess daemon(write_config(state.path(), terminals + 10, "limits: { bodies_in_flight: 16MiB }\n"),
                         state.path());
    std::atomic<int> next{0};
    std::atomic<int> told_later{0};
    std::atomic<bool> over{false};
    const auto history_of = [&](int terminal) {
        // 503 is "later", with a pause of its own for each, as a terminal's ErrorDelay.
        std::minstd_rand random(static_cast<unsigned>(terminal));
        for (int first = 0; first < rows; first += rows_at_once) {
            std::string body;
            for (int row = first; row < std::min(rows, first + rows_at_once); ++row)
                body += fmt::format("{}\t2026-{:02}-{:02} 07:{:02}:{:02}\t0\t1\n", 1 + row % 400, 1 + row / 400 % 10,
                                    1 + row / 4000 % 28, row / 112000 % 60, terminal % 60);
            for (;;) {
                RawResponse answer;
                try {
                    answer = exchange(daemon.terminal_port(), upload(terminal, body));
                } catch (const std::runtime_error&) {
                    // Refused connections come again, too.
                }
                if (answer.body.starts_with("OK: ")) break;
                ++told_later;
                std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 200));
            }
        }
    };
    const auto begun = Steady::now();
    std::vector<std::thread> herd;
    for (int i = 0; i < std::min(terminals, 32); ++i) {
        herd.emplace_back([&] {
            for (int terminal = next++; terminal < terminals; terminal = next++) history_of(terminal);
        });
    }
    std::vector<double> seconds;
    int refused = 0;
    std::thread living([&] {
        for (int i = 0; !over || i < 20; ++i) {
            const auto sent = Steady::now();
            refused += exchange(daemon.terminal_port(), upload(terminals + i % 10, live_punch(i))).body != "OK: 1";
            seconds.push_back(std::chrono::duration<double>(Steady::now() - sent).count());
            std::this_thread::sleep_for(20ms);
        }
    });
    for (auto& thread : herd) thread.join();
    const double took = std::chrono::duration<double>(Steady::now() - begun).count();
    over = true;
    living.join();
    std::sort(seconds.begin(), seconds.end());
    MESSAGE(terminals << " terminals, " << rows << " rows each: " << took << " s, "
                      << static_cast<long>(terminals) * rows / took << " rows/s, " << told_later.load()
                      << " times later; " << seconds.size() << " live punches, p99 "
                      << seconds[seconds.size() * 99 / 100] << " s, highest memory "
                      << daemon.resident_kib("VmHWM") / 1024 << " MiB");
    CHECK(refused == 0);
    CHECK(daemon.resident_kib("VmHWM") < memory_factor * 256 * 1024);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    // Of each terminal as many as it has different rows.
    const auto per_terminal = stored_texts(
        state.path(),
        "SELECT count(*) FROM punch JOIN terminal ON terminal.id = terminal_id WHERE grade <> 'live' GROUP BY serial");
    CHECK(per_terminal.size() == static_cast<std::size_t>(terminals));
    for (const auto& count : per_terminal) CHECK(count == std::to_string(rows));
}

// Bounded here; scripts/prove.sh strangers asks a million times.
TEST_CASE("T19 a flood of serials that nobody knows: bounded rows and memory, no OK, and the good ones go on") {
    const int questions = number_from("PRESENSI_STRANGERS", 30'000);
    const TemporaryFolder state;
    DaemonProcess daemon(write_config(state.path(), 2), state.path());
    REQUIRE(exchange(daemon.terminal_port(), upload(0, live_punch(0))).body == "OK: 1");
    const auto files = [&] {
        std::uintmax_t bytes = 0;
        for (const auto& entry : std::filesystem::directory_iterator(state.path()))
            if (entry.path().filename().string().starts_with("presensi.db")) bytes += entry.file_size();
        return bytes;
    };
    std::atomic<bool> over{false};
    std::atomic<int> failures{0};
    std::vector<double> seconds;
    std::thread good([&] {
        for (int i = 0; !over; ++i) {
            const auto sent = Steady::now();
            failures += exchange(daemon.terminal_port(), upload(0, live_punch(i))).body != "OK: 1";
            seconds.push_back(std::chrono::duration<double>(Steady::now() - sent).count());
            std::this_thread::sleep_for(10ms);
        }
    });
    const auto flood = [&](int from, int to) {
        std::mt19937 random(static_cast<unsigned>(from));
        RawConnection stranger(daemon.terminal_port());
        for (int i = from; i < to; ++i) {
            stranger.send(
                fmt::format("GET /iclock/cdata?SN=X{:08X}{:04X}&options=all HTTP/1.1\r\nHost: h\r\nConnection: "
                            "keep-alive\r\n\r\n",
                            random(), i % 65536));
            const auto answer = stranger.receive();
            failures += answer.status != 403 || answer.body != "UNKNOWN DEVICE\n";
        }
    };
    flood(0, 2'000);  // fills the list; what comes after must cost nothing
    std::this_thread::sleep_for(6s);
    const auto files_before = files();
    const auto memory_before = daemon.resident_kib();
    flood(2'000, questions);
    const auto grown = daemon.resident_kib() - std::min(memory_before, daemon.resident_kib());
    std::this_thread::sleep_for(6s);
    over = true;
    good.join();
    CHECK(failures == 0);
    CHECK(grown < memory_factor * 8 * 1024);
    CHECK(files() < files_before + 8 * 1024 * 1024);
    std::sort(seconds.begin(), seconds.end());
    MESSAGE(questions << " strangers: memory +" << grown << " KiB, store " << files() / 1024 << " KiB, p99 of the good "
                      << seconds[seconds.size() * 99 / 100] << " s");
    CHECK(http_get(daemon.admin_port(), "/api/v1/status").status == 200);
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    const auto seen = stored_texts(state.path(), "SELECT count(*) FROM terminal WHERE state = 'seen'");
    CHECK(std::stoi(seen.at(0)) <= 1000);
}
