#pragma once
// Who punched when, and what should be known of it in the end: an oracle of its own, without the daemon's code.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "protocol/records.hpp"
#include "tests/convergence/plan.hpp"

namespace presensi::convergence {

// A punch as it was made.
struct Made {
    std::uint16_t slot = 0;
    std::string key;  // what this person's PINs have in common
    DeviceTime time;
    int state = 0;
    int verify = 0;
    std::uint32_t work_code = 0;
};

// Of each terminal, in the order in which it recorded them.
using Month = std::array<std::vector<Made>, terminals_in_plan>;

Month make_month(const Plan& plan);

std::span<const char* const> pin_keys();

constexpr DeviceTime first_day = std::chrono::local_days{std::chrono::year{2026} / 11 / 1};

// By a clock that cannot be right, whenever it arrives: does not count.
bool is_impossible(DeviceTime time);

// What was seen on a road.
struct Attributes {
    std::optional<int> state;
    std::optional<int> verify;
    std::optional<std::string> work_code;
    bool operator<(const Attributes& other) const {
        return std::tie(state, verify, work_code) < std::tie(other.state, other.verify, other.work_code);
    }
};

struct Truth {
    using Identity = std::tuple<std::size_t, DeviceTime, std::string>;  // terminal, when, PIN key

    std::set<Identity> punches;
    std::set<std::tuple<Identity, Road, Attributes>> sightings;
    std::map<std::pair<std::size_t, std::string>, RejectReason> rejects;  // by terminal and bytes
};

}  // namespace presensi::convergence
