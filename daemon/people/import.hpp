#pragma once
// Lists of people and matching sheets, taken on a storage thread.

#include <cstddef>
#include <string>
#include <vector>

#include "attendance/directory.hpp"
#include "attendance/line_problem.hpp"
#include "attendance/pin_claims.hpp"
#include "daemon/access/viewer.hpp"
#include "storage/database.hpp"

namespace presensi::people {

// What somebody brought, and how they want it taken.
struct Brought {
    std::string bytes;
    access::Viewer viewer;
    attendance::Day from{};  // where a line says nothing else
    attendance::Day today{};
    std::string at;                   // RFC 3339 UTC
    bool partial = false;             // the good lines, even if others have a problem
    attendance::NamesOfPins names{};  // as names_of_pins() says
};

struct Outcome {
    std::size_t lines = 0;
    std::size_t added = 0;    // people; of a matching sheet: PINs
    std::size_t changed = 0;  // people
    std::size_t unchanged = 0;
    bool refused = false;  // there are problems, and it was not to be taken in part: nothing of it is
    std::vector<attendance::LineProblem> problems;
    std::vector<attendance::LineProblem> warnings;

    bool changes() const { return added + changed > 0; }
};

// What it would do, by the directory as it is.
Outcome try_people(storage::Database& database, const attendance::Directory& directory, const Brought& brought);
Outcome try_matching(storage::Database& database, const attendance::Directory& directory, const Brought& brought);

// Does it, in one transaction, by what is stored at that moment; `terminals`: those of the daemon. Nothing is written
// if it is refused or changes nothing.
Outcome take_people(storage::Database& database, const std::vector<attendance::TerminalPlace>& terminals,
                    const Brought& brought);
Outcome take_matching(storage::Database& database, const std::vector<attendance::TerminalPlace>& terminals,
                      const Brought& brought);

}  // namespace presensi::people
