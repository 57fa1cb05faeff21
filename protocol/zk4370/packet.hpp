#pragma once
// One packet as it stands on the wire, in both directions (protocol-4370 § 1.2). What we may send is in request.hpp.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace presensi::zk4370 {

// TCP puts a top header in front of each packet; a UDP datagram is a packet (protocol-4370 § 1.1, § 1.6).
enum class Transport : std::uint8_t { tcp, udp };

// What terminals answer (protocol-4370 § 2.6), and what they send unasked.
namespace reply {
inline constexpr std::uint16_t event = 500;
inline constexpr std::uint16_t prepare_data = 1500;
inline constexpr std::uint16_t data = 1501;
inline constexpr std::uint16_t ok = 2000;
inline constexpr std::uint16_t error = 2001;
inline constexpr std::uint16_t ok_data = 2002;  // the vendor's table calls it "data": read like 1501
inline constexpr std::uint16_t retry = 2003;
inline constexpr std::uint16_t repeat = 2004;
inline constexpr std::uint16_t unauthorized = 2005;
inline constexpr std::uint16_t error_data = 65531;
inline constexpr std::uint16_t error_init = 65532;
inline constexpr std::uint16_t error_command = 65533;
inline constexpr std::uint16_t unknown = 65535;
}  // namespace reply

struct Packet {
    std::uint16_t code = 0;  // of a request the command, of an answer one of `reply`
    std::uint16_t checksum = 0;
    // Usually the session; but the number of a data packet, the code of an event, or the terminal's state: nothing to
    // match answers by (protocol-4370 § 1.4).
    std::uint16_t session_field = 0;
    std::uint16_t reply_id = 0;  // what answers are matched by (protocol-4370 § 1.5); 0 in events
    std::string data;
    bool intact = true;  // the checksum is that of the bytes
};

inline constexpr std::size_t header_size = 8;      // of every packet
inline constexpr std::size_t top_header_size = 8;  // of TCP, in front of that

// The checksum of a packet without top header; what stands in its checksum field is taken as zero. Of `packet`, at
// least 4 bytes (protocol-4370 § 1.3).
std::uint16_t checksum(std::string_view packet);

// A packet without top header: the content of one UDP datagram. Nothing if it is shorter than a header. A wrong
// checksum is no error here, `intact` tells.
std::optional<Packet> decode_packet(std::string_view bytes);

// "ACK_OK", "DATA", "CLEAR_ATTLOG": the names of protocol-4370 § 6, for log lines and sentences; "?" for a number that
// has none there.
std::string_view code_name(std::uint16_t code);

}  // namespace presensi::zk4370
