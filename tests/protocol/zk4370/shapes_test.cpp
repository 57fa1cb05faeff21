// Pulls from a model of a terminal, in all shapes of answers (protocol-4370 § 3): every record right, or none.
#include <doctest/doctest.h>

#include "protocol/text_fields.hpp"
#include "protocol/zk4370/packed_time.hpp"
#include "tests/protocol/zk4370/model_terminal.hpp"
#include "tests/protocol/zk4370/records.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

namespace {

// The same for the same seed.
class Dice {
public:
    explicit Dice(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

private:
    std::mt19937 engine_;
};

std::string some_user_table(UserLayout layout) {
    std::string records;
    for (std::uint16_t slot = 1; slot <= 200; ++slot) {
        const std::string name = "Orang " + std::to_string(slot);
        records += layout == UserLayout::bytes_72
                       ? user_72(slot, 0, "31337", name, 9876543, std::to_string(1000 + slot))
                       : user_28(slot, 0, "31337", name, 9876543, 1000u + slot);
    }
    return table(records);
}

// Punch by punch, what the model has: a model of the decoder that knows nothing of bytes.
void check_rows(const PullResult& result, AttendanceLayout layout, std::uint32_t count) {
    REQUIRE(result.attendance);
    CHECK(result.attendance->layout == (count == 0 ? std::nullopt : std::optional(layout)));
    const auto& punches = result.attendance->batch.punches;
    REQUIRE(punches.size() == count);
    CHECK(result.attendance->batch.rejects.empty());
    bool same = true;
    for (std::uint32_t i = 0; i < count && same; ++i) {
        const auto& punch = punches[i];
        const std::uint32_t slot = i * 7 % 200 + 1;
        const auto time = packed(2026, 11, 1 + i / 1440 % 30, i / 60 % 24, i % 60, i % 59);
        same = punch.line == i + 1 && punch.pin == std::to_string(1000 + slot) && punch.pin_key == punch.pin &&
               encode_packed_time(punch.device_time) == time && punch.state == static_cast<int>(i % 6);
        if (!same) CAPTURE(i);
    }
    CHECK(same);
}

PullRequest request_for(const ModelShape& shape) {
    PullRequest request;
    request.transport = shape.transport;
    request.this_year = 2026;
    request.attendance = true;
    request.comm_key = shape.comm_key;
    request.expected_serial = shape.serial;
    return request;
}

template <typename T>
T one_of(Dice& random, std::initializer_list<T> all) {
    return *(all.begin() + random() % all.size());
}

ModelShape random_shape(Dice& random, AttendanceLayout layout, std::uint32_t count) {
    const auto coin = [&] { return random() % 2 == 0; };
    ModelShape shape;
    shape.transport = coin() ? Transport::tcp : Transport::udp;
    const bool udp = shape.transport == Transport::udp;
    shape.comm_key = coin() ? 0 : 1 + random() % 999999;
    shape.attendance = table(some_records(layout, count));
    shape.users = some_user_table(coin() ? UserLayout::bytes_72 : UserLayout::bytes_28);
    shape.operations = table(std::string("\x05\0\x15\0\x95\xa9\x83\x33\0\0\0\0\0\0\0\0", 16));
    if (random() % 4 != 0) shape.records = count;
    if (random() % 4 == 0) shape.grows = random() % 5;
    shape.counted_users = coin() ? 200 : 0;
    shape.inline_limit = one_of<std::size_t>(random, {0, 1024, 65000});
    if (udp) shape.inline_limit = std::min<std::size_t>(shape.inline_limit, 1024);
    shape.packet_data = udp ? one_of<std::size_t>(random, {500, 1008, 1024})
                            : one_of<std::size_t>(random, {1, 1008, 1024, 40880, 65536});
    if (shape.packet_data == 1 && count > 300) shape.packet_data = 1000;
    shape.announces_with_1500 = coin();
    shape.data_follow_prepare = random() % 5 == 0;
    shape.small_piece_alone = coin();
    shape.trailing_ack = coin();
    shape.numbers_packets = random() % 4 != 0;
    shape.direct_only = random() % 4 == 0;
    shape.direct_inline = !udp && coin();
    // Packets without numbers can be put in order only where each is a piece of its own.
    if (udp && (shape.direct_only || shape.data_follow_prepare)) shape.numbers_packets = true;
    shape.events = coin() ? 0 : 50;
    shape.late_replies = coin() ? 0 : 100;
    return shape;
}

}  // namespace

TEST_CASE("random shapes of terminals: every record right") {
    Dice random(43704370);
    for (int round = 0; round < 600; ++round) {
        CAPTURE(round);
        const auto layout = all_attendance_layouts[random() % all_attendance_layouts.size()];
        CAPTURE(to_string(layout));
        const std::uint32_t count = round % 20 == 0 ? 0 : round % 50 == 7 ? 9000 : 30 + random() % 400;
        CAPTURE(count);
        ModelShape shape = random_shape(random, layout, count);
        const bool direct = shape.direct_only || shape.data_follow_prepare;
        // A direct read has no offset, and begins again each time: of many packets never all come.
        if (shape.transport == Transport::udp && shape.numbers_packets && random() % 2 == 0 && count <= 500) {
            shape.lost = direct && count > 100 ? 0 : 8;
            shape.doubled = direct && count > 100 ? 0 : 8;
            shape.swapped = 20;
        }
        PullRequest request = request_for(shape);
        request.users = random() % 2 == 0;
        request.operations = random() % 2 == 0;
        request.lock = random() % 3 == 0;
        request.piece = one_of<std::uint32_t>(random, {0, 1000, 8192});
        ModelTerminal terminal(shape, random());
        Dice cuts(random());
        const Driven driven =
            drive(request, terminal, {[&cuts](std::size_t) { return std::size_t{1} + cuts() % 3000; }, 0, Fault::none});
        const auto& result = driven.result;
        const std::string failure = result.failure ? result.failure->sentence : "";
        REQUIRE(failure == "");
        check_rows(result, layout, count);
        CHECK(result.serial == shape.serial);
        CHECK(result.platform == "ZMM220_TFT");
        CHECK(result.model == "K40");
        CHECK(result.firmware == "Ver 6.60 Jun 16 2015");
        CHECK(result.mac == "00:17:61:11:ca:6f");
        CHECK(format_device_time(result.clock.value()) == "2026-11-22T02:04:05");
        if (request.users) {
            REQUIRE(result.users);
            CHECK(result.users->people.size() == 200);
            CHECK(result.users->raw.find("313") == std::string::npos);
        }
        CHECK(result.operations.has_value() == (request.operations && !shape.direct_only));
        if (result.operations) CHECK(result.operations->batch.events.at(0).kind == "clock_set");
        CHECK(result.lesser_failures.size() == (request.operations && shape.direct_only ? 1 : 0));
        CHECK_FALSE(result.may_be_disabled);
        CHECK_FALSE(driven.disabled);
        CHECK(driven.notings == (request.lock ? 1 : 0));
        // The goodbye comes last, but for what answers an event that came between it and its answer.
        auto commands = driven.commands;
        while (!commands.empty() && commands.back() == 2000) commands.pop_back();
        REQUIRE(!commands.empty());
        CHECK(commands.back() == 1001);
    }
}

TEST_CASE("a network that loses a lot: all or nothing, and an end") {
    Dice random(777);
    int whole = 0;
    for (int round = 0; round < 150; ++round) {
        CAPTURE(round);
        const std::uint32_t count = 100 + random() % 800;
        ModelShape shape = random_shape(random, AttendanceLayout::bytes_40, count);
        shape.transport = Transport::udp;
        shape.packet_data = 1008;
        shape.inline_limit = 0;
        shape.direct_inline = false;
        shape.numbers_packets = true;
        shape.lost = 60;
        shape.doubled = 60;
        shape.swapped = 200;
        PullRequest request = request_for(shape);
        request.lock = random() % 2 == 0;
        ModelTerminal terminal(shape, random());
        const Driven driven = drive(request, terminal);
        if (driven.result.attendance) {
            check_rows(driven.result, AttendanceLayout::bytes_40, count);
            ++whole;
        } else {
            CHECK(driven.result.failure);
        }
        if (driven.disabled) CHECK(driven.result.may_be_disabled);
    }
    CHECK(whole > 50);
}

TEST_CASE("one request of a pull fails, in every shape: all or nothing") {
    Dice random(99);
    for (int round = 0; round < 60; ++round) {
        const auto layout = all_attendance_layouts[random() % all_attendance_layouts.size()];
        const std::uint32_t count = 60;
        const ModelShape shape = random_shape(random, layout, count);
        PullRequest request = request_for(shape);
        request.piece = 500;
        request.lock = round % 2 == 0;
        const std::uint32_t seed = random();
        ModelTerminal clean(shape, seed);
        const Driven whole = drive(request, clean);
        for (const Fault fault : all_faults) {
            for (std::size_t at = 0; at < whole.requests; ++at) {
                CAPTURE(round);
                CAPTURE(test::to_string(fault));
                CAPTURE(at);
                ModelTerminal terminal(shape, seed);
                const Driven driven = drive(request, terminal, {{}, at, fault});
                CHECK(driven.result.attendance.has_value() != driven.result.failure.has_value());
                if (driven.result.attendance) check_rows(driven.result, layout, count);
                if (driven.disabled) CHECK(driven.result.may_be_disabled);
                CHECK(driven.waited < std::chrono::minutes(10));
            }
        }
    }
}
