// Pulls beside the bare read (goal G13): 100,000 records over loopback, and 60 slow terminals at once beside one alone.
// Prints lines of scripts/bench.sh's results: cell, subject, milliseconds (or records per second).

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "daemon/pull/visit.hpp"
#include "protocol/zk4370/attendance.hpp"
#include "tests/terminals/zk_terminal.hpp"

using namespace presensi;
using namespace presensi::terminals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t records = 100'000;
constexpr int rounds = 5;
constexpr int slow_terminals = 60;
constexpr std::size_t slow_records = 15'000;
constexpr std::size_t slow_rate = 200'000;

double milliseconds_since(Clock::time_point begun) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

std::vector<ZkPunch> some_log(std::size_t count) {
    const auto first = std::chrono::local_days(std::chrono::year{2026} / 1 / 2) + std::chrono::hours(7);
    std::vector<ZkPunch> log(count);
    for (std::size_t i = 0; i < count; ++i) {
        log[i].slot = static_cast<std::uint16_t>(1 + i % 400);
        log[i].pin = std::to_string(1000 + log[i].slot);
        log[i].time = first + std::chrono::seconds(i * 60);
    }
    return log;
}

std::vector<ZkUser> some_users() {
    std::vector<ZkUser> users(400);
    for (std::size_t i = 0; i < users.size(); ++i) {
        users[i].slot = static_cast<std::uint16_t>(1 + i);
        users[i].pin = std::to_string(1000 + users[i].slot);
        users[i].name = fmt::format("Pegawai {}", users[i].slot);
    }
    return users;
}

// On a thread of its own, as another machine would be.
class Site {
public:
    Site(int count, std::size_t log, std::size_t rate) {
        ZkShape shape;
        shape.packet = 65472;
        ZkLine line;
        line.udp = false;
        line.bytes_per_second = rate;
        for (int i = 0; i < count; ++i) {
            ZkIdentity identity;
            identity.serial = fmt::format("TSTBENCH{:05}", i);
            machines_.push_back(std::make_unique<ZkMachine>(identity, shape));
            machines_.back()->set_log(some_log(log));
            machines_.back()->set_users(some_users());
            terminals_.push_back(std::make_unique<ZkTerminal>(io_, *machines_.back(), line));
        }
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Site() {
        io_.stop();
        thread_.join();
    }
    std::uint16_t port(int terminal) const { return terminals_[static_cast<std::size_t>(terminal)]->port(); }

private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> running_ = make_work_guard(io_);
    std::vector<std::unique_ptr<ZkMachine>> machines_;
    std::vector<std::unique_ptr<ZkTerminal>> terminals_;
    std::thread thread_;
};

// Sockets, and nothing that could be left away: connect, prepare, pieces, and the user id and time of each record.
class BareClient {
public:
    explicit BareClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("connect failed");
        }
        const int yes = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    ~BareClient() { ::close(socket_); }

    std::size_t pull() {
        send(1000, {});
        read_packet();
        session_ = static_cast<std::uint16_t>(packet_[12] | packet_[13] << 8);
        send(1503, std::string("\x01\x0d\x00\x00\x00\x00\x00\x00\x00\x00\x00", 11));
        read_packet();
        std::uint32_t total = 0;
        std::memcpy(&total, packet_.data() + 17, 4);
        std::vector<unsigned char> log;
        log.reserve(total);
        while (log.size() < total) {
            const auto size = std::min<std::uint32_t>(65472, total - static_cast<std::uint32_t>(log.size()));
            const std::uint32_t numbers[] = {static_cast<std::uint32_t>(log.size()), size};
            send(1504, {reinterpret_cast<const char*>(numbers), 8});
            for (std::uint32_t got = 0; got < size;) {
                read_packet();
                if ((packet_[8] | packet_[9] << 8) != 1501) continue;
                log.insert(log.end(), packet_.begin() + 16, packet_.end());
                got += static_cast<std::uint32_t>(packet_.size() - 16);
            }
            read_packet();  // the end of the piece
        }
        send(1001, {});
        std::size_t decoded = 0;
        for (std::size_t at = 4; at + 40 <= log.size(); at += 40) {
            std::uint32_t time = 0;
            std::memcpy(&time, log.data() + at + 27, 4);
            decoded += time != 0 && log[at + 2] != 0;
        }
        return decoded;
    }

private:
    void send(std::uint16_t command, const std::string& data) {
        std::string body(8, '\0');
        const std::uint16_t head[] = {command, 0, session_, reply_++};
        std::memcpy(body.data(), head, 8);
        body += data;
        const std::uint16_t sum = zk4370::checksum(body);
        std::memcpy(body.data() + 2, &sum, 2);
        std::string bytes("\x50\x50\x82\x7d\0\0\0\0", 8);
        const auto size = static_cast<std::uint32_t>(body.size());
        std::memcpy(bytes.data() + 4, &size, 4);
        bytes += body;
        if (::send(socket_, bytes.data(), bytes.size(), 0) < 0) throw std::runtime_error("send failed");
    }
    void read_packet() {
        packet_.resize(8);
        receive(0, 8);
        std::uint32_t size = 0;
        std::memcpy(&size, packet_.data() + 4, 4);
        packet_.resize(8 + size);
        receive(8, size);
    }
    void receive(std::size_t at, std::size_t size) {
        while (size > 0) {
            const auto count = ::recv(socket_, packet_.data() + at, size, 0);
            if (count <= 0) throw std::runtime_error("the terminal is gone");
            at += static_cast<std::size_t>(count);
            size -= static_cast<std::size_t>(count);
        }
    }

    int socket_;
    std::uint16_t session_ = 0;
    std::uint16_t reply_ = 0;
    std::vector<unsigned char> packet_;
};

// Visits of the first `count` terminals at once; the slowest one's milliseconds.
double visit(const Site& site, int count, std::size_t expected) {
    boost::asio::io_context io;
    const auto begun = Clock::now();
    double slowest = 0;
    std::vector<std::unique_ptr<pull::Visit>> visits;
    for (int i = 0; i < count; ++i) {
        zk4370::PullRequest request;
        request.this_year = 2026;
        request.attendance = request.users = request.operations = true;
        pull::Visit::Where where{{{"127.0.0.1", site.port(i)}}, std::nullopt, zk4370::Transport::tcp};
        visits.push_back(std::make_unique<pull::Visit>(io, std::move(where), request, pull::Session::Hooks{}));
        boost::asio::co_spawn(
            io, visits.back()->run(), [&, expected](const std::exception_ptr&, pull::Outcome outcome) {
                if (!outcome.result.attendance || outcome.result.attendance->batch.punches.size() != expected) {
                    throw std::runtime_error("a pull was not complete");
                }
                slowest = std::max(slowest, milliseconds_since(begun));
            });
    }
    io.run();
    return slowest;
}

// Records per second of one thread: the layout found, every record tested and decoded.
double decoded_per_second() {
    std::string records_of_log;
    for (const ZkPunch& punch : some_log(records)) records_of_log += encode(ZkLayout::r40, punch);
    const std::string buffer = with_length(records_of_log);
    const std::clock_t begun = std::clock();
    std::clock_t passed = 0;
    std::size_t decoded = 0;
    for (; passed < CLOCKS_PER_SEC / 2; passed = std::clock() - begun) {
        const auto log = zk4370::detect_attendance(buffer, {records, records}, 2026);
        decoded += zk4370::decode_attendance(std::get<zk4370::AttendanceLog>(log), {}).punches.size();
    }
    if (decoded % records != 0) throw std::runtime_error("a record was not decoded");
    return static_cast<double>(decoded) * CLOCKS_PER_SEC / static_cast<double>(passed);
}

void print(const char* cell, const char* subject, double value) {
    fmt::print("{}\t{}\t{:.2f}\n", cell, subject, value);
}

}  // namespace

int main() {
    try {
        {
            const Site site(1, records, 0);
            // Before it is timed: the terminal has its log in its memory, not in the making.
            if (BareClient first(site.port(0)); first.pull() != records) throw std::runtime_error("not complete");
            for (int round = 0; round < rounds; ++round) {
                auto begun = Clock::now();
                BareClient bare(site.port(0));
                if (bare.pull() != records) throw std::runtime_error("the bare read was not complete");
                print("pull of 100,000", "bare", milliseconds_since(begun));
                print("pull of 100,000", "presensid", visit(site, 1, records));
                print("decode pulled", "presensid", decoded_per_second());
            }
        }
        const Site slow(slow_terminals, slow_records, slow_rate);
        for (int round = 0; round < 3; ++round) {
            print("slow terminals, one alone", "presensid", visit(slow, 1, slow_records));
            print("slow terminals, 60 at once", "presensid", visit(slow, slow_terminals, slow_records));
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    return 0;
}
