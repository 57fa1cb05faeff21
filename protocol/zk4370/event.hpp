#pragma once
// What terminals say unasked: command 500 (protocol-4370 § 5.8). A pull answers each and notes it; the log, not the
// event, makes punches.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"
#include "protocol/zk4370/packet.hpp"

namespace presensi::zk4370 {

// Somebody punched just now. Provisional: events have no number and are lost when nobody listens.
struct EventPunch {
    std::string user_id;  // valid UTF-8 without control characters, at most 64 bytes
    std::uint8_t verify = 0;
    std::uint8_t state = 0;
    DeviceTime device_time{};
};

struct Event {
    std::uint16_t code = 0;
    std::string_view name;            // "punch", "alarm", …; "event" for a code that the reference does not name
    std::vector<EventPunch> punches;  // of code 1: one, seldom more
    bool bad_time = false;            // of code 1: a time that cannot be; then no punches
    // Where the event has them:
    std::optional<std::uint32_t> alarm;  // 0x37 tamper, 0x35 exit button, 0x20 duress, …
    std::optional<std::uint32_t> slot;   // 0xffffffff: nobody known
    std::optional<std::uint32_t> match;
    std::optional<std::uint16_t> result;  // of an enrolment: 0 ok
    std::optional<std::uint16_t> template_size;
    std::optional<std::uint8_t> finger;
    std::string user_id;  // of an enrolment
};

// `packet.code` must be reply::event. Never fails: data of a length that nobody has seen leaves the fields empty.
Event decode_event(const Packet& packet);

}  // namespace presensi::zk4370
