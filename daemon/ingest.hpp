#pragma once

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/alarms.hpp"
#include "daemon/clock.hpp"
#include "daemon/metrics/histogram.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/terminal_registry.hpp"
#include "protocol/records.hpp"

namespace presensi {

// A time in which a terminal pushed, as far as contact showed.
struct OnlineInterval {
    Instant since{};
    Instant until{};  // the last contact
};

// Several front doors, one corridor: every door ends here (architecture 1). Derives UTC and grade, awaits the commit,
// and only then lets counters and stamps follow.
class Ingest {
public:
    struct Counts {
        std::int64_t punches = 0;
        std::int64_t deliveries = 0;
        std::int64_t rejects = 0;
        std::int64_t known = 0;    // punches that were there already, since the start
        std::int64_t refused = 0;  // deliveries that the store could not take, since the start
    };

    Ingest(StoreWorker& worker, TerminalRegistry& registry, Alarms& alarms, Now now);

    // Throws storage::StoreUnavailable; then nothing of it may be acknowledged. `terminal` is stored (row.id != 0).
    // `pushing`, for what was pulled: when the terminal pushed, sorted and apart; empty: it is not expected to.
    boost::asio::awaitable<Receipt> record(Terminal& terminal, Delivery delivery,
                                           std::vector<OnlineInterval> pushing = {});

    // What a terminal tells of itself. Its delivery is kept if any of it is new, or if it is unread or has rejects; the
    // stamp moves last, with the events. Throws storage::StoreUnavailable.
    boost::asio::awaitable<Receipt> record_log(Terminal& terminal, Delivery delivery, std::vector<TerminalEvent> events,
                                               std::vector<TerminalUser> users);

    // Asks the store by way of intake whether it can write, so that /readyz is right also while nobody uploads.
    boost::asio::awaitable<void> look_at_store();

    // Judgements of lateness and of terminals' clocks rest on ours.
    void set_clock_synchronised(bool yes) { clock_synchronised_ = yes; }
    bool clock_is_synchronised() const { return clock_synchronised_; }

    // What was stored before this start.
    void add_counts(const Counts& stored);
    const Counts& counts() const { return counts_; }
    bool store_available() const { return store_available_; }

    // Since the start.
    struct OfRoad {
        std::int64_t deliveries = 0;  // that were acknowledged, also without anything new
        std::int64_t new_punches = 0;
        std::int64_t known_punches = 0;
        std::int64_t new_rejects = 0;
        std::int64_t refused = 0;
    };
    const OfRoad& of(Road road) const { return of_roads_[static_cast<std::size_t>(road)]; }
    // From a decoded pushed delivery to what lets its OK go.
    const metrics::Histogram& acknowledged() const { return acknowledged_; }

private:
    void judge_clock_of(Terminal& terminal, const Punch& newest, Instant received_at);
    void store_writes();
    void store_is_away(const std::string& reason);

    StoreWorker& worker_;
    TerminalRegistry& registry_;
    Alarms& alarms_;
    Now now_;
    Counts counts_;
    std::array<OfRoad, 3> of_roads_{};
    metrics::Histogram acknowledged_{metrics::seconds_bounds};
    bool store_available_ = true;
    bool clock_synchronised_ = true;
};

// As far as push can know (architecture 3.13). `received_at` is ours; `online_since` is the start of the terminal's
// unbroken contact, if we saw it.
Grade grade_of_push(const Punch& punch, Instant received_at, std::optional<Instant> online_since);

// What nobody pushed although the terminal did push then, and for some minutes after, is evidence (architecture 3.13),
// whether we read it in the terminal's log or a person brought that. `otherwise`: pulled or file.
Grade grade_of_pull(const Punch& punch, Instant received_at, std::span<const OnlineInterval> pushing, Grade otherwise);

// A clock that says so is impossible: before that day, or more than a day ahead of ours (protocol-adms § 3.1).
inline constexpr auto first_sane_day = std::chrono::sys_days{std::chrono::year{2015} / 1 / 1};
bool is_impossible(std::chrono::sys_seconds punched_at, Instant received_at);

}  // namespace presensi
