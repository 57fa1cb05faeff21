#pragma once
// What people do beside the terminals: they bring files, pull terminals and queue commands, and try again when it
// fails.

#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "tests/soak/site.hpp"

namespace presensi::soak {

class Chores {
public:
    Chores(Site& site, const Plan& plan);
    ~Chores() { stop(); }
    Chores(const Chores&) = delete;
    Chores& operator=(const Chores&) = delete;

    struct Counts {
        unsigned files = 0;
        unsigned pulls = 0;
        unsigned commands = 0;
        unsigned failed = 0;  // any of these; tried again
    };
    Counts counts() const;

    void stop();  // nothing new
    // Brings and pulls what is still there. False: not within `at_most`.
    bool finish(std::chrono::seconds at_most);
    // What has to be stored by these roads.
    std::set<test::StoredPunch> expected() const;

private:
    void run();
    void round();
    bool bring_file();
    bool pull(const test::PulledTerminal& terminal);
    bool queue_command();
    void note(bool worked, unsigned Counts::*counter);

    Site& site_;
    const Plan plan_;
    std::mt19937_64 random_;
    std::size_t lines_of_file_ = 0;
    std::size_t records_of_pulled_ = 0;
    mutable std::mutex mutex_;
    Counts counts_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace presensi::soak
