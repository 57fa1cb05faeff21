#include "protocol/zk4370/exchange.hpp"

#include <utility>

namespace presensi::zk4370 {

namespace {

constexpr std::uint16_t last_reply_id = 65534;  // protocol-4370 § 1.5: 65535 is never used
constexpr std::size_t most_events = 100;        // kept; all are counted

}  // namespace

Exchange::Exchange(Transport transport) : transport_(transport) {}

void Exchange::reset() {
    stream_ = PacketStream();
    datagram_.reset();
    session_ = 0;
    reply_id_.reset();
    outgoing_.clear();
    unrelated_ = 0;
}

void Exchange::ask(const Request& request) {
    if (!reply_id_) {
        reply_id_ = 0;
    } else {
        reply_id_ = *reply_id_ == last_reply_id ? std::uint16_t{0} : static_cast<std::uint16_t>(*reply_id_ + 1);
    }
    last_ = {encode(request, session_, *reply_id_, transport_), request.command()};
    outgoing_.push_back(last_);
    unrelated_ = 0;
}

void Exchange::repeat() {
    outgoing_.push_back(last_);
    ++statistics_.repeats;
}

std::optional<Send> Exchange::take_outgoing() {
    if (outgoing_.empty()) return std::nullopt;
    Send send = std::move(outgoing_.front());
    outgoing_.pop_front();
    return send;
}

void Exchange::received(std::string_view bytes) {
    statistics_.bytes_received += bytes.size();
    if (transport_ == Transport::tcp) {
        stream_.append(bytes);
        return;
    }
    datagram_ = decode_packet(bytes);
    if (!datagram_) ++statistics_.damaged_packets;
}

std::optional<Packet> Exchange::next_packet() {
    if (transport_ == Transport::tcp) return stream_.next();
    return std::exchange(datagram_, std::nullopt);
}

std::optional<Packet> Exchange::next_answer() {
    while (auto packet = next_packet()) {
        if (!packet->intact) {
            ++statistics_.damaged_packets;
            if (transport_ == Transport::udp) continue;
        }
        if (is_answer(*packet)) return packet;
        ++unrelated_;
        if (flooded()) return std::nullopt;
    }
    return std::nullopt;
}

bool Exchange::is_answer(const Packet& packet) {
    // By the code: events carry reply id 0, as the answer to the first request does (protocol-4370 § 1.5).
    if (packet.code == reply::event) {
        if (packet.intact) take_event(packet);
        return false;
    }
    if (packet.reply_id == reply_id_) return true;
    ++statistics_.late_replies;
    return false;
}

void Exchange::take_event(const Packet& packet) {
    ++statistics_.events;
    if (events_.size() < most_events) events_.push_back(decode_event(packet));
    // Unanswered, some terminals stop sending (protocol-4370 § 5.8).
    constexpr std::uint16_t event_reply_id = 0;
    const Request answer = Request::event_received();
    outgoing_.push_back({encode(answer, session_, event_reply_id, transport_), answer.command()});
}

}  // namespace presensi::zk4370
