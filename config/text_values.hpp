#pragma once
// Values as people write them. Each decoder says in a sentence what it does not like.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/decoded.hpp"
#include "config/network.hpp"
#include "config/secret.hpp"
#include "config/settings.hpp"

namespace presensi::config {

inline constexpr std::size_t KiB = 1024;
inline constexpr std::size_t MiB = 1024 * KiB;
inline constexpr std::size_t GiB = 1024 * MiB;

Decoded<std::string> decode_text(std::string_view text);     // not empty, no control characters
Decoded<std::string> decode_serial(std::string_view text);   // [A-Za-z0-9_-]{1,32}
Decoded<std::string> decode_address(std::string_view text);  // IPv4 or IPv6, no host name
Decoded<Network> decode_network(std::string_view text);
Decoded<std::uint16_t> decode_port(std::string_view text);                // 1–65535
Decoded<std::uint16_t> decode_listen_port(std::string_view text);         // 0–65535
Decoded<QuietHours> decode_quiet_hours(std::string_view text);            // "07:00-08:30"; may cross midnight
Decoded<std::chrono::minutes> decode_time_of_day(std::string_view text);  // "01:30", since midnight
Decoded<Secret> decode_path_secret(const Secret& secret);                 // [A-Za-z0-9_-]{8,64}
Decoded<std::string> decode_postgres_url(std::string_view text);          // without a password
Decoded<Secret> decode_comm_key(const Secret& secret);                    // a decimal number of 32 bits

Decoded<std::size_t> decode_count(std::string_view text, std::size_t least, std::size_t most);
Decoded<std::size_t> decode_size(std::string_view text, std::size_t least, std::size_t most);  // 8192, 8KiB, 16MiB
Decoded<std::chrono::seconds> decode_duration(std::string_view text, std::chrono::seconds least,
                                              std::chrono::seconds most);  // 7d, 12h, 30m, 45s

// In the largest unit that keeps the value exact.
std::string encode_size(std::size_t bytes);
std::string encode_duration(std::chrono::seconds duration);
std::string encode_time_of_day(std::chrono::minutes time);
std::string encode_quiet_hours(const QuietHours& hours);

}  // namespace presensi::config
