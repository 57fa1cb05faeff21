#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

// One comparison of one day of one terminal with what is stored of it.
struct CompletenessRow {
    std::int64_t id = 0;
    std::int64_t terminal_id = 0;
    std::string day;                             // of the terminal's wall clock, 2026-11-20
    std::string until;                           // the last reading that was compared, 2026-11-20T23:59:59
    std::string cause;                           // gap, nightly, asked, pull
    std::string asked_at;                        // RFC 3339 UTC
    std::string result;                          // open, complete, mended, short, unknown
    std::string means;                           // verify_sum, query, pull; empty: none was to be had
    std::optional<std::int64_t> terminal_count;  // by the terminal's own count
    std::optional<std::int64_t> stored_count;
    std::int64_t difference = 0;  // fetched (mended) or missing (short)
    std::string compared_at;      // RFC 3339 UTC; empty: not yet
    std::string note;             // an English sentence, where there is something to say
    // Of an open one:
    std::string worker;     // the run of a daemon that works on it; empty: none
    std::int64_t beat = 0;  // that it still does
};

struct RoadCount {
    std::string road;
    std::int64_t punches = 0;
};

// What was compared with what (architecture 5.3), and the numbers that a certificate is made of.
class CompletenessRepository {
public:
    explicit CompletenessRepository(Database& database) : database_(database) {}

    // Stores open ones; where one of that terminal and day is open already, it reaches as far as the later of both.
    void open(std::span<const CompletenessRow> rows);
    std::vector<CompletenessRow> list_open();
    std::optional<CompletenessRow> find_open(std::int64_t terminal_id, const std::string& day);
    // Makes `worker` the one who works on it; false if it is no more as `row` says.
    bool claim(const CompletenessRow& row, const std::string& worker);
    // That `worker` still works on its own.
    void beat(const std::string& worker);
    // `worker` ends, and whoever wants them may have its own.
    void release(const std::string& worker);
    // Nobody works on any: those who did are gone, because nobody else has this store.
    void release_all();
    // What was stored of it when the fetching began.
    void note_before(const CompletenessRow& row, std::int64_t stored);
    // Stores the outcome of an open one; false if it is no more as `row` says: closed, taken over, or reaching further.
    bool close(const CompletenessRow& row);
    // A comparison that needed no question.
    void add(const CompletenessRow& row);
    // Those of from <= day <= to, by day and then in their order.
    std::vector<CompletenessRow> list(std::int64_t terminal_id, const std::string& from, const std::string& to);
    // The same of all terminals, in no order of terminals.
    std::vector<CompletenessRow> list_of_all(const std::string& from, const std::string& to);
    // Whether the whole of that day has been compared, or is to be, since that moment.
    struct Day {
        std::int64_t terminal_id = 0;
        std::string day;
    };
    std::vector<Day> list_compared_since(const std::string& from_day, const std::string& since);

    // The newest stored punch with from <= device_time < to.
    std::optional<std::string> newest(std::int64_t terminal_id, const std::string& from, const std::string& to);
    // When somebody last deleted records at the terminal, as far as it told; by its wall clock, and not after `now`.
    std::optional<std::string> last_deletion(std::int64_t terminal_id, const std::string& now);
    // Stored punches with from <= device_time <= to.
    std::int64_t count(std::int64_t terminal_id, const std::string& from, const std::string& to);
    // Punches with from <= device_time < to that a further road saw, too, by that road.
    std::vector<RoadCount> count_sightings(std::int64_t terminal_id, const std::string& from, const std::string& to);
    struct DayCount {
        std::string day;
        std::int64_t punches = 0;
    };
    // All with from <= device_time < to, in no order.
    struct Punched {
        std::string device_time;
        std::string pin_key;
        std::string road;  // of the first sighting
    };
    std::vector<Punched> list_punched(std::int64_t terminal_id, const std::string& from, const std::string& to);
    // New punches of that delivery by day, with from <= device_time.
    std::vector<DayCount> count_of_delivery(std::int64_t terminal_id, std::int64_t delivery_id,
                                            const std::string& from);

private:
    Database& database_;
};

}  // namespace presensi::storage
