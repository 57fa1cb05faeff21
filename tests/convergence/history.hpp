#pragma once
// One way in which a month may have come here, and the plainest one.

#include <vector>

#include "protocol/records.hpp"
#include "tests/convergence/month.hpp"
#include "tests/convergence/plan.hpp"

namespace presensi::convergence {

struct History {
    // As they arrive. terminal_id is the position of the terminal in the plan.
    std::vector<Delivery> deliveries;
    Truth truth;
};

History make_history(const Plan& plan);

// The truth itself, told once: a delivery for each terminal.
std::vector<Delivery> told_once(const Truth& truth);

}  // namespace presensi::convergence
