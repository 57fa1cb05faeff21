#include "attendance/month.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace presensi::attendance {

using std::chrono::days;

namespace {

constexpr days submit_days{5};      // ps. 3(d)
constexpr days longest_search{60};  // no run of holidays is longer

std::optional<int> digits(std::string_view text) {
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number;
}

}  // namespace

std::string Month::name() const {
    return fmt::format("{:04}-{:02}", static_cast<int>(value.year()), static_cast<unsigned>(value.month()));
}

std::optional<Month> decode_month(std::string_view text) {
    if (text.size() != 7 || text[4] != '-') return std::nullopt;
    const auto year = digits(text.substr(0, 4));
    const auto month = digits(text.substr(5));
    if (!year || !month || *year < 1900 || *month < 1 || *month > 12) return std::nullopt;
    return Month{std::chrono::year(*year) / std::chrono::month(static_cast<unsigned>(*month))};
}

Month month_of(Day day) {
    const std::chrono::year_month_day date(day);
    return Month{date.year() / date.month()};
}

SubmitWindow submit_window(Month month, const Directory& directory, int enough) {
    SubmitWindow window;
    window.first = month.after();
    window.last = window.first + submit_days - days(1);
    window.working_days = directory.working_days(window.first, window.last + days(1));
    auto missing = enough - static_cast<int>(window.working_days.size());
    if (missing <= 0) return window;
    for (Day day = window.last + days(1); day < window.last + longest_search; day += days(1)) {
        if (!directory.is_working_day(day) || --missing > 0) continue;
        window.proposed = day;
        break;
    }
    return window;
}

std::string_view to_string(Moment moment) {
    switch (moment) {
        case Moment::early:
            return "early";
        case Moment::in_time:
            return "in_time";
        case Moment::late:
            return "late";
    }
    return "";
}

Moment moment_of(const SubmitWindow& window, std::optional<Day> extended, Day today) {
    if (today < window.first) return Moment::early;
    return today <= std::max(window.last, extended.value_or(window.last)) ? Moment::in_time : Moment::late;
}

int working_days_left(const SubmitWindow& window, std::optional<Day> extended, Day today, const Directory& directory) {
    const Day last = std::max(window.last, extended.value_or(window.last));
    const Day from = std::max(today, window.first);
    return from > last ? 0 : static_cast<int>(directory.working_days(from, last + days(1)).size());
}

}  // namespace presensi::attendance
