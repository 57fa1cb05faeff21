#pragma once
// Small strict readers for what terminals print. Views point into the input; nothing is copied unless said.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/records.hpp"

namespace presensi {

std::string_view trim_blanks(std::string_view text);  // spaces and TABs
std::string to_lower(std::string_view text);          // ASCII only
bool equals_ignoring_case(std::string_view a, std::string_view b);

bool is_valid_utf8(std::string_view bytes);

// Text that every store takes: valid UTF-8 stays, control characters and invalid bytes become \xNN, and a backslash
// that would look like such an escape is doubled nowhere (the raw bytes stay in the delivery). At most `limit` bytes:
// whole characters and whole escapes from the beginning.
std::string to_stored_text(std::string_view bytes, std::size_t limit = std::string::npos);

// The whole of `text` as a decimal number within [min, max], else nothing.
std::optional<int> decode_number(std::string_view text, int min, int max);

// "2026-11-20 07:58:03", also with T, single-digit parts and surrounding blanks; years 1900–9998; impossible dates
// and times are nothing (protocol-adms § 3.1).
std::optional<DeviceTime> decode_device_time(std::string_view text);

std::string format_device_time(DeviceTime time);           // 2026-11-20T07:58:03
std::string format_utc(std::chrono::sys_seconds time);     // 2026-11-19T23:58:03Z
std::string format_utc(Instant time);                      // 2026-11-19T23:58:03.123Z
std::optional<Instant> decode_utc(std::string_view text);  // the two forms above, exactly

}  // namespace presensi
