#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/database.hpp"
#include "storage/intake.hpp"

namespace presensi::storage {

// What is stored of a month, as the monthly cycle asks for it. from <= device_time < to, wall clock,
// 2026-10-01T00:00:00.
class MonthRepository {
public:
    explicit MonthRepository(Database& database) : database_(database) {}

    // Punches of one terminal by PIN.
    struct Group {
        std::string pin_key;
        std::int64_t punches = 0;
        std::string first;  // device times
        std::string last;
    };
    std::vector<Group> count_by_pin(std::int64_t terminal_id, const std::string& from, const std::string& to);
    std::vector<std::string> list_times(std::int64_t terminal_id, const std::string& pin_key, const std::string& from,
                                        const std::string& to);

    // One terminal's, by device time and PIN key; roads holds the first sighting's alone.
    struct Punched {
        FeedRow row;
        std::string pin_key;
    };
    std::vector<Punched> list(std::int64_t terminal_id, const std::string& from, const std::string& to);
    // By id, in its order.
    std::vector<Punched> list_frozen(std::int64_t period_id);
    // Of one terminal's: on which roads else each of them was seen, in their order.
    struct Seen {
        std::int64_t punch_id = 0;
        std::string road;
    };
    std::vector<Seen> list_roads(std::int64_t terminal_id, const std::string& from, const std::string& to);

    // Punches to review (exception_repository.hpp).
    struct Exception {
        std::int64_t terminal_id = 0;
        std::string pin_key;
        std::string device_time;
        std::string grade;
    };
    std::vector<Exception> list_exceptions(const std::string& from, const std::string& to);

    struct Count {
        std::int64_t terminal_id = 0;
        std::int64_t number = 0;
    };
    // Received in from <= received_at < to, RFC 3339 UTC.
    struct Rejected {
        std::int64_t terminal_id = 0;
        std::string received_at;
        std::string bytes;         // at most the first 500
        std::string last_of_file;  // device time of the newest punch of the file it was in; empty: of none
    };
    std::vector<Rejected> list_rejects(const std::string& from_utc, const std::string& to_utc);

    // The latest file of each terminal that was taken.
    struct Brought {
        std::int64_t terminal_id = 0;
        std::string at;  // RFC 3339 UTC
    };
    std::vector<Brought> list_latest_uploads();
    // Whole logs that were brought since: neither users nor a table, and not cut.
    struct Log {
        std::int64_t terminal_id = 0;
        std::string at;
        std::string last;  // device time of its newest punch
    };
    std::vector<Log> list_logs(const std::string& since_utc);
    // Files with punches of these days that wait for a second person, by terminal.
    std::vector<Count> count_waiting(const std::string& from, const std::string& to);

private:
    Database& database_;
};

}  // namespace presensi::storage
