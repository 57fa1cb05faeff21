#include "attendance/records.hpp"

#include <doctest/doctest.h>

#include "attendance/organisation.hpp"
#include "tests/attendance/example.hpp"

namespace presensi::attendance {

TEST_CASE("days and times of day are read as they are written, and in no other form") {
    CHECK(format_day(day("2026-02-28")) == "2026-02-28");
    CHECK(format_time_of_day(std::chrono::minutes(seven)) == "07:00");
    for (const char* text : {"", "2026-2-28", "2026-02-29", "2026-02-28 ", "2026/02/28", "28-02-2026", "2026-1-011"}) {
        CAPTURE(text);
        CHECK_FALSE(decode_day(text));
    }
    CHECK(decode_time_of_day("00:00") == std::chrono::minutes(0));
    CHECK(decode_time_of_day("23:59") == std::chrono::minutes(24 * 60 - 1));
    for (const char* text : {"", "7:00", "24:00", "07:60", "07.00", "+7:00", "07:00:00"}) {
        CAPTURE(text);
        CHECK_FALSE(decode_time_of_day(text));
    }
}

TEST_CASE("every word means what it says") {
    for (const auto group :
         {EchelonGroup::eselon_2, EchelonGroup::eselon_3, EchelonGroup::eselon_4, EchelonGroup::staff})
        CHECK(echelon_group(to_string(group)) == group);
    for (const auto kind : {PersonKind::pns, PersonKind::cpns, PersonKind::pppk, PersonKind::none})
        CHECK(person_kind(to_string(kind)) == kind);
    for (const auto kind : {EventKind::apel, EventKind::senam, EventKind::tausiyah, EventKind::upacara})
        CHECK(event_kind(to_string(kind)) == kind);
    for (const auto kind : {HolidayKind::national, HolidayKind::collective_leave, HolidayKind::local})
        CHECK(holiday_kind(to_string(kind)) == kind);
    CHECK_FALSE(echelon_group("fungsional"));
    CHECK_FALSE(person_kind(""));
}

TEST_CASE("spans end before their last day") {
    const Span span = between("2026-01-01", "2026-02-01");
    CHECK_FALSE(span.holds(day("2025-12-31")));
    CHECK(span.holds(day("2026-01-01")));
    CHECK(span.holds(day("2026-01-31")));
    CHECK_FALSE(span.holds(day("2026-02-01")));
    CHECK_FALSE(span.overlaps(since("2026-02-01")));
    CHECK(span.overlaps(since("2026-01-31")));
    CHECK(since("2026-01-31").overlaps(span));
}

TEST_CASE("an event held weekly is on each such day") {
    const auto on = [](const char* from, const char* to) {
        std::string days;
        for (const Event& one : held_weekly(event(EventKind::apel, "2020-01-01", seven, half_past_eight),
                                            std::chrono::Monday, day(from), day(to)))
            days += format_day(one.day).substr(5) + " ";
        return days;
    };
    CHECK(on("2026-11-23", "2026-12-08") == "11-23 11-30 12-07 ");
    CHECK(on("2026-11-24", "2026-12-07") == "11-30 ");
    CHECK(on("2026-11-24", "2026-11-30") == "");
}

}  // namespace presensi::attendance
