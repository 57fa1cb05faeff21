#pragma once
// Which alarms have to be told now. Pure.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/alarms.hpp"
#include "daemon/clock.hpp"
#include "daemon/notify/message.hpp"

namespace presensi::notify {

class News {
public:
    using Steady = std::chrono::steady_clock;

    struct Times {
        std::chrono::milliseconds gather = std::chrono::seconds(10);  // what arises together is told together
        std::chrono::hours again{24};                                 // what still stands
    };
    explicit News(Times times) : times_(times) {}

    // The urgent alarms as they stand; nothing: there is nothing to tell yet. Of each it tells once that it was raised,
    // and once that it is over; what was over before anybody was told is told to nobody.
    std::optional<Message> look(const std::vector<Alarms::Alarm>& standing, Instant now, Steady::time_point at);

private:
    using Key = std::pair<std::string, std::string>;  // id, terminal
    struct Told {
        Alarms::Alarm alarm;
        Instant at{};
    };

    Times times_;
    std::map<Key, Told> told_;
    std::optional<Steady::time_point> gathering_since_;
};

}  // namespace presensi::notify
