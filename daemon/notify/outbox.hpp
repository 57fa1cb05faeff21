#pragma once
// Messages of one channel that are not sent yet. Bounded, in their order. Pure.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "daemon/notify/message.hpp"

namespace presensi::notify {

class Outbox {
public:
    using Steady = std::chrono::steady_clock;

    struct Limits {
        std::size_t messages = 100;
        std::chrono::hours age{48};  // what is older is news to nobody
        std::chrono::milliseconds first_retry = std::chrono::seconds(5);
        std::chrono::milliseconds longest_retry = std::chrono::minutes(10);
    };
    explicit Outbox(Limits limits) : limits_(limits) {}

    // The oldest makes room.
    void add(Message message, Steady::time_point now);
    // The one to send now; null: none, or the pause after a failure lasts.
    const Message* due(Steady::time_point now);
    // Of this id; it may have been dropped meanwhile.
    void sent(const std::string& id);
    // Nobody will ever take this one: it makes room for the next at once.
    void refused(const std::string& id);
    // The pauses double; `share` of 0 to 1 shortens one by up to a fifth, so that many do not come back together.
    void failed(Steady::time_point now, double share);

    std::size_t waiting() const { return waiting_.size(); }
    std::int64_t dropped() const { return dropped_; }
    // How long the oldest has waited.
    Steady::duration delay(Steady::time_point now) const {
        return waiting_.empty() ? Steady::duration::zero() : now - waiting_.front().since;
    }

private:
    struct Waiting {
        Message message;
        Steady::time_point since;
    };
    void drop_front();

    Limits limits_;
    std::deque<Waiting> waiting_;
    Steady::time_point not_before_{};
    unsigned failures_ = 0;
    std::int64_t dropped_ = 0;
};

}  // namespace presensi::notify
