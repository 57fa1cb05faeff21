#include "daemon/pull/schedule.hpp"

#include <algorithm>
#include <cmath>

#include "protocol/sha256.hpp"

namespace presensi::pull {

using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

constexpr milliseconds first_pulls_within = 10min;
constexpr milliseconds widest_spread = 30min;
constexpr milliseconds longest_back_off = 1h;

milliseconds part_of(milliseconds whole, double share) {
    return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * share));
}

milliseconds back_off(std::int64_t failures, milliseconds every) {
    const auto doublings = std::min<std::int64_t>(failures - 1, 10);
    return std::min({milliseconds(1min) * (1 << doublings), longest_back_off, every});
}

// Minutes since local midnight at which the quiet hours around `minute` end.
std::optional<minutes> end_of_quiet(minutes minute, const std::vector<config::QuietHours>& quiet) {
    for (const auto& hours : quiet) {
        const bool over_midnight = hours.to <= hours.from;
        const bool inside =
            over_midnight ? minute >= hours.from || minute < hours.to : minute >= hours.from && minute < hours.to;
        if (inside) return hours.to;
    }
    return std::nullopt;
}

}  // namespace

double share_of(std::string_view serial) {
    const Sha256 digest = sha256(serial);
    return static_cast<double>(digest[0] * 256 + digest[1]) / 65536.0;
}

Instant after_quiet(Instant when, const std::vector<config::QuietHours>& quiet, Zone& zone) {
    Instant moved = when;
    for (std::size_t i = 0; i <= quiet.size(); ++i) {
        const DeviceTime local = zone.to_local(floor<seconds>(moved));
        const auto midnight = floor<days>(local);
        const auto minute = floor<minutes>(local - midnight);
        const auto end = end_of_quiet(minute, quiet);
        if (!end) return moved;
        const auto day = *end <= minute ? midnight + days(1) : midnight;
        moved = zone.to_utc(DeviceTime(day.time_since_epoch() + *end));
    }
    return when;
}

Instant next_pull(const Plan& plan, const History& history, Instant now) {
    Instant next = now + part_of(std::min<milliseconds>(first_pulls_within, plan.every), plan.share);
    if (history.failures > 0 && history.last_end) {
        next = *history.last_end + back_off(history.failures, plan.every);
    } else if (history.last_success) {
        next = *history.last_success + plan.every +
               part_of(std::min<milliseconds>(plan.every / 10, widest_spread), plan.share);
    }
    // Not later, though an end was written down by a clock that was ahead.
    next = std::min(next, now + plan.every + widest_spread);
    return after_quiet(std::max(next, now), *plan.quiet, *plan.zone);
}

}  // namespace presensi::pull
