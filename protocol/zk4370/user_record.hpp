#pragma once
// One record of the user table, and what of it may be kept (protocol-4370 § 4.5).

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace presensi::zk4370 {

enum class UserLayout : std::uint8_t { bytes_16, bytes_28, bytes_72 };

inline constexpr std::array all_user_layouts{UserLayout::bytes_16, UserLayout::bytes_28, UserLayout::bytes_72};

std::size_t record_size(UserLayout layout);     // bytes
std::string_view to_string(UserLayout layout);  // "16", "28", "72"

// Overwrites password and card of each record with zeros over their whole width, and of a template slot everything
// behind its head. `records` must be whole records. Before this nothing else may see them (architecture 3.3).
void redact_users(std::span<char> records, UserLayout layout);

struct User {
    // Neither is ever decoded: no value, no hash, no length.
    static constexpr std::string_view password = "<redacted>";
    static constexpr std::string_view card = "<redacted>";

    std::uint16_t slot = 0;      // 1–65535; given to somebody else later
    std::uint8_t privilege = 0;  // as on the wire
    bool enabled = true;
    std::string_view level;  // "user", "enroller", "manager", "super", "role" (defined by the operator), "unknown"
    // Valid UTF-8 without control characters; what is not becomes \xNN, a character cut by the field's end is dropped.
    // May be empty, and is never identity.
    std::string name;
    std::uint8_t group = 0;
    // Verbatim up to the first NUL, any bytes; a number as decimal text, 0 as "". Of 16-byte records the slot.
    std::string user_id;
    bool own_time_zones = false;                  // of 72
    std::array<std::uint16_t, 3> time_zones{};    // of 72
    std::optional<std::uint16_t> time_zone_mask;  // of 28
};

// `bytes` must be exactly one redacted record. Nothing for a template slot, which is no user.
std::optional<User> decode_user(UserLayout layout, std::string_view bytes);

}  // namespace presensi::zk4370
