#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>

namespace presensi::upload {

// One file at a time: a decoded one takes memory that many must not take at once. On the I/O thread; outlives who
// waits.
class Turns {
public:
    class Turn {
    public:
        explicit Turn(Turns& turns) : turns_(&turns) {}
        ~Turn() {
            if (turns_ != nullptr) turns_->pass_on();
        }
        Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
        Turn& operator=(Turn&&) = delete;

    private:
        Turns* turns_;
    };

    boost::asio::awaitable<Turn> next();

private:
    void pass_on();

    bool taken_ = false;
    std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

}  // namespace presensi::upload
