#pragma once
// A part of a terminal's log on its way: written as terminals write it (tests/terminals), read as the daemon reads it.

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/records.hpp"
#include "tests/convergence/month.hpp"
#include "tests/convergence/plan.hpp"

namespace presensi::convergence {

// What comes of it, and `truth` learns what that must bring. Without terminal_id, received_at, punched_at and grade.
// Throws std::runtime_error where a decoder takes nothing of it.
std::vector<Delivery> travel(const Plan& plan, const Trip& trip, const std::vector<Made>& log, Truth& truth);

}  // namespace presensi::convergence
