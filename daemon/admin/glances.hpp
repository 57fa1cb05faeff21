#pragma once
// What lists of terminals show of each besides its row: punches of today, its clock, the last day that was compared.
// From the store, and only while somebody looks. Lives on the I/O thread.

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "daemon/terminal_registry.hpp"

namespace presensi::admin {

struct Context;

class Glances {
public:
    struct Glance {
        std::optional<std::int64_t> today;     // punches with a device time of today, there
        std::optional<std::int64_t> drift_ms;  // the terminal's clock minus ours, when it was last measured
        std::string compared_day;              // empty: none was
        std::string result;
        std::int64_t difference = 0;
        bool operator==(const Glance&) const = default;
    };

    // Asks the store anew, if what is known is more than some seconds old; one question at a time. What the store does
    // not tell stays as it was.
    boost::asio::awaitable<void> refresh(Context& context);
    const Glance& of(const Terminal& terminal) const;

private:
    using Steady = std::chrono::steady_clock;

    bool refreshing_ = false;
    Steady::time_point refreshed_at_{};
    Steady::duration took_{};
    std::unordered_map<std::int64_t, Glance> glances_;  // by the terminal's id
};

// The terminal as lists show it.
boost::json::object to_json(const Terminal& terminal, const Glances::Glance& glance);

}  // namespace presensi::admin
