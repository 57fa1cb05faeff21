#pragma once
// What must be the same whatever way a month has come. To compare one thing more: a function that makes a text of the
// store, and a line in the table.

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "storage/database.hpp"
#include "tests/convergence/month.hpp"

namespace presensi::convergence {

// Where a month was stored: terminals, and a unit, of its own.
struct Place {
    std::string unit;
    std::array<std::int64_t, terminals_in_plan> terminals{};  // ids
    std::array<std::string, terminals_in_plan> serials;
};

struct Comparison {
    const char* name;
    // Without anything that depends on the road, the order or the place itself: no ids, serials, grades, receipt times.
    std::string (*text)(storage::Database& database, const Place& place);
};

// Each text is compared with that of the truth told once, in a place of its own.
std::span<const Comparison> comparisons();

// What the tables say, and what they should; lines that are sorted.
std::string table_of(storage::Database& database, const Place& place);
std::string table_of(const Truth& truth);
std::string sightings_of(storage::Database& database, const Place& place);
std::string sightings_of(const Truth& truth);
std::string rejects_of(storage::Database& database, const Place& place);
std::string rejects_of(const Truth& truth);

// The month's board of two units that share the terminals, and whose punch each one is.
std::string board_of(storage::Database& database, const Place& place);

// Empty, or where they differ first.
std::string difference(const std::string& expected, const std::string& found);

}  // namespace presensi::convergence
