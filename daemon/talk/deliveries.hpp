#pragma once
// Whether a terminal still holds punches of an event, by how it was in contact since.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/clock.hpp"
#include "protocol/records.hpp"
#include "storage/contact_repository.hpp"
#include "storage/pull_repository.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi::talk {

// An event that is over, or a day of events.
struct PastEvent {
    DeviceTime begins;  // wall-clock time of the place
    Instant began;      // the same moment
    Instant over;
};

struct DeliveryQuestion {
    std::int64_t terminal = 0;
    // Of its present contact by push; none where nobody knows.
    std::optional<Instant> online_since;
    std::optional<Instant> last_push;
    bool has_punches = false;  // of the event
};

// On a storage thread. Throws storage::StoreUnavailable.
class Deliveries {
public:
    // Of an event that was over not after `now`. `pulls`: the latest of each terminal.
    Deliveries(storage::Database& database, const std::vector<storage::PullRepository::Latest>& pulls,
               const PastEvent& event, Instant now);

    // After the event its log was pulled or brought whole, or it was in unbroken contact for five minutes: a terminal
    // that is plugged in calls before it sends what it holds. Not if it has no punches and within a week of the
    // beginning sent some of an impossible time: those may be the event's, by a clock that had stopped.
    bool has_delivered(const DeliveryQuestion& asked);

private:
    bool has_settled_since(const DeliveryQuestion& asked);
    bool has_sent_impossible_times(std::int64_t terminal);

    storage::ContactRepository contacts_;
    storage::TerminalRepository terminals_;
    PastEvent event_;
    std::string over_text_;  // RFC 3339 UTC, as all that is compared with it
    std::string now_text_;
    std::set<std::int64_t> whole_;
};

}  // namespace presensi::talk
