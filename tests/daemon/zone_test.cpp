#include <doctest/doctest.h>

#include "daemon/clock.hpp"
#include "protocol/text_fields.hpp"

using namespace presensi;

TEST_CASE("what has passed, also after our clock was set back") {
    using namespace std::chrono_literals;
    const Instant noon{12h};
    CHECK_FALSE(has_passed(noon, 5min, noon + 4min));
    CHECK(has_passed(noon, 5min, noon + 5min));
    CHECK_FALSE(has_passed(noon, 5min, noon - 30s));
    CHECK(has_passed(noon, 5min, noon - 1h));
}

TEST_CASE("wall clock to UTC") {
    const struct {
        const char* name;
        const char* zone;
        const char* local;
        const char* utc;
    } cases[] = {
        {"WITA, morning", "Asia/Makassar", "2026-11-20 07:59:30", "2026-11-19T23:59:30Z"},
        {"WIB", "Asia/Jakarta", "2026-11-20 07:59:30", "2026-11-20T00:59:30Z"},
        {"WIT", "Asia/Jayapura", "2026-11-20 07:59:30", "2026-11-19T22:59:30Z"},
        {"half hour", "Asia/Kolkata", "2026-01-01 05:30:00", "2026-01-01T00:00:00Z"},
        {"summer", "Europe/Berlin", "2026-07-01 08:00:00", "2026-07-01T06:00:00Z"},
        {"occurs twice: the earlier", "Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"},
        {"never occurs: the change", "Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T01:00:00Z"},
        {"1970", "Asia/Makassar", "1970-01-01 00:00:00", "1969-12-31T16:00:00Z"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Zone zone(c.zone);
        CHECK(format_utc(zone.to_utc(*decode_device_time(c.local))) == c.utc);
    }
    const Zone makassar("Asia/Makassar");
    const auto noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + std::chrono::hours(4);
    CHECK(makassar.offset_at(noon) == std::chrono::hours(8));
    CHECK(format_device_time(makassar.to_local(noon)) == "2026-11-20T12:00:00");
    CHECK(Zone::exists("Asia/Makassar"));
    CHECK_FALSE(Zone::exists("Asia/Banjarmasin"));
}

TEST_CASE("what a zone remembers of one reading never bends the next") {
    using namespace std::chrono_literals;
    // Berlin changes twice a year, Lord Howe by half an hour; Samoa left out 30 December 2011.
    for (const char* name : {"Asia/Makassar", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"}) {
        CAPTURE(name);
        const DeviceTime start = std::chrono::local_days{std::chrono::year{2011} / 1 / 1};
        Zone forwards(name);
        Zone backwards(name);
        for (int half_hour = 0; half_hour < 2 * 24 * 730; ++half_hour) {
            const DeviceTime later = start + half_hour * 30min;
            const DeviceTime earlier = start + 24h * 730 - half_hour * 30min;
            REQUIRE(forwards.to_utc(later) == Zone(name).to_utc(later));
            REQUIRE(backwards.to_utc(earlier) == Zone(name).to_utc(earlier));
        }
    }
}
