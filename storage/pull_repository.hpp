#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

// One pull of one terminal. Times are RFC 3339 UTC, empty: not yet.
struct PullRow {
    std::int64_t id = 0;
    std::int64_t terminal_id = 0;
    std::string daemon;    // the one that runs it, as in its leases
    std::string asked_by;  // "schedule", or who asked
    std::string state;     // queued, running, done, failed
    std::string reason;    // of a failure, an English sentence; of a success what is worth noting
    std::string queued_at;
    std::string started_at;
    std::string ended_at;
    std::int64_t bytes = 0;    // received
    std::int64_t records = 0;  // in the log
    std::int64_t new_punches = 0;
    std::int64_t known_punches = 0;
    std::int64_t rejects = 0;
    std::int64_t delivery_id = 0;  // 0: brought nothing that was kept
};

// A terminal that a pull disabled, and where that was if somebody named the place.
struct DisabledRow {
    std::int64_t terminal_id = 0;
    std::string host;
    std::int64_t port = 0;
};

// Pulls, and what they leave behind about a terminal.
class PullRepository {
public:
    explicit PullRepository(Database& database) : database_(database) {}

    // Stores a queued one; returns its id.
    std::int64_t add(std::int64_t terminal_id, const std::string& daemon, const std::string& asked_by,
                     const std::string& queued_at);
    void update(const PullRow& row);
    std::optional<PullRow> find(std::int64_t id);
    // The latest `limit` of a terminal, newest first.
    std::vector<PullRow> list(std::int64_t terminal_id, int limit);
    // What counts for the schedule: when the last one ended, and how many failed in a row up to then.
    void note_end(std::int64_t terminal_id, const std::string& ended_at, std::int64_t failures);
    struct Latest {
        std::int64_t terminal_id = 0;
        std::string ended_at;
        std::string last_success;         // empty: never
        std::int64_t failures_since = 0;  // after the last success
    };
    std::vector<Latest> load_latest();
    // Pulls that other daemons run, and the beat of the lease on which they do (-1: none).
    struct Running {
        std::int64_t id = 0;
        std::string daemon;
        std::int64_t beat = 0;
    };
    std::vector<Running> list_running_of_others(const std::string& daemon);
    // Pulls that stand as queued or running although nobody runs them: of a daemon that ended, of one terminal or of
    // all; or everybody's.
    void fail_those_of(const std::string& daemon, std::optional<std::int64_t> terminal_id, const std::string& ended_at);
    void fail_all(const std::string& ended_at);

    // Written before the terminal is disabled, and after it was enabled: a restart enables it first.
    void note_disabled(const DisabledRow& row, const std::string& since);
    void note_enabled(std::int64_t terminal_id, const std::string& at);
    std::vector<DisabledRow> list_disabled();

private:
    Database& database_;
};

}  // namespace presensi::storage
