#include "protocol/usb/written_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/text_fields.hpp"

namespace presensi::usb {

namespace {

// Three numbers, and the time of day behind them.
struct Date {
    std::array<int, 3> parts{};
    bool year_first = false;
    std::string_view time;
};

std::optional<Date> split_date(std::string_view text) {
    text = trim_blanks(text);
    Date date;
    for (std::size_t i = 0; i < date.parts.size(); ++i) {
        const auto digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
        const auto number = decode_number(digits, 0, 9999);
        if (!number || digits.size() > 4) return std::nullopt;
        if (i == 0) date.year_first = digits.size() == 4;
        if (i == 2 && !date.year_first && digits.size() != 4) return std::nullopt;
        date.parts[i] = *number;
        text.remove_prefix(digits.size());
        const bool separated =
            i < 2 ? text.starts_with('/') || text.starts_with('-') : text.starts_with(' ') || text.starts_with('T');
        if (!separated) return std::nullopt;
        text.remove_prefix(1);
    }
    date.time = trim_blanks(text);
    return date;
}

std::optional<DeviceTime> time_of(const Date& date, DateOrder order) {
    const auto& [a, b, c] = date.parts;
    if (date.year_first) return decode_device_time(fmt::format("{:04}-{}-{} {}", a, b, c, date.time));
    const bool day_first = order == DateOrder::day_first;
    return decode_device_time(fmt::format("{:04}-{}-{} {}", c, day_first ? b : a, day_first ? a : b, date.time));
}

}  // namespace

std::optional<DeviceTime> decode_written_time(std::string_view text, DateOrder order) {
    const auto date = split_date(text);
    return date ? time_of(*date, order) : std::nullopt;
}

bool begins_with_date(std::string_view text) { return split_date(text).has_value(); }

void DateOrderFinder::look_at(std::string_view text) {
    const auto date = split_date(text);
    if (!date || date->year_first) return;
    any_ = true;
    day_first_ = day_first_ && date->parts[1] <= 12;
    month_first_ = month_first_ && date->parts[0] <= 12;
    const auto by_day = time_of(*date, DateOrder::day_first);
    const auto by_month = time_of(*date, DateOrder::month_first);
    if (by_day && last_by_day_ && *by_day < *last_by_day_) day_first_ascends_ = false;
    if (by_month && last_by_month_ && *by_month < *last_by_month_) month_first_ascends_ = false;
    if (by_day) last_by_day_ = by_day;
    if (by_month) last_by_month_ = by_month;
}

std::optional<DateOrder> DateOrderFinder::order() const {
    if (!any_) return DateOrder::by_the_file;
    if (day_first_ != month_first_) return day_first_ ? DateOrder::day_first : DateOrder::month_first;
    if (day_first_ && day_first_ascends_ != month_first_ascends_)
        return day_first_ascends_ ? DateOrder::day_first : DateOrder::month_first;
    return std::nullopt;
}

}  // namespace presensi::usb
