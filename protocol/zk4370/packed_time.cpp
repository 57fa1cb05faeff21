#include "protocol/zk4370/packed_time.hpp"

#include <cassert>

#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

constexpr int first_year = 2000;
constexpr int last_year = 2099;
constexpr std::uint32_t seconds_per_day = 86400;
constexpr std::uint32_t days_per_year = 12 * 31;

std::optional<DeviceTime> to_device_time(int year, unsigned month, unsigned day, std::chrono::seconds since_midnight) {
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    if (!date.ok() || year < first_year || year > last_year) return std::nullopt;
    return std::chrono::local_days{date} + since_midnight;
}

}  // namespace

std::optional<DeviceTime> decode_packed_time(std::uint32_t value) {
    const std::uint32_t days = value / seconds_per_day;
    return to_device_time(year_of_packed_time(value), days / 31 % 12 + 1, days % 31 + 1,
                          std::chrono::seconds{value % seconds_per_day});
}

int year_of_packed_time(std::uint32_t value) {
    return first_year + static_cast<int>(value / seconds_per_day / days_per_year);
}

std::uint32_t encode_packed_time(DeviceTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const int year = static_cast<int>(date.year());
    assert(year >= first_year && year <= last_year);
    const std::uint32_t days = static_cast<std::uint32_t>(year - first_year) * days_per_year +
                               (static_cast<unsigned>(date.month()) - 1) * 31 + static_cast<unsigned>(date.day()) - 1;
    return days * seconds_per_day + static_cast<std::uint32_t>((time - day).count());
}

std::optional<DeviceTime> decode_six_byte_time(std::string_view bytes) {
    if (bytes.size() != 6) return std::nullopt;
    const int hour = u8_at(bytes, 3);
    const int minute = u8_at(bytes, 4);
    const int second = u8_at(bytes, 5);
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return to_device_time(first_year + u8_at(bytes, 0), u8_at(bytes, 1), u8_at(bytes, 2),
                          std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second});
}

}  // namespace presensi::zk4370
