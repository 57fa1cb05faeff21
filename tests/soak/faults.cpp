#include "tests/soak/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "tests/support/raw_http.hpp"

namespace presensi::soak {

using namespace presensi::test;
using namespace std::chrono_literals;

namespace {

std::size_t any(Random& random, std::size_t below) { return static_cast<std::size_t>(random() % below); }

// 10-20 s in a period of a minute, and in proportion.
std::chrono::milliseconds a_while(const Plan& plan, Random& random) {
    const auto third = std::chrono::milliseconds(plan.period) / 3;
    return third / 2 + std::chrono::milliseconds(any(random, static_cast<std::size_t>(third.count()) / 2));
}

void stop_and_start_database(Site& site, const std::string& mode) {
    site.cluster.stop(mode);
    site.cluster.start();
}

// In the middle of a request, of an answer, or anywhere; again and again.
void cut(FaultProxy& line, const Plan& plan, Random& random) {
    const auto until = std::chrono::steady_clock::now() + a_while(plan, random);
    while (std::chrono::steady_clock::now() < until) {
        const auto how = any(random, 2) == 0 ? Fault::End::close : Fault::End::reset;
        switch (any(random, 3)) {
            case 0:
                line.set({.up_bytes = any(random, 20'000), .end = how});
                break;
            case 1:
                line.set({.down_bytes = any(random, 400), .end = any(random, 4) == 0 ? Fault::End::half_close : how});
                break;
            default:
                line.heal();
                line.end_all(how);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + any(random, 400)));
    }
    line.heal();
}

void swallow(FaultProxy& line, const Plan& plan, Random& random) {
    line.set({.up_bytes = 0, .down_bytes = 0, .end = Fault::End::black_hole});
    std::this_thread::sleep_for(a_while(plan, random));
    line.heal();
}

void fill(SmallDisk& disk, const Plan& plan, Random& random) {
    disk.fill();
    std::this_thread::sleep_for(a_while(plan, random));
    disk.make_room();
}

// Of one terminal in ten, until the next time.
void turn_clocks(Site& site, const Plan& plan, Random& random) {
    const std::chrono::seconds jumps[] = {24h * 365 * 70, -24h * 365 * 20, -30min, 24h, 10min};
    for (unsigned i = 0; i < plan.terminals; ++i) {
        const auto ahead = any(random, 10) == 0 ? jumps[any(random, std::size(jumps))] : 0s;
        site.crowd().fleet.set_clock(static_cast<int>(i), ahead);
    }
}

// A serial that nobody knows asks or sends. It may not hear an OK; on a busy machine it may not get through at all.
void try_as_stranger(const Site& site, Random& random) {
    const std::string target = fmt::format("/iclock/cdata?SN=TSTSTRANGE{:06}", any(random, 1'000'000));
    const std::string request = any(random, 2) == 0
                                    ? get_request(target + "&options=all")
                                    : post_request(target + "&table=ATTLOG&Stamp=1", "1\t2026-11-20 07:58:30\t0\t1\n");
    RawResponse answer;
    try {
        RawConnection connection(site.terminal_port(), fmt::format("127.0.9.{}", 1 + any(random, 200)));
        connection.send(request);
        answer = connection.receive();
    } catch (const std::runtime_error&) {
    }
    if (answer.status == 200 || answer.body.starts_with("OK"))
        throw std::runtime_error("a terminal that nobody knows heard: " + answer.body);
}

void let_strangers_in(Site& site, const Plan& plan, Random& random) {
    const auto until = std::chrono::steady_clock::now() + a_while(plan, random);
    for (unsigned i = 0; i < 4 * plan.terminals && std::chrono::steady_clock::now() < until; ++i)
        try_as_stranger(site, random);
}

std::vector<NamedFault> every_fault() {
    return {
        {"kill -9 of presensid", true, false, [](Site& site, const Plan&, Random&) { site.kill_daemon(); }},
        {"presensid restarted", true, false, [](Site& site, const Plan&, Random&) { site.restart_daemon(); }},
        {"presensid reloaded", false, false, [](Site& site, const Plan&, Random&) { site.reload_daemon(); }},
        {"PostgreSQL restarted", false, false,
         [](Site& site, const Plan&, Random&) { stop_and_start_database(site, "fast"); }},
        {"PostgreSQL crashed", false, false,
         [](Site& site, const Plan&, Random&) { stop_and_start_database(site, "immediate"); }},
        {"PostgreSQL stood still", false, false,
         [](Site& site, const Plan& plan, Random& random) {
             site.cluster.freeze();
             std::this_thread::sleep_for(a_while(plan, random));
             site.cluster.thaw();
         }},
        {"PostgreSQL's disk full", false, true,
         [](Site& site, const Plan& plan, Random& random) { fill(site.disk_of_database(), plan, random); }},
        {"presensid's disk full", false, true,
         [](Site& site, const Plan& plan, Random& random) { fill(site.disk_of_daemon(), plan, random); }},
        {"lines to PostgreSQL cut", false, false,
         [](Site& site, const Plan& plan, Random& random) { cut(site.to_database, plan, random); }},
        {"lines to PostgreSQL dead", false, false,
         [](Site& site, const Plan& plan, Random& random) { swallow(site.to_database, plan, random); }},
        {"lines of terminals cut", false, false,
         [](Site& site, const Plan& plan, Random& random) { cut(site.to_daemon, plan, random); }},
        {"clocks of terminals jump", false, false, turn_clocks},
        {"strange terminals", false, false, let_strangers_in},
    };
}

}  // namespace

Turns::Turns(Random& random, bool small_disks) : random_(random) {
    for (auto& fault : every_fault()) {
        if (fault.needs_small_disks && !small_disks)
            left_out_.push_back(fault.name);
        else
            all_.push_back(std::move(fault));
    }
}

const NamedFault& Turns::next(bool spare_daemon) {
    for (;;) {
        if (round_.empty()) {
            for (const auto& fault : all_) round_.push_back(&fault);
            std::shuffle(round_.begin(), round_.end(), random_);
        }
        const NamedFault* turn = round_.back();
        round_.pop_back();
        if (!spare_daemon || !turn->restarts_daemon) return *turn;
    }
}

}  // namespace presensi::soak
