#pragma once
// Packets of port 4370 as a simulated terminal reads and writes them (protocol-4370 § 1).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presensi::terminals {

struct ZkPacket {
    std::uint16_t code = 0;
    std::uint16_t session = 0;
    std::uint16_t reply = 0;
    std::string data;
};

std::string encode_datagram(const ZkPacket& packet);
std::string encode_segment(const ZkPacket& packet);  // for TCP, with the top header
std::optional<ZkPacket> decode_datagram(std::string_view bytes);

// Takes a whole packet off the front of a TCP stream; nothing: more bytes are needed. Throws std::runtime_error for
// what is no packet.
std::optional<ZkPacket> take_segment(std::string& stream);

// What an authentication with this key must carry.
std::string scrambled_key(std::uint32_t key, std::uint16_t session, std::uint8_t ticks);

}  // namespace presensi::terminals
