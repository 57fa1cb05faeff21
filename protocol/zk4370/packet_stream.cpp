#include "protocol/zk4370/packet_stream.hpp"

#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

constexpr std::string_view magic = "\x50\x50\x82\x7d";  // protocol-4370 § 1.1

}  // namespace

void PacketStream::append(std::string_view bytes) {
    if (error_) return;
    // What is left is less than a packet, unless the caller does not drain; moving it once per call stays linear.
    bytes_.erase(0, begin_);
    begin_ = 0;
    bytes_.append(bytes);
}

std::optional<Packet> PacketStream::next() {
    if (error_) return std::nullopt;
    const std::string_view rest = std::string_view(bytes_).substr(begin_);
    // A foreign peer is known by its first bytes, however few.
    if (!magic.starts_with(rest.substr(0, magic.size()))) {
        error_ = StreamError::bad_magic;
        return std::nullopt;
    }
    if (rest.size() < top_header_size) return std::nullopt;
    const std::size_t length = u32_at(rest, magic.size());
    if (length < header_size || length > most_packet_bytes) {
        error_ = StreamError::bad_length;
        return std::nullopt;
    }
    if (rest.size() - top_header_size < length) return std::nullopt;
    begin_ += top_header_size + length;
    return decode_packet(rest.substr(top_header_size, length));
}

}  // namespace presensi::zk4370
