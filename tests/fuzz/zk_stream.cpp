// Packets on TCP: any bytes, in any pieces.

#include "protocol/zk4370/packet_stream.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::zk4370;
using presensi::fuzz::require;

namespace {

struct Read {
    std::vector<Packet> packets;
    std::optional<StreamError> error;
};

Read read(std::string_view bytes, std::size_t piece) {
    PacketStream stream;
    Read all;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        stream.append(bytes.substr(at, piece));
        while (auto packet = stream.next()) all.packets.push_back(std::move(*packet));
    }
    all.error = stream.error();
    return all;
}

void check(std::string_view bytes) {
    const Read whole = read(bytes, bytes.size() + 1);
    std::size_t length = 0;
    for (const auto& packet : whole.packets) length += top_header_size + header_size + packet.data.size();
    require(length <= bytes.size(), "packets are made of what came");
    for (const std::size_t piece : {1u, 3u, 9u}) {
        const Read pieces = read(bytes, piece);
        require(pieces.error == whole.error, "where reads are cut changes no error");
        require(pieces.packets.size() == whole.packets.size(), "where reads are cut changes no packet");
        for (std::size_t i = 0; i < pieces.packets.size(); ++i) {
            const auto& a = pieces.packets[i];
            const auto& b = whole.packets[i];
            require(a.code == b.code && a.reply_id == b.reply_id && a.data == b.data && a.intact == b.intact,
                    "where reads are cut changes no byte");
        }
    }
    if (const auto packet = decode_packet(bytes)) {
        require(packet->data.size() + header_size == bytes.size(), "a datagram is a packet");
        require(!packet->intact || packet->checksum == checksum(bytes), "an intact packet has its checksum");
    }
}

const fuzz::Property property("zk_stream", check);

}  // namespace
