#pragma once
// What a simulated terminal of port 4370 holds, and how it writes that down (protocol-4370 § 4). An oracle of its own:
// written from the reference, without the daemon's code.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace presensi::terminals {

enum class ZkLayout { a8, b8, r16, r22, r40, r49 };

std::optional<ZkLayout> zk_layout(std::string_view name);  // "8a", "8b", "16", "22", "40", "49"
std::size_t size_of(ZkLayout layout);                      // bytes of a record

struct ZkPunch {
    std::uint16_t slot = 0;
    std::string pin;
    std::chrono::local_seconds time;
    int state = 0;
    int verify = 1;
    std::uint32_t work_code = 0;
};

struct ZkUser {
    std::uint16_t slot = 0;
    std::string pin;
    std::string name;
    std::string password;
    std::uint32_t card = 0;
};

std::uint32_t pack_time(std::chrono::local_seconds time);

std::string encode(ZkLayout layout, const ZkPunch& punch);
std::string encode_user72(const ZkUser& user);
std::string encode_user28(const ZkUser& user);

// Records as they come over the wire: their bytes in front of them.
std::string with_length(const std::string& records);

std::string le16(std::uint32_t value);
std::string le32(std::uint32_t value);

}  // namespace presensi::terminals
