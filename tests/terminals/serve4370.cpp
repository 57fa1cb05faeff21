#include "tests/terminals/serve4370.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "tests/terminals/zk_terminal.hpp"

namespace presensi::terminals {

namespace {

struct Arguments {
    ZkIdentity identity;
    ZkShape shape;
    ZkFaults faults;
    ZkLine line;
    int terminals = 1;
    std::size_t records = 1000;
    std::size_t users = 40;
    std::string layout = "40";
    std::string fault;
    std::string prefix = "TSTZK";
    int clock_ahead = 0;
    int zone_minutes = 480;
    unsigned seed = 1;
    bool no_udp = false;
    bool no_tcp = false;
    bool direct = false;
    bool unnumbered = false;
};

// One each seven seconds, in the order of recording.
std::vector<ZkPunch> make_log(const Arguments& arguments, unsigned seed) {
    std::mt19937 random(seed);
    const auto first = std::chrono::local_days(std::chrono::year{2026} / 11 / 2) + std::chrono::hours(7);
    std::vector<ZkPunch> log;
    log.reserve(arguments.records);
    for (std::size_t i = 0; i < arguments.records; ++i) {
        ZkPunch punch;
        punch.slot = static_cast<std::uint16_t>(1 + random() % std::max<std::size_t>(arguments.users, 1));
        punch.pin = std::to_string(1000 + punch.slot);
        punch.time = first + std::chrono::seconds(i * 7);
        punch.state = static_cast<int>(random() % 2);
        punch.verify = arguments.shape.layout == ZkLayout::b8 ? 1 : 15;
        log.push_back(std::move(punch));
    }
    return log;
}

std::vector<ZkUser> make_users(const Arguments& arguments) {
    std::vector<ZkUser> users;
    for (std::size_t i = 1; i <= arguments.users; ++i) {
        ZkUser user;
        user.slot = static_cast<std::uint16_t>(i);
        user.pin = std::to_string(1000 + i);
        user.name = fmt::format("Pegawai {}", i);
        users.push_back(std::move(user));
    }
    return users;
}

int serve(const Arguments& arguments) {
    boost::asio::io_context io;
    std::vector<std::unique_ptr<ZkMachine>> machines;
    std::vector<std::unique_ptr<ZkTerminal>> terminals;
    for (int i = 0; i < arguments.terminals; ++i) {
        ZkIdentity identity = arguments.identity;
        identity.serial = fmt::format("{}{:05}", arguments.prefix, i);
        machines.push_back(std::make_unique<ZkMachine>(identity, arguments.shape, arguments.faults));
        machines.back()->set_log(make_log(arguments, arguments.seed + static_cast<unsigned>(i)));
        machines.back()->set_users(make_users(arguments));
        ZkLine line = arguments.line;
        if (line.port != 0) line.port = static_cast<std::uint16_t>(line.port + i);
        terminals.push_back(std::make_unique<ZkTerminal>(io, *machines.back(), line));
        fmt::print("{} on {}:{}\n", identity.serial, line.address, terminals.back()->port());
    }
    std::fflush(stdout);
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) {
        for (auto& terminal : terminals) terminal->stop();
        io.stop();
    });
    io.run();
    return 0;
}

}  // namespace

std::function<int()> add_serve4370(CLI::App& app) {
    auto arguments = std::make_shared<Arguments>();
    Arguments& a = *arguments;
    auto* command = app.add_subcommand("serve4370", "terminals that are pulled (TCP and UDP, port 4370)");
    a.line.port = 4370;
    command->add_option("--address", a.line.address)->capture_default_str();
    command->add_option("--port", a.line.port, "of the first, the others follow; 0: any")->capture_default_str();
    command->add_option("--terminals", a.terminals)->check(CLI::Range(1, 1000))->capture_default_str();
    command->add_option("--serial-prefix", a.prefix, "five digits follow")->capture_default_str();
    command->add_option("--comm-key", a.identity.comm_key, "0: none")->capture_default_str();
    command->add_option("--records", a.records)->capture_default_str();
    command->add_option("--users", a.users)->check(CLI::Range(0, 60'000))->capture_default_str();
    command->add_option("--layout", a.layout, "bytes of a record: 8a, 8b, 16, 22, 40, 49")
        ->check(CLI::IsMember({"8a", "8b", "16", "22", "40", "49"}))
        ->capture_default_str();
    command->add_option("--packet", a.shape.packet, "data bytes of one packet")->capture_default_str();
    command->add_option("--inline-limit", a.shape.inline_limit, "a smaller log comes in one answer")
        ->capture_default_str();
    command->add_option("--counters", a.shape.counters, "bytes of the counters: 92, 80, 4 (nothing in them)")
        ->check(CLI::IsMember({92, 80, 4}))
        ->capture_default_str();
    command->add_flag("--direct", a.direct, "old: knows no buffered reads");
    command->add_flag("--prepared-by-1500", a.shape.prepared_by_1500, "PREPARE_DATA in place of ACK_OK before pieces");
    command->add_flag("--follow-prepare", a.shape.follow_prepare, "the whole log comes as the answer to 1503");
    command->add_flag("--bare-pieces", a.shape.bare_pieces, "pieces without PREPARE_DATA and ACK_OK");
    command->add_flag("--trailing-ack", a.shape.trailing_ack, "an ACK_OK behind a log that came in one answer");
    command->add_flag("--table-in-ack", a.shape.table_in_ack, "with --direct: a small log comes in the ACK_OK");
    command->add_flag("--unnumbered", a.unnumbered, "data packets carry no numbers");
    command->add_option("--user-record", a.shape.user_record, "bytes of a user: 72, 28")
        ->check(CLI::IsMember({72, 28}))
        ->capture_default_str();
    command->add_option("--counter-lie", a.shape.counter_lie, "records that it counts and does not have")
        ->capture_default_str();
    command->add_flag("--late-replies", a.shape.late_replies, "the answer before comes once more");
    command->add_flag("--events", a.shape.events, "events between request and answer");
    command->add_flag("--no-tcp", a.no_tcp);
    command->add_flag("--no-udp", a.no_udp);
    command->add_option("--bytes-per-second", a.line.bytes_per_second, "of a session; 0: as fast as it goes")
        ->capture_default_str();
    command->add_option("--clock-ahead", a.clock_ahead, "seconds")->capture_default_str();
    command->add_option("--time-zone-offset", a.zone_minutes, "minutes east of UTC")->capture_default_str();
    command
        ->add_option("--fault", a.fault,
                     "larger-size, smaller-size, larger-prefix, endless-prepare, cut, wrong-checksum, reboot, silence, "
                     "lost, doubled")
        ->check([](const std::string& word) { return zk_fault(word) ? std::string() : word + " is no fault"; });
    command->add_option("--fault-at", a.faults.at, "after so many packets of a session")->capture_default_str();
    command->add_option("--fault-sessions", a.faults.sessions, "how many sessions meet it")->capture_default_str();
    command->add_option("--seed", a.seed)->capture_default_str();
    return [arguments] {
        Arguments& given = *arguments;
        given.shape.layout = *zk_layout(given.layout);
        given.shape.buffered = !given.direct;
        given.shape.numbered = !given.unnumbered;
        if (!given.fault.empty()) given.faults.fault = *zk_fault(given.fault);
        given.identity.clock_ahead = std::chrono::seconds(given.clock_ahead);
        given.identity.utc_offset = std::chrono::minutes(given.zone_minutes);
        given.line.tcp = !given.no_tcp;
        given.line.udp = !given.no_udp;
        return serve(given);
    };
}

}  // namespace presensi::terminals
