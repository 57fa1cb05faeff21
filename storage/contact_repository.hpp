#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

// Unbroken contact with a terminal by one road. Times are RFC 3339 UTC.
struct OnlineRow {
    std::int64_t terminal_id = 0;
    std::string road;  // "push" or "pull"
    std::string since;
    std::string until;  // the last contact
};

struct ClockRow {
    std::string at;
    std::int64_t difference_ms = 0;  // the terminal's clock minus ours
    std::string road = "pull";       // "pull": it was asked; "push": estimated from punches that were sent at once
};

// When terminals were heard, and how their clocks went.
class ContactRepository {
public:
    explicit ContactRepository(Database& database) : database_(database) {}

    // Intervals unlike each other. One with a start that is known is extended, never shortened.
    void save_online(std::span<const OnlineRow> intervals);
    void add_online(const OnlineRow& interval) { save_online({&interval, 1}); }
    // Those that reach into from … to, in order.
    std::vector<OnlineRow> list_online(std::int64_t terminal_id, const std::string& from, const std::string& to);

    // The last contact by push of each terminal that ever pushed.
    struct LastPush {
        std::int64_t terminal_id = 0;
        std::string at;
    };
    std::vector<LastPush> load_last_pushes();

    void add_clock(std::int64_t terminal_id, const ClockRow& row);
    // The latest `limit`, newest first.
    std::vector<ClockRow> list_clock(std::int64_t terminal_id, int limit);
    // Those of from <= at < to, in order.
    std::vector<ClockRow> list_clock(std::int64_t terminal_id, const std::string& from, const std::string& to);

private:
    Database& database_;
};

}  // namespace presensi::storage
