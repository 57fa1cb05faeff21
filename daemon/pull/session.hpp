#pragma once
// Drives one PullConversation over one terminal's network.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "daemon/clock.hpp"
#include "daemon/pull/link.hpp"
#include "protocol/zk4370/conversation.hpp"

namespace presensi::pull {

class Session {
public:
    struct Hooks {
        Now now = system_now;
        // Writes down durably that the terminal may be disabled; may throw, then it is not disabled.
        std::function<boost::asio::awaitable<void>()> note_disabling;
    };

    Session(boost::asio::io_context& io, const Endpoint& endpoint, zk4370::PullRequest request, Hooks hooks);

    // Connects, speaks, closes. Never throws for what a terminal or a network does; over within the conversation's
    // time limit and half a minute.
    boost::asio::awaitable<void> run();

    // Ends the pull politely, for the reason in the sentence: what was disabled is enabled, and it says goodbye.
    void stop(std::string sentence);

    zk4370::PullProgress progress() const { return conversation_.progress(); }
    // After run().
    zk4370::PullResult take_result();
    // Ours, halfway between the question for the terminal's clock and its answer.
    std::optional<Instant> clock_asked_at() const { return clock_asked_at_; }
    // Nobody is there: another way may do (UDP, another address).
    bool unreachable() const { return unreachable_; }

private:
    boost::asio::awaitable<bool> connect();
    boost::asio::awaitable<void> send(zk4370::Send send);
    boost::asio::awaitable<void> wait(zk4370::Wait wait);
    boost::asio::awaitable<void> note_disabling();
    void keep_to_time();

    const Endpoint endpoint_;
    Hooks hooks_;
    Link link_;
    zk4370::PullConversation conversation_;
    const Steady::time_point begun_ = Steady::now();
    Steady::time_point patience_until_{};
    std::optional<Steady::time_point> stopped_at_;
    std::optional<Instant> clock_sent_;
    std::optional<Instant> clock_asked_at_;
    bool unreachable_ = false;
    std::string why_unreachable_;
};

}  // namespace presensi::pull
