#include "tests/protocol/zk4370/scripted_terminal.hpp"

#include "tests/protocol/zk4370/terminal_packets.hpp"

namespace presensi::test {

using namespace zk4370;

namespace {

Packet packet_of(const std::string& wire, Transport transport) {
    if (transport == Transport::udp) return decode_packet(wire).value();
    PacketStream stream;
    stream.append(wire);
    return stream.next().value();
}

}  // namespace

ScriptedTerminal::ScriptedTerminal(const boost::json::object& conversation, std::string serial)
    : transport_(text_of(conversation, "transport") == "udp" ? Transport::udp : Transport::tcp),
      serial_(std::move(serial)) {
    std::vector<Exchange> exchanges;
    for (const auto& value : conversation.at("steps").as_array()) {
        const auto& step = value.as_object();
        const std::string direction = text_of(step, "dir");
        if (direction == "close") {
            exchanges.back().closes = true;
            continue;
        }
        const Packet packet = packet_of(bytes_of(step, "hex"), transport_);
        if (direction == "c2d") {
            exchanges.push_back({packet, {}, false});
        } else {
            exchanges.back().answers.push_back(packet);
        }
    }
    for (auto& exchange : exchanges) recorded_[exchange.request.code].push_back(std::move(exchange));
}

TestTerminal::Answer ScriptedTerminal::answer(const Packet& request) {
    auto& queue = recorded_[request.code];
    if (queue.empty()) return unrecorded(request);
    const Exchange exchange = std::move(queue.front());
    queue.pop_front();
    if (exchange.request.data != request.data)
        differences_.push_back(std::to_string(request.code) + ": " + hex_of(exchange.request.data) + ", " +
                               hex_of(request.data));
    Answer out;
    for (const auto& recorded : exchange.answers) {
        const auto shift = static_cast<std::uint16_t>(recorded.reply_id - exchange.request.reply_id);
        const auto reply_id = static_cast<std::uint16_t>(request.reply_id + shift);
        out.packets.push_back(framed(transport_, recorded.code, recorded.session_field, reply_id, recorded.data));
    }
    out.closes = exchange.closes;
    return out;
}

// A terminal that knows no options and has no counters, but is polite.
TestTerminal::Answer ScriptedTerminal::unrecorded(const Packet& request) const {
    const auto one = [&](std::uint16_t code, std::string_view data) {
        return Answer{{framed(transport_, code, session_, request.reply_id, data)}, false};
    };
    switch (request.code) {
        case 11:
            if (request.data.starts_with("~SerialNumber") && !serial_.empty())
                return one(reply::ok, "~SerialNumber=" + serial_ + std::string(1, '\0'));
            return one(reply::error, "");
        case 50:
        case 201:
        case 1100:
            return one(reply::error, "");
        case 1000:
        case 1001:
        case 1002:
        case 1003:
        case 1502:
            return one(reply::ok, "");
        default:
            return {};  // nothing was recorded: silence
    }
}

}  // namespace presensi::test
