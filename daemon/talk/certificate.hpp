#pragma once
// What is known of how complete a terminal's days are, for people who must vouch for them.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/terminal_registry.hpp"
#include "storage/completeness_repository.hpp"
#include "storage/contact_repository.hpp"
#include "storage/database.hpp"
#include "storage/terminal_log_repository.hpp"

namespace presensi::talk {

// Of one terminal, read on a storage thread.
struct Period {
    std::int64_t terminal_id = 0;
    std::string zone;
    std::chrono::local_days from{};  // both belong to it
    std::chrono::local_days to{};
    std::chrono::local_days today{};
    std::chrono::local_days in_service{};  // first heard; an empty day before that is none
    Instant first_seen{};                  // the moment of that
    Instant now{};
    bool pushes = false;  // or did
};

struct Day {
    std::string day;
    std::string result;           // complete, mended, short, unknown: of the last comparison that says something
    std::int64_t difference = 0;  // fetched (mended) or missing (short)
    std::int64_t punches = 0;     // stored now
    std::optional<storage::CompletenessRow> last;
    std::vector<storage::CompletenessRow> comparisons;  // all, in their order
};

// Every day of the period that is not in the future.
std::vector<Day> days_of(storage::Database& database, const Period& period);

// The same from comparisons that were read already, without the stored punches; both days belong to it.
std::vector<Day> judged_days(std::vector<storage::CompletenessRow> rows, std::chrono::local_days from,
                             std::chrono::local_days to, std::chrono::local_days today);

// Of several days the worst: short before unknown before mended before complete. Today counts once it was compared.
struct Summary {
    std::string result = "unknown";
    std::int64_t difference = 0;  // of the days that have this result
    std::int64_t unknown_days = 0;
};
Summary summarise(const std::vector<Day>& list, std::chrono::local_days today);

struct Pause {
    std::string since;  // RFC 3339 UTC
    std::string until;
};

struct Certificate {
    std::vector<Day> days;
    std::string result;           // of all of them; today counts once it was compared
    std::int64_t difference = 0;  // of the days that have this result
    std::int64_t mended = 0;      // punches that were fetched, in every comparison
    std::int64_t unknown_days = 0;
    std::int64_t punches = 0;                   // stored now
    std::vector<storage::RoadCount> roads;      // by the first sighting
    std::vector<storage::RoadCount> sightings;  // punches that a further road saw, too
    std::int64_t terminal_count = 0;            // by the terminal's own counts
    std::int64_t counted_days = 0;              // for which it gave one
    std::vector<Pause> pauses;                  // without contact by push, longer than completeness.after_gap
    std::vector<storage::ClockRow> clock;
    std::vector<storage::EventRow> clock_set;  // by hand
    std::string digest;  // SHA-256, hex, over a line "device_time TAB pin_key LF" for each punch, in the order of bytes
};

Certificate make_certificate(storage::Database& database, const Period& period, std::chrono::seconds longest_pause);

}  // namespace presensi::talk
