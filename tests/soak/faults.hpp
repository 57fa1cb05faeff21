#pragma once
// What happens to a site under soak, one fault after the other, in an order that a seed decides.

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/soak/site.hpp"

namespace presensi::soak {

using Random = std::mt19937_64;

struct NamedFault {
    std::string name;
    bool restarts_daemon = false;
    bool needs_small_disks = false;
    std::function<void(Site&, const Plan&, Random&)> strike = {};  // returns when the fault is over
};

// Every fault once a round, each round in another order.
class Turns {
public:
    Turns(Random& random, bool small_disks);

    // `spare_daemon`: one that leaves the daemon running.
    const NamedFault& next(bool spare_daemon);
    // Those that cannot happen here.
    const std::vector<std::string>& left_out() const { return left_out_; }
    std::size_t count() const { return all_.size(); }

private:
    Random& random_;
    std::vector<NamedFault> all_;
    std::vector<std::string> left_out_;
    std::vector<const NamedFault*> round_;
};

}  // namespace presensi::soak
