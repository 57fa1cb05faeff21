#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

// One command to one terminal. Times are RFC 3339 UTC, empty: not yet.
struct CommandRow {
    std::int64_t id = 0;
    std::int64_t terminal_id = 0;
    std::string verb;  // "DATA QUERY ATTLOG"
    std::string text;  // with its values, as on the wire
    std::string asked_by;
    std::string reason;
    std::string state;  // queued, offered, answered, expired
    std::string queued_at;
    std::string expires_at;  // not offered any more from then on
    std::int64_t offers = 0;
    std::string offered_at;  // the last time
    std::string answered_at;
    std::optional<std::int64_t> return_code;  // < 0: refused (protocol-adms § 4.4)
    std::optional<std::int64_t> records;      // what VERIFY SUM counted
};

// The queue of commands. Every change names the state that it expects, so that of two daemons one makes it.
class CommandRepository {
public:
    explicit CommandRepository(Database& database) : database_(database) {}

    // Stores a queued one. One that waits for the same terminal with the same text is that one.
    CommandRow add(const CommandRow& row);
    std::optional<CommandRow> find(std::int64_t id);
    // Queued and offered ones of all terminals, in order.
    std::vector<CommandRow> list_open();
    // The latest `limit` of a terminal, newest first.
    std::vector<CommandRow> list(std::int64_t terminal_id, int limit);

    // Before it goes out: false if it has been offered otherwise, answered or given up meanwhile.
    bool note_offer(const CommandRow& row, const std::string& at);
    // Nothing if this terminal was never asked that, or has answered before. An answer that comes late counts.
    std::optional<CommandRow> note_answer(std::int64_t terminal_id, std::int64_t id, const std::string& at,
                                          std::optional<std::int64_t> return_code, std::optional<std::int64_t> records);
    bool expire(const CommandRow& row);

private:
    Database& database_;
};

}  // namespace presensi::storage
