#pragma once
// How much each terminal may say in the log.

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace presensi::log {

class LogLimit {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t lines_per_minute = 20;
    static constexpr std::size_t most_sources = 10'000;  // beyond, all new ones together are one

    // Whether this source may write one more line now.
    bool admit(const std::string& source, Time now);
    // Whose minute is over and how many lines they were denied in it.
    std::vector<std::pair<std::string, std::size_t>> take_denied(Time now);

private:
    struct Minute {
        Time began;
        std::size_t lines = 0;
    };
    std::map<std::string, Minute> minutes_;
};

}  // namespace presensi::log
