#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/records.hpp"
#include "storage/database.hpp"

namespace presensi::storage {

// What a terminal told of itself in one upload, or in a part of it.
struct TerminalLog {
    std::int64_t terminal_id = 0;
    std::string table;         // of the delivery
    Sha256 delivery_sha256{};  // of its redacted body
    std::string received_at;
    std::vector<TerminalEvent> events;
    std::vector<TerminalUser> users;
    std::optional<StampMove> stamp;
};

struct EventRow {
    std::int64_t id = 0;
    std::int64_t delivery_id = 0;
    std::string kind;
    std::optional<std::int64_t> operation;
    std::string operator_pin;
    std::string device_time;  // empty: none
    std::string detail;
    std::string received_at;
};

// Events and users of terminals, in portable SQL: no hot path. Events are insert-only and each is stored once; a user
// is what the terminal said last.
class TerminalLogRepository {
public:
    explicit TerminalLogRepository(Database& database) : database_(database) {}

    // The log without the events and users that are stored as they are: each event once, of each user the last.
    TerminalLog without_known(TerminalLog log);

    // In one transaction: what is new, and the stamp. The delivery that brought it must be stored already if anything
    // is new. Returns the new events; repeating it stores nothing.
    std::vector<TerminalEvent> record(TerminalLog log);

    // The latest `limit` events of a terminal before the event `before`, newest first; 0: from the newest.
    std::vector<EventRow> list_events(std::int64_t terminal_id, std::int64_t before, int limit);

    // All of one kind with from <= device_time < to, in the order of their ids.
    std::vector<EventRow> list_events_of(const std::string& kind, std::int64_t terminal_id, const std::string& from,
                                         const std::string& to);

    // Punches around a moment of the terminal's clock: from <= device_time <= to.
    struct Near {
        std::int64_t id = 0;
        std::string pin;
        std::string device_time;
        std::string grade;
        std::string received_at;
    };
    std::vector<Near> list_punches_near(std::int64_t terminal_id, const std::string& from, const std::string& to,
                                        int limit);

    std::int64_t count_users(std::int64_t terminal_id);

private:
    Database& database_;
};

}  // namespace presensi::storage
