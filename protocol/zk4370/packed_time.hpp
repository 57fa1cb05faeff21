#pragma once
// The two forms in which terminals send their wall clock (protocol-4370 § 4.1).

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/records.hpp"

namespace presensi::zk4370 {

// The four-byte form: every month has 31 days and every year 372. Not seconds since anything; differences are no
// durations. 0 means that the terminal had no clock: it decodes to 2000-01-01 00:00:00, the caller must look first.
inline constexpr std::uint32_t no_time = 0;

// Nothing for a day that the calendar lacks (31 April) and for years beyond 2099; never normalised.
std::optional<DeviceTime> decode_packed_time(std::uint32_t value);

// The year in it, 2000–2138, whether or not the calendar has the day.
int year_of_packed_time(std::uint32_t value);

// `time` must be within 2000–2099.
std::uint32_t encode_packed_time(DeviceTime time);

// Six bytes, of events: year − 2000, month, day, hour, minute, second. Nothing if impossible or not six bytes.
std::optional<DeviceTime> decode_six_byte_time(std::string_view bytes);

}  // namespace presensi::zk4370
