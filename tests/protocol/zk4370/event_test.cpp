#include "protocol/zk4370/event.hpp"

#include <doctest/doctest.h>

#include "protocol/text_fields.hpp"
#include "protocol/zk4370/packet_stream.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

TEST_CASE("events.json") {
    for (const auto& value : vectors("events.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        PacketStream stream;
        stream.append(bytes_of(c, "frame_tcp"));
        const auto packet = stream.next();
        REQUIRE(packet);
        REQUIRE(packet->code == reply::event);
        CHECK(hex_of(packet->data) == text_of(c, "data"));
        const auto event = decode_event(*packet);
        CHECK(event.code == number_of<unsigned>(c, "event"));
        CHECK(event.name != "event");
        const auto& expect = c.at("expect").as_object();
        CHECK(event.bad_time == has(expect, "error"));
        if (has(expect, "local_time")) {
            REQUIRE(event.punches.size() == 1);
            const auto& punch = event.punches[0];
            CHECK(punch.user_id == text_of(expect, "user_id"));
            CHECK(punch.verify == number_of<unsigned>(expect, "verify"));
            CHECK(punch.state == number_of<unsigned>(expect, "state"));
            CHECK(format_device_time(punch.device_time) == text_of(expect, "local_time"));
        } else if (has(expect, "records")) {
            REQUIRE(event.punches.size() == number_of<std::size_t>(expect, "records"));
            CHECK(event.punches[0].user_id == text_of(expect, "first"));
            CHECK(event.punches[1].user_id == text_of(expect, "second"));
        } else {
            CHECK(event.punches.empty());
        }
        if (has(expect, "user_sn")) CHECK(event.slot == number_of<std::uint32_t>(expect, "user_sn"));
        if (has(expect, "alarm")) CHECK(event.alarm == number_of<std::uint32_t>(expect, "alarm"));
        if (has(expect, "match")) CHECK(event.match == number_of<std::uint32_t>(expect, "match"));
        if (has(expect, "result")) {
            CHECK(event.result == number_of<unsigned>(expect, "result"));
            CHECK(event.template_size == number_of<unsigned>(expect, "template_size"));
            CHECK(event.user_id == text_of(expect, "user_id"));
            CHECK(event.finger == number_of<unsigned>(expect, "finger"));
        }
    }
}

TEST_CASE("an id that escapes make longer is cut to 64 bytes") {
    Packet packet;
    packet.code = reply::event;
    packet.session_field = 1;
    packet.data.assign(32, '\xff');
    packet.data[24] = packet.data[25] = 1;
    const char time[] = {26, 11, 20, 7, 58, 3};
    std::copy(std::begin(time), std::end(time), packet.data.begin() + 26);
    const auto event = decode_event(packet);
    REQUIRE(event.punches.size() == 1);
    CHECK(event.punches[0].user_id.size() == 64);
}

TEST_CASE("events of any code and length are read without harm") {
    for (const auto code : std::initializer_list<std::uint16_t>{1, 2, 4, 8, 16, 32, 128, 256, 512, 777}) {
        for (std::size_t length = 0; length < 130; ++length) {
            Packet packet;
            packet.code = reply::event;
            packet.session_field = code;
            packet.data.assign(length, '\xff');
            const auto event = decode_event(packet);
            CHECK(event.punches.empty());
            CHECK(event.bad_time == (code == 1));
            CHECK(event.user_id.size() <= 64);
        }
    }
}
