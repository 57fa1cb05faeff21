#include "tests/terminals/zk_wire.hpp"

#include <stdexcept>

#include "tests/terminals/zk_log.hpp"

namespace presensi::terminals {

namespace {

constexpr std::string_view magic = "\x50\x50\x82\x7d";
constexpr std::size_t most = 1024 * 1024;

std::uint16_t word_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) | static_cast<unsigned char>(bytes[at + 1])
                                                                                  << 8);
}

std::uint16_t checksum(std::string_view bytes) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += word_at(bytes, i);
    if (bytes.size() % 2 == 1) sum += static_cast<unsigned char>(bytes.back());
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

}  // namespace

std::string encode_datagram(const ZkPacket& packet) {
    const std::string tail = le16(packet.session) + le16(packet.reply) + packet.data;
    return le16(packet.code) + le16(checksum(le16(packet.code) + le16(0) + tail)) + tail;
}

std::string encode_segment(const ZkPacket& packet) {
    const std::string datagram = encode_datagram(packet);
    return std::string(magic) + le32(static_cast<std::uint32_t>(datagram.size())) + datagram;
}

std::optional<ZkPacket> decode_datagram(std::string_view bytes) {
    if (bytes.size() < 8) return std::nullopt;
    ZkPacket packet{word_at(bytes, 0), word_at(bytes, 4), word_at(bytes, 6), std::string(bytes.substr(8))};
    if (encode_datagram(packet) != bytes) return std::nullopt;  // its checksum is wrong
    return packet;
}

std::optional<ZkPacket> take_segment(std::string& stream) {
    if (stream.size() < 8) return std::nullopt;
    if (!stream.starts_with(magic)) throw std::runtime_error("no packet");
    const std::size_t length = word_at(stream, 4) + (std::size_t{word_at(stream, 6)} << 16);
    if (length < 8 || length > most) throw std::runtime_error("no length of a packet");
    if (stream.size() < 8 + length) return std::nullopt;
    auto packet = decode_datagram(std::string_view(stream).substr(8, length));
    if (!packet) throw std::runtime_error("wrong checksum");
    stream.erase(0, 8 + length);
    return packet;
}

std::string scrambled_key(std::uint32_t key, std::uint16_t session, std::uint8_t ticks) {
    std::uint32_t reversed = 0;
    for (int bit = 0; bit < 32; ++bit) reversed |= (key >> bit & 1U) << (31 - bit);
    std::string q = le32(reversed + session);
    constexpr std::string_view letters = "ZKSO";
    for (std::size_t i = 0; i < 4; ++i) q[i] = static_cast<char>(q[i] ^ letters[i]);
    std::string y{q[2], q[3], q[0], q[1]};
    for (char& c : y) c = static_cast<char>(c ^ static_cast<char>(ticks));
    y[2] = static_cast<char>(ticks);
    return y;
}

}  // namespace presensi::terminals
