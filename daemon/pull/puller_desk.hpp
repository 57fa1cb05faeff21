#pragma once
// What Puller keeps of one terminal; of no other's concern.

#include <boost/asio/steady_timer.hpp>

#include <deque>

#include "daemon/pull/puller.hpp"

namespace presensi::pull {

struct Puller::Job {
    Ask ask;
    storage::PullRow row;  // id 0: not stored (yet)
    bool scheduled = false;
    bool only_to_enable = false;
};

// The beating of a lease, from the moment it was taken.
struct Puller::Watch {
    explicit Watch(boost::asio::io_context& io) : timer(io) {}

    boost::asio::steady_timer timer;
    bool over = false;
    bool lost = false;
};

struct Puller::Desk {
    explicit Desk(std::string of) : serial(std::move(of)) {}

    const std::string serial;
    std::deque<std::unique_ptr<Job>> waiting;
    std::unique_ptr<Job> job;      // under way
    std::unique_ptr<Visit> visit;  // its connection
    bool working = false;
    History history;
    bool unauthorized = false;  // another try by itself would only lock the terminal's door
    std::optional<Instant> due;
    bool disabled = false;               // as it is written down
    std::optional<Place> disabled_at;    // where, if somebody named the place
    std::optional<Instant> raw_kept_at;  // of a log that was not taken
    std::chrono::steady_clock::time_point enable_after{};
};

}  // namespace presensi::pull
