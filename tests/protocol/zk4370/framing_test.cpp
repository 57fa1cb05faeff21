// Packets and streams (protocol-4370 § 1).
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "protocol/zk4370/packet_stream.hpp"
#include "tests/protocol/zk4370/terminal_packets.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

namespace {

// What a strict reader makes of segments and the end of the connection behind them, in the words of stream.json.
struct Read {
    std::vector<Packet> packets;
    std::string error;
};

Read read(const std::vector<std::string>& segments) {
    Read out;
    PacketStream stream;
    for (const auto& segment : segments) {
        stream.append(segment);
        while (auto packet = stream.next()) {
            if (packet->intact) {
                out.packets.push_back(std::move(*packet));
            } else if (out.error.empty()) {
                out.error = "bad_checksum";
            }
        }
    }
    if (stream.error()) out.error = *stream.error() == StreamError::bad_magic ? "bad_magic" : "bad_length";
    if (stream.in_packet()) out.error = "eof_in_packet";
    return out;
}

void check_packet(const boost::json::object& expected, const Packet& packet) {
    CHECK(packet.code == number_of<unsigned>(expected, "command"));
    CHECK(packet.session_field == number_of<unsigned>(expected, "session_field"));
    CHECK(packet.reply_id == number_of<unsigned>(expected, "reply_id"));
}

}  // namespace

TEST_CASE("framing.json: every packet is read") {
    for (const auto& value : vectors("framing.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const std::string wire = bytes_of(c, "hex");
        std::optional<Packet> packet;
        if (text_of(c, "transport") == "udp") {
            packet = decode_packet(wire);
        } else {
            PacketStream stream;
            stream.append(wire);
            packet = stream.next();
            CHECK_FALSE(stream.in_packet());
        }
        REQUIRE(packet);
        check_packet(c, *packet);
        CHECK(packet->intact);
        CHECK(packet->checksum == number_of<unsigned>(c, "checksum"));
        CHECK(hex_of(packet->data) == text_of(c, "data"));
        // The tests' own framing, which the simulated answers below are made with, agrees.
        const auto transport = text_of(c, "transport") == "udp" ? Transport::udp : Transport::tcp;
        CHECK(hex_of(framed(transport, packet->code, packet->session_field, packet->reply_id, packet->data)) ==
              text_of(c, "hex"));
    }
}

TEST_CASE("stream.json: segments become packets, or the class of error") {
    for (const auto& value : vectors("stream.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        std::vector<std::string> segments;
        for (const auto& segment : c.at("segments").as_array()) segments.push_back(unhex(segment.as_string()));
        const Read got = read(segments);
        const auto& expected = c.at("expect_packets").as_array();
        REQUIRE(got.packets.size() == expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            check_packet(expected[i].as_object(), got.packets[i]);
            CHECK(got.packets[i].data.size() == number_of<unsigned>(expected[i].as_object(), "data_len"));
        }
        CHECK(got.error == (has(c, "expect_error") ? text_of(c, "expect_error") : ""));
        // However the bytes are cut or glued, the same comes out.
        std::string whole;
        for (const auto& segment : segments) whole += segment;
        std::vector<std::string> single;
        for (const char byte : whole) single.emplace_back(1, byte);
        for (const auto& cuts : {std::vector<std::string>{whole}, single}) {
            const Read again = read(cuts);
            CHECK(again.error == got.error);
            REQUIRE(again.packets.size() == got.packets.size());
            for (std::size_t i = 0; i < again.packets.size(); ++i) CHECK(again.packets[i].data == got.packets[i].data);
        }
    }
}

TEST_CASE("checksum.json") {
    for (const auto& value : vectors("checksum.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        std::string packet;
        if (has(c, "packet_with_zero_checksum")) {
            packet = bytes_of(c, "packet_with_zero_checksum");
        } else {
            // The rule that the file gives in words.
            packet = unhex("dd05000007000900");
            for (int i = 0; i < 65472; ++i) packet.push_back(static_cast<char>(7 * i % 256));
        }
        CHECK(checksum(packet) == number_of<unsigned>(c, "checksum"));
        packet[2] = packet[3] = '\x55';
        CHECK(checksum(packet) == number_of<unsigned>(c, "checksum"));
    }
}

TEST_CASE("datagrams shorter than a header are no packets") {
    CHECK_FALSE(decode_packet(""));
    CHECK_FALSE(decode_packet("1234567"));
    CHECK(decode_packet(std::string(8, '\0')));
}

TEST_CASE("a stream of 400 packets in random cuts") {
    std::mt19937 random(4370);
    std::string wire;
    std::vector<std::string> data;
    for (int i = 0; i < 400; ++i) {
        std::string bytes(random() % 3000, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        wire += framed(Transport::tcp, reply::data, 1, 2, bytes);
        data.push_back(bytes);
    }
    PacketStream stream;
    std::size_t seen = 0;
    for (std::size_t at = 0; at < wire.size();) {
        const std::size_t size = 1 + random() % 1500;
        stream.append(std::string_view(wire).substr(at, size));
        at += size;
        while (const auto packet = stream.next()) {
            REQUIRE(seen < data.size());
            CHECK(packet->intact);
            CHECK(packet->data == data[seen++]);
        }
    }
    CHECK(seen == data.size());
    CHECK_FALSE(stream.in_packet());
}

TEST_CASE("nothing is read behind an error") {
    PacketStream stream;
    stream.append(framed(Transport::tcp, reply::ok, 1, 0, "") + "GET / HTTP/1.1\r\n");
    CHECK(stream.next());
    CHECK_FALSE(stream.next());
    CHECK(stream.error() == StreamError::bad_magic);
    stream.append(framed(Transport::tcp, reply::ok, 1, 0, ""));
    CHECK_FALSE(stream.next());
    CHECK_FALSE(stream.in_packet());
}

TEST_CASE("the longest packet is read, one byte more is refused at its head") {
    const std::string longest(PacketStream::most_packet_bytes - header_size, 'x');
    PacketStream stream;
    stream.append(framed(Transport::tcp, reply::data, 0, 1, longest));
    const auto packet = stream.next();
    REQUIRE(packet);
    CHECK(packet->data.size() == longest.size());
    stream.append(unhex("5050827d01001000"));
    CHECK_FALSE(stream.next());
    CHECK(stream.error() == StreamError::bad_length);
}

TEST_CASE("codes have the names of the reference") {
    CHECK(code_name(7) == "DB_RRQ");
    CHECK(code_name(1503) == "DATA_WRRQ");
    CHECK(code_name(2005) == "ACK_UNAUTH");
    CHECK(code_name(65535) == "ACK_UNKNOWN");
    CHECK(code_name(65534) == "?");
    CHECK(code_name(0) == "?");
    CHECK(code_name(16) == "?");
}
