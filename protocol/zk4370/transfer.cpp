#include "protocol/zk4370/transfer.hpp"

#include <utility>

#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/table_body.hpp"

namespace presensi::zk4370 {

namespace {

using namespace std::chrono_literals;

constexpr auto packet_patience = 15s;  // protocol-4370 § 3.9
constexpr auto lossy_patience = 2s;    // protocol-4370 § 3.6: silence after a gap

// All of it; one that says it is empty has nothing behind that.
bool is_table(std::string_view bytes) {
    const auto body = split_table(bytes);
    return body && !(body->records.empty() && body->surplus > 0);
}

}  // namespace

Transfer::Transfer(Transport transport, std::uint16_t session, std::optional<std::size_t> asked, std::size_t most_bytes)
    : transport_(transport), session_(session), asked_(asked), most_bytes_(most_bytes) {}

Transfer::State Transfer::take(Packet packet) {
    switch (packet.code) {
        case reply::prepare_data:
            return take_announcement(packet.data);
        case reply::data:
        case reply::ok_data:
            return take_data(std::move(packet));
        case reply::ok:
            return take_end(std::move(packet));
        case reply::unauthorized:
            return State::unauthorized;
        case reply::retry:
        case reply::repeat:
            return State::failed;
        case reply::error:
        case reply::unknown:
        case reply::error_command:
        case reply::error_init:
        case reply::error_data:
            return announced_ || any_data_ ? State::failed : State::refused;
        default:
            return State::broken;
    }
}

// No terminal at work sends so many.
Transfer::State Transfer::take_useless() { return ++useless_ > 10'000 ? State::broken : State::going_on; }

Transfer::State Transfer::take_announcement(const std::string& data) {
    if (data.size() < 4) return State::broken;
    const std::size_t size = u32_at(data, 0);
    // A datagram can come twice; a second announcement of anything else is no terminal's doing.
    if (announced_) return transport_ == Transport::udp && size == *announced_ ? take_useless() : State::broken;
    if (asked_ && size != *asked_) return State::failed;
    if (size > most_bytes_) return State::too_big;
    announced_ = size;
    return State::going_on;
}

Transfer::State Transfer::take_data(Packet packet) {
    if (!announced_ && !gap_) return take_alone(std::move(packet.data), packet.session_field);
    if (transport_ == Transport::udp && (!announced_ || !in_sequence(packet.session_field))) {
        gap_ = true;
        return end_seen_ ? State::failed : take_useless();
    }
    if (transport_ == Transport::udp && any_data_ && !numbered_) return State::unnumbered;
    any_data_ = true;
    if (packet.data.empty() || packet.data.size() > *announced_ - bytes_.size()) return State::broken;
    bytes_ += packet.data;
    return end_seen_ && all_here() && !gap_ ? State::complete : State::going_on;
}

// All of it in one packet; an ACK that trails in is dropped as late (protocol-4370 § 3.5). A whole table says its size
// itself, and its packet has no number: else it is the middle of one whose announcement was lost.
Transfer::State Transfer::take_alone(std::string data, std::uint16_t number) {
    if (!asked_ && data.size() > most_bytes_) return State::too_big;
    bytes_ = std::move(data);
    const bool alone = transport_ == Transport::tcp || number == session_ || number == 0;
    if (asked_ ? bytes_.size() != *asked_ : !alone || !is_table(bytes_)) {
        // Over UDP the rest is on its way, and asking again before would only mix two answers (protocol-4370 § 3.6).
        gap_ = transport_ == Transport::udp && !end_seen_;
        return gap_ ? State::going_on : State::failed;
    }
    announced_ = bytes_.size();
    return State::complete;
}

Transfer::State Transfer::take_end(Packet packet) {
    if (gap_) return State::failed;
    if (announced_ && all_here()) return State::complete;
    // Over UDP the ACK can overtake all else, and what it overtook can be lost (protocol-4370 § 3.6).
    const bool overtaking = transport_ == Transport::udp && (announced_ || packet.data.empty());
    if (overtaking) {
        end_seen_ = true;
        return State::going_on;
    }
    // Old firmware: a small table in the ACK itself; without data an empty one (protocol-4370 § 3.7, § 3.8).
    if (!announced_ && !asked_) return take_alone(std::move(packet.data), session_);
    return State::failed;
}

// Data packets are numbered in the session field, in every firmware seen (protocol-4370 § 1.4).
bool Transfer::in_sequence(std::uint16_t number) {
    if (!last_number_) {
        numbered_ = number != session_ || number == 0;
        last_number_ = number;
        return true;
    }
    if (!numbered_) return true;
    const bool next = number == static_cast<std::uint16_t>(*last_number_ + 1);
    last_number_ = number;
    return next;
}

Transfer::State Transfer::silent() const {
    return transport_ == Transport::udp && all_here() && !gap_ ? State::complete : State::failed;
}

std::chrono::milliseconds Transfer::patience() const {
    const bool lossy = transport_ == Transport::udp && (gap_ || end_seen_ || all_here());
    return lossy ? std::chrono::milliseconds(lossy_patience) : std::chrono::milliseconds(packet_patience);
}

}  // namespace presensi::zk4370
