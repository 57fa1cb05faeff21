#pragma once
// One request at a time, and the answers to it (protocol-4370 § 0.2, § 0.3): framing, session, reply ids. What comes in
// between does not reach the conversation: events are answered and noted, late replies dropped and counted.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/zk4370/event.hpp"
#include "protocol/zk4370/packet_stream.hpp"
#include "protocol/zk4370/pull_result.hpp"
#include "protocol/zk4370/request.hpp"

namespace presensi::zk4370 {

struct Send {
    std::string bytes;
    Command command = Command::connect;  // for the log line, and to measure the round trip of Command::clock
};

class Exchange {
public:
    explicit Exchange(Transport transport);

    // A new connection: no session, reply ids from the beginning, nothing to send.
    void reset();

    void set_session(std::uint16_t session) { session_ = session; }
    std::uint16_t session() const { return session_; }

    // Sends `request` under the next reply id; only answers to it count from now on.
    void ask(const Request& request);
    // Sends the last request again as it was: either answer will do (protocol-4370 § 1.6).
    void repeat();
    std::optional<Send> take_outgoing();

    // TCP: what one read brought. UDP: one datagram.
    void received(std::string_view bytes);

    // The next answer to the last request. On TCP it may be damaged (`intact`); on UDP damaged ones count as lost.
    std::optional<Packet> next_answer();

    std::optional<StreamError> error() const { return stream_.error(); }
    bool in_packet() const { return stream_.in_packet(); }
    // So many events and late replies since the last request that this is no terminal at work.
    bool flooded() const { return unrelated_ > 10'000; }

    const PullStatistics& statistics() const { return statistics_; }
    PullStatistics& statistics() { return statistics_; }
    const std::vector<Event>& events() const { return events_; }  // the first 100

private:
    std::optional<Packet> next_packet();
    bool is_answer(const Packet& packet);
    void take_event(const Packet& packet);

    Transport transport_;
    PacketStream stream_;
    std::optional<Packet> datagram_;
    std::uint16_t session_ = 0;
    std::optional<std::uint16_t> reply_id_;  // of the last request
    Send last_;
    std::deque<Send> outgoing_;
    std::size_t unrelated_ = 0;
    PullStatistics statistics_;
    std::vector<Event> events_;
};

}  // namespace presensi::zk4370
