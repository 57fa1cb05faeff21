#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/database.hpp"
#include "storage/delivery_repository.hpp"

namespace presensi::storage {

// What a person looks at: the newest of everything, each by an index from its end.
class GlanceRepository {
public:
    explicit GlanceRepository(Database& database) : database_(database) {}

    struct Clock {
        std::int64_t terminal_id = 0;
        std::int64_t difference_ms = 0;  // the terminal's clock minus ours
    };
    // Of all terminals, as they were measured last.
    std::vector<Clock> list_last_clocks();

    struct Comparison {
        std::int64_t terminal_id = 0;
        std::string day;
        std::string result;  // complete, mended, short, unknown
        std::int64_t difference = 0;
    };
    // Of all terminals, of the latest day that was compared.
    std::vector<Comparison> list_last_comparisons();

    // Punches of one terminal by minute, "07:31", with from <= device_time < to (local, 2026-11-20T00:00:00); minutes
    // without any are not listed.
    struct MinuteCount {
        std::string minute;
        std::int64_t punches = 0;
    };
    std::vector<MinuteCount> count_by_minute(std::int64_t terminal_id, const std::string& from, const std::string& to);

    // A delivery without its content.
    struct Delivered {
        std::int64_t id = 0;
        std::string road;
        std::string table;
        std::string received_at;
        std::string peer;
        std::int64_t bytes = 0;
    };
    // Of one terminal, those that brought a punch, a reject, an event or a table that nobody reads; newest first.
    std::vector<Delivered> list_latest_deliveries(std::int64_t terminal_id, int limit);
    // Of one terminal, newest first.
    std::vector<RejectRow> list_latest_rejects(const std::string& serial, int limit);

private:
    Database& database_;
};

}  // namespace presensi::storage
