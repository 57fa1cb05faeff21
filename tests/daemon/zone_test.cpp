#include <doctest/doctest.h>

#include "daemon/clock.hpp"
#include "protocol/text_fields.hpp"

using namespace presensi;

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
        const Zone zone(c.zone);
        CHECK(format_utc(zone.to_utc(*decode_device_time(c.local))) == c.utc);
    }
    const Zone makassar("Asia/Makassar");
    const auto noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + std::chrono::hours(4);
    CHECK(makassar.offset_at(noon) == std::chrono::hours(8));
    CHECK(format_device_time(makassar.to_local(noon)) == "2026-11-20T12:00:00");
    CHECK(Zone::exists("Asia/Makassar"));
    CHECK_FALSE(Zone::exists("Asia/Banjarmasin"));
}
