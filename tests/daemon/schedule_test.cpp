#include "daemon/pull/schedule.hpp"

#include <doctest/doctest.h>

#include "protocol/text_fields.hpp"

using namespace presensi;
using namespace presensi::pull;
using namespace std::chrono_literals;

namespace {

// In Makassar, UTC+8 without daylight saving.
Instant local(const char* time) {
    static Zone zone("Asia/Makassar");
    return zone.to_utc(decode_device_time(time).value());
}

std::string shown(Instant instant) {
    static Zone zone("Asia/Makassar");
    return format_device_time(zone.to_local(std::chrono::floor<std::chrono::seconds>(instant)));
}

const std::vector<config::QuietHours> none;
const std::vector<config::QuietHours> rush{{7h, 8h + 30min}, {16h + 30min, 18h}};
const std::vector<config::QuietHours> night{{22h, 6h}};
const std::vector<config::QuietHours> chained{{7h, 8h}, {8h, 9h}, {23h, 7h}};
const std::vector<config::QuietHours> always{{0h, 12h}, {12h, 24h}};

}  // namespace

TEST_CASE("pull: quiet hours are waited out") {
    Zone zone("Asia/Makassar");
    const struct {
        const char* when;
        const std::vector<config::QuietHours>& quiet;
        const char* expected;
    } cases[] = {
        {"2026-11-23 06:59:59", rush, "2026-11-23T06:59:59"},    {"2026-11-23 07:00:00", rush, "2026-11-23T08:30:00"},
        {"2026-11-23 08:29:59", rush, "2026-11-23T08:30:00"},    {"2026-11-23 08:30:00", rush, "2026-11-23T08:30:00"},
        {"2026-11-23 17:00:00", rush, "2026-11-23T18:00:00"},    {"2026-11-23 23:00:00", night, "2026-11-24T06:00:00"},
        {"2026-11-23 05:59:00", night, "2026-11-23T06:00:00"},   {"2026-11-23 21:59:00", night, "2026-11-23T21:59:00"},
        {"2026-11-23 23:30:00", chained, "2026-11-24T09:00:00"}, {"2026-11-23 07:30:00", none, "2026-11-23T07:30:00"},
        {"2026-11-23 07:30:00", always, "2026-11-23T07:30:00"},
    };
    for (const auto& test : cases) {
        CAPTURE(test.when);
        CHECK(shown(after_quiet(local(test.when), test.quiet, zone)) == test.expected);
    }
}

TEST_CASE("pull: when a terminal is pulled next") {
    Zone zone("Asia/Makassar");
    const Instant now = local("2026-11-23 10:00:00");
    const Plan weekly{24h * 7, &rush, &zone, 0.5};

    CHECK(shown(next_pull(weekly, {}, now)) == "2026-11-23T10:05:00");
    const Instant week_ago = now - 24h * 7;
    CHECK(shown(next_pull(weekly, {week_ago, week_ago, 0}, now)) == "2026-11-23T10:15:00");
    CHECK(shown(next_pull(weekly, {week_ago - 24h * 3, week_ago - 24h * 3, 0}, now)) == "2026-11-23T10:00:00");
    const Plan hourly{1h, &none, &zone, 0.5};
    CHECK(shown(next_pull(hourly, {now, now, 0}, now)) == "2026-11-23T11:03:00");

    const char* const retries[] = {"10:01:00", "10:02:00", "10:04:00", "10:08:00",
                                   "10:16:00", "10:32:00", "11:00:00", "11:00:00"};
    for (int failures = 1; failures <= 8; ++failures) {
        CAPTURE(failures);
        CHECK(shown(next_pull(weekly, {now, week_ago, failures}, now)) ==
              std::string("2026-11-23T") + retries[failures - 1]);
    }
    CHECK(shown(next_pull(weekly, {now, std::nullopt, 1'000'000}, now)) == "2026-11-23T11:00:00");
    const Plan often{30s, &none, &zone, 0.5};
    CHECK(shown(next_pull(often, {now, std::nullopt, 5}, now)) == "2026-11-23T10:00:30");
    // What fell into the quiet hours comes after them.
    const Instant evening = local("2026-11-23 16:29:30");
    CHECK(shown(next_pull(weekly, {evening, week_ago, 1}, evening)) == "2026-11-23T18:00:00");
}

TEST_CASE("pull: terminals that would be pulled together are spread") {
    CHECK(share_of("TST7240100001") == share_of("TST7240100001"));
    int early = 0;
    for (int i = 0; i < 1000; ++i) {
        const double share = share_of("TST" + std::to_string(i));
        REQUIRE(share >= 0);
        REQUIRE(share < 1);
        early += share < 0.5 ? 1 : 0;
    }
    CHECK(early > 400);
    CHECK(early < 600);
}
