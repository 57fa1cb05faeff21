#pragma once
// Where does a packet end? TCP glues and cuts at will; only the length in the top header decides (protocol-4370 § 1.1).
//
//     stream.append(bytes);                                  // whatever one read call returned
//     while (auto packet = stream.next()) { … }
//     if (stream.error()) …                                  // close: nothing after it can be trusted

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/zk4370/packet.hpp"

namespace presensi::zk4370 {

enum class StreamError : std::uint8_t {
    bad_magic,   // no terminal of this kind, or out of step; the next magic is not searched for
    bad_length,  // below a header, or above the limit
};

class PacketStream {
public:
    // Data packets of 65,536 bytes have been seen (protocol-4370 § 1.1).
    static constexpr std::size_t most_packet_bytes = 1024 * 1024;

    // Keeps at most one unfinished packet and what one call brought. After an error everything is ignored.
    void append(std::string_view bytes);

    // The next whole packet, also one with a wrong checksum (`intact` tells). Nothing: more bytes are needed, or
    // error(). Linear in the bytes appended.
    std::optional<Packet> next();

    std::optional<StreamError> error() const { return error_; }

    // A part of a packet waits: a connection that ends now was cut in the middle.
    bool in_packet() const { return !error_ && begin_ < bytes_.size(); }

private:
    std::string bytes_;
    std::size_t begin_ = 0;  // what is in front of it has been handed out
    std::optional<StreamError> error_;
};

}  // namespace presensi::zk4370
