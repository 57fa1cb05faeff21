// A terminal whose answers are meddled with on their way: what must not become a log, and what must not keep one away.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "protocol/zk4370/little_endian.hpp"
#include "tests/protocol/zk4370/model_terminal.hpp"
#include "tests/protocol/zk4370/records.hpp"
#include "tests/protocol/zk4370/terminal_packets.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

namespace {

using Packets = std::vector<std::string>;

// Sees every answer before it leaves.
class Meddler : public TestTerminal {
public:
    using Meddle = std::function<void(const Packet& request, Answer& answer)>;
    Meddler(const ModelShape& shape, Meddle meddle) : inner_(shape, 1), meddle_(std::move(meddle)) {}

    Answer answer(const Packet& request) override {
        Answer answer = inner_.answer(request);
        meddle_(request, answer);
        return answer;
    }
    void connected_again() override { inner_.connected_again(); }

private:
    ModelTerminal inner_;
    Meddle meddle_;
};

constexpr std::uint16_t direct_users = 9;
constexpr std::uint16_t direct_attendance = 13;
constexpr std::uint16_t prepare = 1503;
constexpr std::uint16_t piece = 1504;

bool is(const Packet& request, std::uint16_t code, int inner = -1) {
    return request.code == code && (inner < 0 || u16_at(request.data, 1) == inner);
}

std::string users_28(unsigned count) {
    std::string records;
    for (unsigned slot = 1; slot <= count; ++slot)
        records += user_28(static_cast<std::uint16_t>(slot), 0, "", "Orang", 0, 1000 + slot);
    return table(records);
}

ModelShape shape_of(AttendanceLayout layout, std::uint32_t count, Transport transport) {
    ModelShape shape;
    shape.transport = transport;
    shape.attendance = table(some_records(layout, count));
    shape.users = users_28(200);
    shape.operations = table("");
    shape.records = count;
    shape.counted_users = 200;
    shape.packet_data = 1000;
    return shape;
}

Driven pull(const ModelShape& shape, Meddler::Meddle meddle, bool operations = false) {
    PullRequest request;
    request.transport = shape.transport;
    request.this_year = 2026;
    request.attendance = request.users = true;
    request.operations = operations;
    Meddler terminal(shape, std::move(meddle));
    return drive(request, terminal);
}

std::size_t known_people(const PullResult& result) {
    REQUIRE(result.attendance);
    const auto& punches = result.attendance->batch.punches;
    return static_cast<std::size_t>(std::count_if(
        punches.begin(), punches.end(), [](const auto& punch) { return punch.pin.find(':') == punch.pin.npos; }));
}

std::string failure_of(const Driven& driven) {
    return driven.result.failure ? std::string(to_string(driven.result.failure->kind)) : "none";
}

}  // namespace

TEST_CASE("UDP: an end without what came before it is no empty table") {
    ModelShape shape = shape_of(AttendanceLayout::bytes_8b, 60, Transport::udp);
    for (const bool direct : {false, true}) {
        CAPTURE(direct);
        shape.direct_only = direct;
        shape.inline_limit = direct ? 0 : 60'000;
        shape.packet_data = 60'000;
        shape.trailing_ack = true;
        for (const std::uint16_t inner : {direct_users, direct_attendance}) {
            CAPTURE(inner);
            int times = 0;
            const auto only_the_end = [&](const Packet& request, TestTerminal::Answer& answer) {
                const bool table = direct ? request.code == inner : is(request, prepare, inner);
                if (table && times++ == 0) answer.packets.erase(answer.packets.begin(), answer.packets.end() - 1);
            };
            const Driven driven = pull(shape, only_the_end);
            CHECK(times == 2);
            CHECK(known_people(driven.result) == 60);
            const auto end_first = [&](const Packet& request, TestTerminal::Answer& answer) {
                const bool table = direct ? request.code == inner : is(request, prepare, inner);
                if (table) std::rotate(answer.packets.begin(), answer.packets.end() - 1, answer.packets.end());
            };
            CHECK(known_people(pull(shape, end_first).result) == 60);
        }
    }
}

TEST_CASE("UDP: an empty table says so twice") {
    ModelShape shape = shape_of(AttendanceLayout::bytes_40, 0, Transport::udp);
    shape.attendance.clear();
    shape.direct_only = true;
    shape.direct_inline = true;
    const Driven driven = pull(shape, [](const Packet&, TestTerminal::Answer&) {});
    REQUIRE(driven.result.attendance);
    CHECK(driven.result.attendance->batch.punches.empty());
    CHECK(driven.sent(Command::direct_attendance) == 2);
}

TEST_CASE("UDP: a packet from the middle is not the whole table") {
    ModelShape shape = shape_of(AttendanceLayout::bytes_40, 60, Transport::udp);
    shape.direct_only = true;
    shape.records.reset();
    int times = 0;
    // The announcement and the first packet are lost; the next begins with the zeros behind a user id.
    const Driven driven = pull(shape, [&](const Packet& request, TestTerminal::Answer& answer) {
        if (request.code == direct_attendance && times++ == 0)
            answer.packets.erase(answer.packets.begin(), answer.packets.begin() + 2);
    });
    CHECK(times > 1);
    REQUIRE(driven.result.attendance);
    CHECK(driven.result.attendance->batch.punches.size() == 60);
}

TEST_CASE("UDP: packets without numbers are asked for one by one") {
    ModelShape shape = shape_of(AttendanceLayout::bytes_8b, 1200, Transport::udp);
    shape.numbers_packets = false;
    bool meddled = false;
    const Driven driven = pull(shape, [&](const Packet& request, TestTerminal::Answer& answer) {
        // One lost, another twice: the sum is right.
        if (request.code != piece || answer.packets.size() < 8 || std::exchange(meddled, true)) return;
        answer.packets[3] = answer.packets[5];
    });
    CHECK(meddled);
    REQUIRE(driven.result.attendance);
    CHECK(driven.result.attendance->raw == shape.attendance);
}

TEST_CASE("an empty user table of a terminal that counts users leaves no log of slots") {
    ModelShape shape = shape_of(AttendanceLayout::bytes_8b, 60, Transport::tcp);
    shape.users = table("");
    const auto nothing = [](const Packet&, TestTerminal::Answer&) {};
    CHECK(failure_of(pull(shape, nothing)) == "users_unreadable");
    shape.attendance = table(some_records(AttendanceLayout::bytes_40, 60));
    const Driven driven = pull(shape, nothing);
    REQUIRE(driven.result.attendance);
    CHECK(driven.result.lesser_failures.size() == 1);
}

TEST_CASE("a table that cannot be had keeps no log away") {
    constexpr std::uint16_t operations = 34;
    for (const auto layout : {AttendanceLayout::bytes_40, AttendanceLayout::bytes_16}) {
        const ModelShape shape = shape_of(layout, 60, Transport::tcp);
        const std::pair<const char*, std::function<void(TestTerminal::Answer&)>> ways[] = {
            {"silence", [](auto& answer) { answer.packets.clear(); }},
            {"hangs up",
             [](auto& answer) {
                 answer = {{}, true};
             }},
            {"nonsense", [](auto& answer) { answer.packets.back()[8] = 77; }},
            {"a short answer", [](auto& answer) { answer.packets.back().pop_back(); }},
        };
        for (const auto& way : ways) {
            const std::string name = way.first;
            CAPTURE(name);
            for (const std::uint16_t inner : {operations, direct_users}) {
                CAPTURE(inner);
                const Driven driven = pull(
                    shape,
                    [&](const Packet& request, TestTerminal::Answer& answer) {
                        if (is(request, prepare, inner)) way.second(answer);
                    },
                    true);
                CHECK(failure_of(driven) == "none");
                REQUIRE(driven.result.attendance);
                CHECK(driven.result.attendance->batch.punches.size() == 60);
                REQUIRE(driven.result.lesser_failures.size() == 1);
                CHECK(driven.result.lesser_failures[0].table ==
                      (inner == operations ? Table::operations : Table::users));
            }
        }
    }
}

TEST_CASE("a piece that is announced larger than asked is asked again") {
    const ModelShape shape = shape_of(AttendanceLayout::bytes_40, 600, Transport::tcp);
    int times = 0;
    const Driven driven = pull(shape, [&](const Packet& request, TestTerminal::Answer& answer) {
        if (request.code != piece || times++ > 0) return;
        answer.packets = {framed(shape.transport, reply::prepare_data, request.session_field, request.reply_id,
                                 std::string("\0\0\0\x01", 4))};
    });
    CHECK(failure_of(driven) == "none");
    CHECK(driven.result.attendance.has_value());
}

TEST_CASE("a table that is begun again has as long as it had before") {
    PullRequest request;
    request.this_year = 2026;
    request.attendance = true;
    PullConversation pull(request);
    ModelShape shape = shape_of(AttendanceLayout::bytes_40, 20'000, Transport::tcp);
    ModelTerminal terminal(shape, 1);
    int pieces = 0;
    std::chrono::seconds announced{};
    for (bool again = false; !again;) {
        const Step step = pull.next();
        REQUIRE_FALSE(std::holds_alternative<Finished>(step));
        if (const auto* send = std::get_if<Send>(&step)) {
            PacketStream stream;
            stream.append(send->bytes);
            const Packet asked = *stream.next();
            if (asked.code == piece && ++pieces == 2) continue;  // no answer
            for (const auto& packet : terminal.answer(asked).packets) pull.received(packet);
        } else if (std::holds_alternative<Wait>(step)) {
            announced = pull.time_limit();
            pull.timed_out();
        } else if (std::holds_alternative<zk4370::Reconnect>(step)) {
            pull.connected();
            again = true;
        }
    }
    CHECK(announced > std::chrono::seconds(500));
    CHECK(pull.time_limit() == announced);
}

TEST_CASE("tables beyond what a terminal can have are not taken") {
    ModelShape shape = shape_of(AttendanceLayout::bytes_40, 60, Transport::tcp);
    shape.operations = table(std::string(std::size_t{3} * 1024 * 1024, '\1'));
    const Driven driven = pull(
        shape, [](const Packet&, TestTerminal::Answer&) {}, true);
    REQUIRE(driven.result.lesser_failures.size() == 1);
    CHECK(driven.result.lesser_failures[0].kind == FailureKind::too_big);
    CHECK(driven.result.attendance.has_value());
}
