#pragma once
// PINs as terminals have them, against the directory; on a storage thread.

#include <cstdint>
#include <string>
#include <vector>

#include "attendance/directory.hpp"
#include "attendance/matching.hpp"
#include "attendance/pin_claims.hpp"
#include "attendance/reach.hpp"
#include "daemon/access/viewer.hpp"
#include "storage/database.hpp"
#include "storage/pin_evidence_repository.hpp"

namespace presensi::people {

// What a viewer may touch, for plans.
inline attendance::Reach reach_of(const attendance::Directory& directory, const access::Viewer& viewer) {
    return {directory, viewer.units, viewer.sees_all()};
}

// User lists and, for who may not touch every terminal, the punches of the last year.
attendance::NamesOfPins names_of_pins(storage::Database& database, const access::Viewer& viewer, attendance::Day today);

// Where somebody punches: every day, and at events. `serials` sorted.
std::vector<std::string> needed_terminals(const attendance::Directory& directory, std::int64_t person,
                                          attendance::Day day);

// Everybody with a unit today or later, for the matching.
std::vector<attendance::Somebody> everybody(const attendance::Directory& directory, attendance::Day today);

// PINs that punched without a person on the day of the punch.
struct Unmatched {
    std::string serial;
    std::string pin;
    std::int64_t punches = 0;
    std::string first;  // device times
    std::string last;
};
std::vector<Unmatched> find_unmatched(storage::Database& database, const attendance::Directory& directory,
                                      attendance::Day from, attendance::Day to);

// Every PIN without a person: of user lists today, but for retired terminals, and of punches of that time.
std::vector<attendance::UnknownPin> find_unknown_pins(storage::Database& database,
                                                      const attendance::Directory& directory, attendance::Day today,
                                                      attendance::Day from, attendance::Day to);

// "2026-11-20T00:00:00", where the day begins.
std::string start_of(attendance::Day day);

}  // namespace presensi::people
