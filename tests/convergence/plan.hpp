#pragma once
// What rapidcheck invents and shrinks: a month of punches, and the ways on which they come here. Every number may take
// any value of its range whatever the others are, so that a smaller plan is a plan, too.

#include <rapidcheck/Gen.h>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <vector>

#include "tests/terminals/profile.hpp"
#include "tests/terminals/zk_log.hpp"

namespace presensi::convergence {

constexpr std::size_t terminals_in_plan = 2;

// How a part of a terminal's log comes here.
enum class Way : std::uint8_t {
    push,         // ATTLOG bodies
    pull,         // records of port 4370
    stick,        // attlog.dat of a USB stick
    stick_utf16,  // the same, as an office program saved it
    pushed_file,  // a file with the columns of a push
    pulled_file   // of `presensid pull --to`
};

struct TerminalPlan {
    terminals::Profile profile = terminals::Profile::mb10;
    terminals::ZkLayout layout = terminals::ZkLayout::r40;
};

// A punch beside those that everybody makes on every day.
enum class Odd : std::uint8_t {
    again,      // the same person in the same second, with another state
    neighbour,  // another person in the same second
    elsewhere,  // the same person in the same second at the other terminal
    long_ago,   // by a clock without battery
    ahead       // by a clock that somebody set wrong
};

struct OddPunch {
    Odd odd = Odd::again;
    int beside = 0;  // which of the others
};

struct Trip {
    Way way = Way::push;
    int terminal = 0;
    int from = 0;  // per mille of its log
    int to = 1000;
    int lines = 1;   // of one push
    int form = 0;    // how PINs are written, and other differences without meaning
    int copies = 1;  // how often all of it comes
    int junk = 0;    // unreadable lines or records in it
    bool cut = false;
};

// How deliveries get into the store.
struct Step {
    int deliveries = 1;  // of one transaction
    bool other_writer = false;
    bool restart = false;  // before it
};

struct Plan {
    int days = 30;
    int people = 3;
    int first_person = 0;
    std::array<TerminalPlan, terminals_in_plan> terminals;
    std::vector<OddPunch> odd;
    std::vector<Trip> trips;
    Way rest = Way::push;  // what no trip carried
    int order = 0;         // seed of the order in which deliveries arrive; 0: trip after trip
    std::vector<Step> steps;
};

rc::Gen<Plan> any_plan();
void showValue(const Plan& plan, std::ostream& out);  // for rapidcheck, by that name

}  // namespace presensi::convergence
