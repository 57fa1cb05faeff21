#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

// A unit's month. Times are RFC 3339 UTC, months such as 2026-10.
struct PeriodRow {
    std::int64_t id = 0;  // 0: nothing happened yet, so it is open
    std::string month;
    std::string unit;            // code
    std::string state = "open";  // open, submitted, returned, frozen
    std::string changed_at;
    std::string digest;        // of a frozen one: SHA-256, hex, of period::digest_of()
    std::int64_t punches = 0;  // of a frozen one
};

struct PeriodStep {
    std::int64_t id = 0;
    std::string at;
    std::string actor;
    std::string step;    // submit, return, freeze
    std::string moment;  // early, in_time, late
    std::string reason;  // may be empty
    std::string detail;  // a JSON object: what was missing then
};

// A longer window for one month, or that it was refused.
struct ExtensionRow {
    std::string month;
    std::string unit;  // empty: all
    bool granted = false;
    std::string until;  // 2025-04-10, belongs to it; empty: refused
    std::string reason;
    std::string legal_basis;
    std::string actor;
    std::string at;
};

struct FrozenPunch {
    std::int64_t punch_id = 0;
    std::int64_t person_id = 0;  // 0: nobody's then
};

class PeriodRepository {
public:
    explicit PeriodRepository(Database& database) : database_(database) {}

    std::vector<PeriodRow> list(const std::string& month);
    // An open one without id if nothing happened yet.
    PeriodRow find(const std::string& month, const std::string& unit);
    std::vector<PeriodStep> list_steps(std::int64_t period_id);

    // The moment of its last submission; empty: there was none.
    std::string find_moment(std::int64_t period_id);

    // Inside a transaction of the caller: moves it from the state it is in as `row` says, and notes the step. False: it
    // was moved since `row` was read, be it back to the same state, and nothing was changed. `row` becomes what is
    // stored.
    bool move(PeriodRow& row, const std::string& state, const PeriodStep& step);
    // Inside the same one: what a frozen month consists of.
    void add_frozen(std::int64_t period_id, std::span<const FrozenPunch> punches);
    std::vector<FrozenPunch> list_frozen(std::int64_t period_id);  // by punch
    // How many of each PIN of each terminal.
    struct FrozenGroup {
        std::int64_t period_id = 0;
        std::int64_t terminal_id = 0;
        std::string pin_key;
        std::int64_t person_id = 0;
        std::int64_t punches = 0;
    };
    std::vector<FrozenGroup> list_frozen_groups(const std::string& month);
    // The device times of one such group.
    std::vector<std::string> list_frozen_times(const FrozenGroup& group);

    void add_extension(const ExtensionRow& row);
    std::vector<ExtensionRow> list_extensions(const std::string& month);  // oldest first

private:
    Database& database_;
};

}  // namespace presensi::storage
