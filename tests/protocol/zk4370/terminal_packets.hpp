#pragma once
// Any packet at all, as terminals send them. Our own code cannot encode these (protocol-4370 § 6); tests must.

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/packet.hpp"

namespace presensi::test {

inline std::string framed(zk4370::Transport transport, std::uint16_t code, std::uint16_t session_field,
                          std::uint16_t reply_id, std::string_view data) {
    std::string packet;
    for (const std::uint16_t field : {code, std::uint16_t{0}, session_field, reply_id}) zk4370::put_u16(packet, field);
    packet += data;
    std::string sum;
    zk4370::put_u16(sum, zk4370::checksum(packet));
    packet.replace(2, 2, sum);
    if (transport == zk4370::Transport::udp) return packet;
    std::string top("PP\x82\x7d");
    zk4370::put_u32(top, static_cast<std::uint32_t>(packet.size()));
    return top + packet;
}

}  // namespace presensi::test
