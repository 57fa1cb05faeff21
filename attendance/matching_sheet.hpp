#pragma once
// The matching sheet: written with proposals, edited by a clerk, and read again. Only what the clerk accepts counts.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "attendance/line_problem.hpp"
#include "attendance/pin_claims.hpp"
#include "attendance/reach.hpp"

namespace presensi::attendance {

// A line of the sheet, one for each candidate of a PIN; without any, one without a person.
struct SheetLine {
    std::string pin;
    std::string terminals;  // where it is, separated by blanks
    std::string name_on_terminal;
    std::string person;  // uuid
    std::string nip;
    std::string name;
    std::string unit;
    std::string score;
    std::string reason;
    std::string only_on;  // serials separated by blanks: theirs on these alone; empty: on all terminals
};
std::string sheet_header();
std::string sheet_record(const SheetLine& line);  // with an empty `accept`

struct AcceptedPin {
    std::size_t line = 0;
    std::vector<PinClaim> claims;
    std::string reason;  // as the sheet says
};

struct MatchingPlan {
    std::vector<AcceptedPin> accepted;
    std::size_t count = 0;      // lines
    std::size_t unchanged = 0;  // accepted, and theirs already
    std::vector<LineProblem> problems;
    std::vector<LineProblem> warnings;
};

// The lines whose `accept` says ya, yes or x, from that day on; what it may say for no: tidak, no, -, nothing.
MatchingPlan plan_matching(std::string_view bytes, const Directory& directory, const Reach& reach,
                           const NamesOfPins& names, Day from);

}  // namespace presensi::attendance
