// What we say: a closed list (protocol-4370 § 6).
#include <doctest/doctest.h>

#include <set>

#include "protocol/zk4370/comm_key.hpp"
#include "protocol/zk4370/request.hpp"
#include "tests/protocol/zk4370/vectors.hpp"

using namespace presensi;
using namespace presensi::test;
using namespace presensi::zk4370;

namespace {

// The request that a packet of framing.json is, by its command and data; none: it is nothing that we can say.
std::optional<Request> request_of(unsigned command, const std::string& data, const std::string& id) {
    switch (command) {
        case 11:
            return Request::option(data.substr(0, data.find('\0')));
        case 50:
            return Request::counters();
        case 201:
            return Request::clock();
        case 500:
            return Request::events(data[1] == '\0' ? 1 : 0xffff);
        case 1000:
            return Request::connect();
        case 1001:
            return Request::exit();
        case 1002:
            return Request::enable();
        case 1003:
            return Request::disable(data.empty() ? 0 : 30);
        case 1102:
            return Request::authenticate(id == "auth-key12" ? 12 : 45, 0x45cf);
        case 1502:
            return Request::free_data();
        case 1503:
            return Request::prepare(Table::users);
        case 1504: {
            const auto number = [&](std::size_t at) {
                std::uint32_t value = 0;
                for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(data[at + i]);
                return value;
            };
            return Request::piece(number(0), number(4));
        }
        case 2000:
            return Request::event_received();
        default:
            return std::nullopt;
    }
}

}  // namespace

TEST_CASE("framing.json: what we can say comes out byte for byte") {
    int encoded = 0;
    std::set<std::string> cannot;
    for (const auto& value : vectors("framing.json")) {
        const auto& c = value.as_object();
        if (text_of(c, "direction") != "c2d") continue;
        const std::string id = text_of(c, "id");
        CAPTURE(id);
        const auto request = request_of(number_of<unsigned>(c, "command"), bytes_of(c, "data"), id);
        if (!request) {
            cannot.insert(id);
            continue;
        }
        ++encoded;
        const auto transport = text_of(c, "transport") == "udp" ? Transport::udp : Transport::tcp;
        CHECK(hex_of(encode(*request, number_of<std::uint16_t>(c, "session_field"),
                            number_of<std::uint16_t>(c, "reply_id"), transport)) == text_of(c, "hex"));
    }
    CHECK(encoded == 23);
    CHECK(cannot == std::set<std::string>{"options-write-lockon", "options-write-antipassback", "user-write"});
}

TEST_CASE("every request that can be made is in the closed list") {
    const Request all[] = {Request::connect(),
                           Request::authenticate(1, 2),
                           Request::exit(),
                           Request::option("~OS"),
                           Request::version(),
                           Request::clock(),
                           Request::counters(),
                           Request::state(),
                           Request::free_data(),
                           Request::prepare(Table::attendance),
                           Request::prepare(Table::users),
                           Request::prepare(Table::operations),
                           Request::piece(0, 1),
                           Request::direct_attendance(),
                           Request::direct_users(),
                           Request::disable(1),
                           Request::enable(),
                           Request::events(0),
                           Request::event_received()};
    const std::set<unsigned> listed{1000, 1001, 1102, 50,  11, 1100, 201,  1503, 1504,
                                    1502, 13,   9,    500, 64, 1002, 1003, 2000};
    std::set<unsigned> made;
    for (const auto& request : all) made.insert(static_cast<unsigned>(request.command()));
    CHECK(made == listed);
    // 34 goes inside 1503 only, and 9 reads users only.
    CHECK(hex_of(Request::prepare(Table::operations).data()) == "0122000000000000000000");
    CHECK(hex_of(Request::prepare(Table::attendance).data()) == "010d000000000000000000");
    CHECK(hex_of(Request::prepare(Table::users).data()) == "0109000500000000000000");
    CHECK(hex_of(Request::direct_users().data()) == "05");
}

TEST_CASE("auth.json: comm keys are scrambled") {
    for (const auto& value : vectors("auth.json")) {
        const auto& c = value.as_object();
        CAPTURE(text_of(c, "id"));
        const auto key = number_of<std::uint32_t>(c, "key");
        const auto session = number_of<std::uint16_t>(c, "session");
        CHECK(hex_of(scramble_comm_key(key, session, number_of<std::uint8_t>(c, "ticks"))) == text_of(c, "auth_data"));
        CHECK(hex_of(encode(Request::authenticate(key, session), session, 1, Transport::tcp)) ==
              text_of(c, "frame_tcp"));
    }
}
