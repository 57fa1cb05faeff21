#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presensi::config {

// An IPv4 or IPv6 network in CIDR form; IPv4-mapped IPv6 addresses count as IPv4, and no IPv6 network holds IPv4 ones.
class Network {
public:
    // "10.20.0.0/16", "fd00::/8", or a single address. Host bits that are set are an error (nothing).
    static std::optional<Network> decode(std::string_view text);
    // The same, but host bits are cut off: what somebody who wrote 10.20.0.5/16 may have meant.
    static std::optional<Network> around(std::string_view text);
    bool contains(std::string_view address) const;  // false for what is not an address
    std::string text() const;
    bool operator==(const Network&) const = default;

private:
    std::array<std::uint8_t, 16> address_{};  // IPv4 as ::ffff:a.b.c.d
    int prefix_ = 128;                        // counted over the 16 bytes
};

bool is_loopback(std::string_view address);  // 127.0.0.0/8 or ::1

}  // namespace presensi::config
