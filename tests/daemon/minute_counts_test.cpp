#include "daemon/minute_counts.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace presensi;
using namespace std::chrono_literals;

namespace {

const Instant start = Instant(std::chrono::hours(24 * 20'000));

std::int64_t sum(const MinuteCounts::Hour& hour) { return std::accumulate(hour.begin(), hour.end(), std::int64_t{0}); }

}  // namespace

TEST_CASE("counts by minute: the last sixty, oldest first") {
    MinuteCounts counts;
    CHECK(sum(counts.last_hour(start)) == 0);
    counts.add(start + 10s, 3);
    counts.add(start + 59s, 1);
    CHECK(counts.last_hour(start + 59s)[59] == 4);
    counts.add(start + 60s, 7);
    counts.add(start + 3min, 2);
    const auto hour = counts.last_hour(start + 4min);
    CHECK(hour[59] == 0);
    CHECK(hour[58] == 2);
    CHECK(hour[57] == 0);
    CHECK(hour[56] == 7);
    CHECK(hour[55] == 4);
    CHECK(sum(hour) == 13);
    CHECK(sum(counts.last_hour(start + 60min)) == 9);  // the first minute is gone
    CHECK(sum(counts.last_hour(start + 62min)) == 2);
    CHECK(sum(counts.last_hour(start + 63min)) == 0);
    CHECK(sum(counts.last_hour(start + 1000h)) == 0);
    counts.add(start + 1000h, 5);
    CHECK(sum(counts.last_hour(start + 1000h)) == 5);
}

TEST_CASE("counts by minute: a clock that was set back begins anew") {
    MinuteCounts counts;
    counts.add(start + 30min, 3);
    counts.add(start, 2);
    CHECK(counts.last_hour(start)[59] == 2);
    CHECK(sum(counts.last_hour(start)) == 2);
}

TEST_CASE("counts by minute: from a total that is read now and then") {
    MinuteCounts counts;
    counts.note_total(start, 5);
    counts.note_total(start + 1s, 5);
    counts.note_total(start + 61s, 9);
    const auto hour = counts.last_hour(start + 61s);
    CHECK(hour[59] == 4);
    CHECK(hour[58] == 5);
}
