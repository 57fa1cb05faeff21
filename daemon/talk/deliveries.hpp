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

namespace presensi::talk {

// On a storage thread. Throws storage::StoreUnavailable.
class Deliveries {
public:
    // Of an event that began at `begins`, wall-clock time of the place, and was over at `over`, not after `now`.
    // `pulls`: the latest of each terminal.
    Deliveries(storage::Database& database, const std::vector<storage::PullRepository::Latest>& pulls,
               DeviceTime begins, Instant over, Instant now);

    // After the event its log was pulled or brought whole, or it was in unbroken contact for five minutes: a terminal
    // that is plugged in calls before it sends what it holds. The times are those of its present contact by push, none
    // where nobody knows.
    bool has_delivered(std::int64_t terminal, std::optional<Instant> online_since, std::optional<Instant> last_push);

private:
    storage::ContactRepository contacts_;
    Instant over_;
    std::string over_text_;  // RFC 3339 UTC, as all that is compared with it
    std::string now_text_;
    std::set<std::int64_t> whole_;
};

}  // namespace presensi::talk
