#include "protocol/zk4370/packet.hpp"

#include <cassert>

#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

constexpr std::size_t checksum_at = 2;

}  // namespace

std::uint16_t checksum(std::string_view packet) {
    assert(packet.size() >= checksum_at + 2);
    // 64 bits hold the words of any packet without a carry that could be lost (protocol-4370 § 1.3).
    std::uint64_t sum = 0;
    std::size_t at = 0;
    for (; at + 1 < packet.size(); at += 2) {
        if (at != checksum_at) sum += u16_at(packet, at);
    }
    if (at < packet.size()) sum += u8_at(packet, at);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

std::optional<Packet> decode_packet(std::string_view bytes) {
    if (bytes.size() < header_size) return std::nullopt;
    Packet packet;
    packet.code = u16_at(bytes, 0);
    packet.checksum = u16_at(bytes, checksum_at);
    packet.session_field = u16_at(bytes, 4);
    packet.reply_id = u16_at(bytes, 6);
    packet.data = bytes.substr(header_size);
    packet.intact = packet.checksum == checksum(bytes);
    return packet;
}

}  // namespace presensi::zk4370
