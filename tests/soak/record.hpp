#pragma once
// What a soak looked like: a line for every fault, and samples of the daemon in between.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/soak/site.hpp"

namespace presensi::soak {

struct Sample {
    int start = 0;     // of the daemon: the first, the second, …
    double age_s = 0;  // since then
    std::size_t rss_kib = 0;
    std::size_t descriptors = 0;
    std::size_t threads = 0;
};

Sample sample_of(const Site& site, std::chrono::steady_clock::time_point started);

struct Line {
    double minute = 0;  // when it began
    std::string fault;
    double fault_s = 0;          // how long it lasted
    double ready_s = -1;         // until /readyz said 200 after it; -1: not in time
    double acknowledged_s = -1;  // until an upload was acknowledged after it
    std::size_t created = 0;
    std::size_t acknowledged = 0;
    long stored = 0;  // by every road
    std::size_t peak_kib = 0;
    Sample last;
};

std::string tsv_head();
std::string to_tsv(const Line& line);
std::string to_markdown(const std::vector<Line>& lines);

// Whether memory or descriptors rise although nothing was started anew: the last quarter beside the second one, of the
// samples of one daemon.
struct Growth {
    double minutes = 0;
    double rss_before_mib = 0;  // medians
    double rss_after_mib = 0;
    double descriptors_before = 0;
    double descriptors_after = 0;

    bool is_long_enough() const { return minutes >= 20; }
    bool is_flat() const;
};

inline constexpr auto tolerances = "5 % and 2 MiB of memory, 8 descriptors";

Growth growth_of(const std::vector<Sample>& samples, int start);
std::string described(const Growth& growth);

}  // namespace presensi::soak
