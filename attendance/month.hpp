#pragma once
// The monthly duty of Perbup Balangan 32/2020 ps. 3(d): a month is submitted from the 1st to the 5th of the next one.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attendance/directory.hpp"

namespace presensi::attendance {

struct Month {
    std::chrono::year_month value;

    Day first() const { return Day(value / 1); }
    Day after() const { return Day((value + std::chrono::months(1)) / 1); }  // the first day of the next one
    std::string name() const;                                                // 2026-10
    bool operator==(const Month&) const = default;
};

std::optional<Month> decode_month(std::string_view text);  // "2026-10", exactly
Month month_of(Day day);

struct SubmitWindow {
    Day first{};  // the 1st
    Day last{};   // the 5th; belongs to it
    std::vector<Day> working_days;
    // Too few working days: it should be open until this day. None: it is long enough.
    std::optional<Day> proposed;
};

// `enough`: so many working days make it long enough, 1–5.
SubmitWindow submit_window(Month month, const Directory& directory, int enough);

enum class Moment : std::uint8_t { early, in_time, late };
std::string_view to_string(Moment moment);
// `extended`: the last day by what was granted, none: nothing was.
Moment moment_of(const SubmitWindow& window, std::optional<Day> extended, Day today);
// Working days from today on until its last day, both included; 0 when it is over.
int working_days_left(const SubmitWindow& window, std::optional<Day> extended, Day today, const Directory& directory);

}  // namespace presensi::attendance
