#pragma once
// When a terminal is pulled next. Pure; nothing here waits.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "daemon/clock.hpp"
#include "protocol/records.hpp"

namespace presensi::pull {

// How the last pulls of a terminal went.
struct History {
    std::optional<Instant> last_end;      // none: never pulled
    std::optional<Instant> last_success;  // none: never complete
    std::int64_t failures = 0;            // since then
};

struct Plan {
    std::chrono::seconds every{};                  // from one complete pull to the next
    const std::vector<config::QuietHours>* quiet;  // local hours in which none is begun
    Zone* zone;
    double share = 0;  // 0 ≤ share < 1, the terminal's own: spreads pulls that would begin together
};

// A number of its own for every serial, always the same.
double share_of(std::string_view serial);

// Not before `now`. After a success: `every`, and up to a tenth of it later, at most half an hour. After failures: 1,
// 2, 4, … minutes up to an hour, never more than `every`. Never pulled: within ten minutes. Then out of the quiet
// hours.
Instant next_pull(const Plan& plan, const History& history, Instant now);

// `when`, or the end of the quiet hours that it lies in; hours that fill the whole day are nobody's wish and keep it.
Instant after_quiet(Instant when, const std::vector<config::QuietHours>& quiet, Zone& zone);

}  // namespace presensi::pull
