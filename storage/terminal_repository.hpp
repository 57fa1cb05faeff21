#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

enum class TerminalState { seen, approved, suspended, retired };  // architecture 3.9
std::string_view to_string(TerminalState state);
std::optional<TerminalState> terminal_state(std::string_view name);

struct TerminalRow {
    std::int64_t id = 0;  // 0: not stored yet
    std::string serial;
    std::string name;
    TerminalState state = TerminalState::seen;
    std::string time_zone;  // IANA name
    std::string unit;       // code of the work unit, empty: none
    std::string
        configured;  // what the configuration file last said of name, zone and unit (JSON); empty: never named there
    std::string first_seen;  // RFC 3339 UTC; empty: never heard
    std::string last_seen;
    std::string address;
    std::string firmware;
    std::string push_version;
    std::string model;
    std::string platform;
    std::string mac;
    std::optional<std::int64_t> users;
    std::optional<std::int64_t> records;
    std::string facts;     // everything else it told of itself, a JSON object of texts; empty: nothing
    std::string added_at;  // RFC 3339 UTC, by the configuration; empty: long ago, or by its first contact
};

// What is known of terminals besides their punches. Last-seen data lives in the daemon's memory and comes here in bulk.
class TerminalRepository {
public:
    explicit TerminalRepository(Database& database) : database_(database) {}

    std::vector<TerminalRow> load_all();
    std::optional<TerminalRow> find(std::string_view serial);
    // Inserts (serial unknown) or updates every column but id and added_at; returns the id.
    std::int64_t save(const TerminalRow& row);
    // One transaction: inserts rows whose id is 0 (a serial that is there already keeps its state), and of the others
    // updates only what contact teaches: first_seen … facts, each where the row says something. Serials are unlike each
    // other. Returns the ids in order.
    std::vector<std::int64_t> save_contacts(std::span<const TerminalRow> rows);

    struct Stamp {
        std::int64_t terminal_id;
        std::string table;
        std::string stamp;
    };
    std::vector<Stamp> load_stamps();

    // Punches per terminal with from <= device_time < to (local, 2026-11-20T00:00:00).
    struct DayCount {
        std::int64_t terminal_id;
        std::int64_t punches;
    };
    std::vector<DayCount> count_punches(const std::string& from, const std::string& to);
    // Whether there is one.
    bool has_punch(std::int64_t terminal_id, const std::string& from, const std::string& to);
    // Those that are graded suspect, and came at received_from <= received_at < received_to (RFC 3339 UTC).
    struct Suspect {
        std::string punched_at;  // as received_at
        std::string received_at;
    };
    std::vector<Suspect> list_suspects(std::int64_t terminal_id, const std::string& from, const std::string& to,
                                       const std::string& received_from, const std::string& received_to);

private:
    Database& database_;
};

}  // namespace presensi::storage
