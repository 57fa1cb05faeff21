#include "protocol/zk4370/event.hpp"

#include <cassert>

#include "protocol/text_fields.hpp"
#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/packed_time.hpp"

namespace presensi::zk4370 {

namespace {

// protocol-4370 § 5.8
enum Code : std::uint16_t { punch = 1, enrolled_user = 4, enrolled_finger = 8, verified = 128, alarm = 512 };

constexpr std::size_t text_width = 24;
constexpr std::size_t text_punch = 32;

std::string_view name_of(std::uint16_t code) {
    switch (code) {
        case 1:
            return "punch";
        case 2:
            return "finger";
        case 4:
            return "user_enrolled";
        case 8:
            return "finger_enrolled";
        case 16:
            return "button";
        case 32:
            return "unlocked";
        case 128:
            return "verified";
        case 256:
            return "finger_score";
        case 512:
            return "alarm";
        default:
            return "event";
    }
}

constexpr std::size_t longest_user_id = 64;

std::string text_of(std::string_view field) {
    return to_stored_text(field.substr(0, field.find('\0')), longest_user_id);
}

// What is at the beginning of `data`, by the total length (protocol-4370 § 5.8); nothing if its time cannot be or
// the length is unknown.
std::optional<EventPunch> take_punch(std::string_view data, std::size_t length) {
    EventPunch out;
    std::size_t at = 0;
    if (length == 10 || length == 14) {
        out.user_id = std::to_string(u16_at(data, 0));
        at = 2;
    } else if (length == 12) {
        out.user_id = std::to_string(u32_at(data, 0));
        at = 4;
    } else if (length >= text_punch) {
        out.user_id = text_of(data.substr(0, text_width));
        at = text_width;
    } else {
        return std::nullopt;
    }
    out.verify = u8_at(data, at);
    out.state = u8_at(data, at + 1);
    // Of the short forms the high nibble says whether the entry is valid.
    if (at == 2) out.state &= 0x0f;
    const auto time = decode_six_byte_time(data.substr(at + 2, 6));
    if (!time) return std::nullopt;
    out.device_time = *time;
    return out;
}

// Several punches in one event, if every part has a time that can be.
std::vector<EventPunch> take_punches(std::string_view data) {
    std::vector<EventPunch> all;
    if (data.size() > text_punch && data.size() % text_punch == 0) {
        for (std::size_t at = 0; at < data.size(); at += text_punch) {
            auto one = take_punch(data.substr(at, text_punch), text_punch);
            if (!one) break;
            all.push_back(std::move(*one));
        }
        if (all.size() == data.size() / text_punch) return all;
        all.clear();
    }
    if (auto one = take_punch(data, data.size())) all.push_back(std::move(*one));
    return all;
}

void take_alarm(std::string_view data, Event& event) {
    if (data.size() == 12) {
        event.alarm = u16_at(data, 4);
        event.slot = u16_at(data, 6);
        event.match = u32_at(data, 8);
    } else if (data.size() >= 4) {
        event.alarm = u32_at(data, 0);
    }
}

void take_enrolment(std::string_view data, Event& event) {
    if (data.size() < 2) return;
    event.result = u16_at(data, 0);
    if (data.size() < 6) return;
    event.template_size = u16_at(data, 2);
    event.user_id = text_of(data.substr(4, data.size() - 5));
    event.finger = u8_at(data, data.size() - 1);
}

}  // namespace

Event decode_event(const Packet& packet) {
    assert(packet.code == reply::event);
    Event event;
    event.code = packet.session_field;
    event.name = name_of(event.code);
    const std::string_view data = packet.data;
    switch (event.code) {
        case Code::punch:
            event.punches = take_punches(data);
            event.bad_time = event.punches.empty();
            break;
        case Code::enrolled_finger:
            take_enrolment(data, event);
            break;
        case Code::enrolled_user:
            if (data.size() >= 2) event.slot = u16_at(data, 0);
            break;
        case Code::verified:
            if (data.size() >= 4) event.slot = u32_at(data, 0);
            break;
        case Code::alarm:
            take_alarm(data, event);
            break;
        default:
            break;
    }
    return event;
}

}  // namespace presensi::zk4370
