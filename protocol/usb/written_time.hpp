#pragma once
// Dates as other makes and office programs write them: 2026-11-20, 20/11/2026, 11/20/2026 (protocol-4370 § 8.3).

#include <optional>
#include <string_view>

#include "protocol/records.hpp"

namespace presensi::usb {

// How 05/06/2026 is to be read, where the file itself does not tell.
enum class DateOrder { by_the_file, day_first, month_first };

// A date with / or -, then blanks or a T, then the time of day to the second. A year in front needs no order; of the
// others by_the_file is read as month first.
std::optional<DeviceTime> decode_written_time(std::string_view text, DateOrder order);

// Whether the text begins with such a date.
bool begins_with_date(std::string_view text);

// What all the times of a file say together of the order of day and month.
class DateOrderFinder {
public:
    void look_at(std::string_view text);  // what is no date says nothing

    // A number beyond twelve tells, or that the times go forward in one reading alone; by_the_file: every year is in
    // front. Nothing: both readings fit.
    std::optional<DateOrder> order() const;

private:
    bool any_ = false;
    bool day_first_ = true;
    bool month_first_ = true;
    bool day_first_ascends_ = true;
    bool month_first_ascends_ = true;
    std::optional<DeviceTime> last_by_day_;
    std::optional<DeviceTime> last_by_month_;
};

// For a person: why the order has to be said.
inline constexpr std::string_view order_is_open =
    "The dates of this file can be read in two ways, such as 05/06 as the fifth of June or the sixth of May: say "
    "date_order=day_first or date_order=month_first.";

}  // namespace presensi::usb
