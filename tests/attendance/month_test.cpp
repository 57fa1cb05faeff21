// The window of the monthly duty, the 1st to the 5th.
#include "attendance/month.hpp"

#include <doctest/doctest.h>

#include "tests/attendance/example.hpp"

using namespace presensi::attendance;

namespace {

CalendarDay holiday(std::string_view on, HolidayKind kind = HolidayKind::national) {
    CalendarDay made;
    made.day = day(on);
    made.kind = kind;
    made.name = "libur";
    made.source = "SKB 3 Menteri";
    return made;
}

// requirements 1.5: Idulfitri on 1 April, cuti bersama on 2, 3, 4 and 7 April 2025.
Facts april_2025() {
    Facts facts;
    facts.calendar = {holiday("2025-04-01"),
                      holiday("2025-04-02", HolidayKind::collective_leave),
                      holiday("2025-04-03", HolidayKind::collective_leave),
                      holiday("2025-04-04", HolidayKind::collective_leave),
                      holiday("2025-04-07", HolidayKind::collective_leave),
                      holiday("2025-04-18")};
    return facts;
}

}  // namespace

TEST_CASE("months are written in one form") {
    CHECK(decode_month("2026-10")->name() == "2026-10");
    CHECK(decode_month("2026-12")->after() == day("2027-01-01"));
    for (const char* text : {"", "2026-1", "2026-13", "2026-00", "2026-1a", "10-2026", "2026-10-01", "26-10"}) {
        CAPTURE(text);
        CHECK_FALSE(decode_month(text));
    }
    CHECK(month_of(day("2026-02-28")).name() == "2026-02");
}

TEST_CASE("the window is the 1st to the 5th, and long enough with three working days") {
    const Directory directory{Facts{}};
    struct Case {
        const char* month;
        std::size_t working_days;
        const char* proposed;  // empty: none
    };
    for (const auto& c : {
             Case{"2026-10", 4, ""},  // 1 November is a Sunday
             Case{"2026-07", 3, ""},  // 1 August is a Saturday
             Case{"2025-12", 3, ""},  // without holidays
             Case{"2026-09", 3, ""},  // 1 October is a Thursday
         }) {
        CAPTURE(c.month);
        const auto window = submit_window(*decode_month(c.month), directory, 3);
        CHECK(window.working_days.size() == c.working_days);
        CHECK(window.proposed.has_value() == !std::string_view(c.proposed).empty());
    }
    const auto strict = submit_window(*decode_month("2026-09"), directory, 5);
    CHECK(strict.proposed == day("2026-10-07"));
}

TEST_CASE("April 2025: no working day in the window, so a longer one is proposed") {
    const Directory directory(april_2025());
    const Month march = *decode_month("2025-03");
    const auto window = submit_window(march, directory, 3);
    CHECK(window.first == day("2025-04-01"));
    CHECK(window.last == day("2025-04-05"));
    CHECK(window.working_days.empty());
    CHECK(window.proposed == day("2025-04-10"));  // 8, 9 and 10 April

    CHECK(moment_of(window, std::nullopt, day("2025-03-31")) == Moment::early);
    CHECK(moment_of(window, std::nullopt, day("2025-04-01")) == Moment::in_time);
    CHECK(moment_of(window, std::nullopt, day("2025-04-05")) == Moment::in_time);
    CHECK(moment_of(window, std::nullopt, day("2025-04-06")) == Moment::late);
    CHECK(moment_of(window, day("2025-04-10"), day("2025-04-10")) == Moment::in_time);
    CHECK(moment_of(window, day("2025-04-10"), day("2025-04-11")) == Moment::late);
    // A grant never shortens what the law gives.
    CHECK(moment_of(window, day("2025-04-02"), day("2025-04-05")) == Moment::in_time);

    CHECK(working_days_left(window, std::nullopt, day("2025-04-01"), directory) == 0);
    CHECK(working_days_left(window, day("2025-04-10"), day("2025-03-20"), directory) == 3);
    CHECK(working_days_left(window, day("2025-04-10"), day("2025-04-09"), directory) == 2);
    CHECK(working_days_left(window, day("2025-04-10"), day("2025-04-11"), directory) == 0);
    // requirements 1.5: TOTAL of that month.
    CHECK(directory.working_days(day("2025-04-01"), day("2025-05-01")).size() == 16);
}
