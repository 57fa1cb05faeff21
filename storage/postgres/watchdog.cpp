#include "storage/postgres/watchdog.hpp"

#include <libpq-fe.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace presensi::storage::postgres {

namespace {

// On a thread of its own that nobody waits for: PQcancel connects and waits without any limit, and a server that is
// frozen would stop every deadline. There are no more of them than sessions, because none is made while it is.
void ask_to_cancel(Cancel cancel) {
    std::thread([cancel = std::move(cancel)] {
        char sorry[256];
        PQcancel(cancel.get(), sorry, sizeof sorry);
    }).detach();
}

}  // namespace

void FreeCancel::operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }

Watchdog::Watchdog() : thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

Watchdog::Watch Watchdog::watch(int socket, Cancel cancel, std::chrono::milliseconds patience) {
    const auto until = Clock::now() + patience;
    bool sooner = false;
    std::uint64_t id = 0;
    {
        const std::lock_guard lock(mutex_);
        id = ++last_id_;
        watched_.emplace(id, Watched{until, socket, std::move(cancel)});
        sooner = until < next_look_;
    }
    // A statement that ends in time wakes nobody: the thread looks again when the first of many would have run out.
    if (sooner) wake_.notify_one();
    return Watch(*this, id);
}

void Watchdog::end(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    watched_.erase(id);
}

void Watchdog::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto now = Clock::now();
        next_look_ = Clock::time_point::max();
        for (auto it = watched_.begin(); it != watched_.end();) {
            if (it->second.until <= now) {
                ::shutdown(it->second.socket, SHUT_RDWR);
                ask_to_cancel(std::move(it->second.cancel));
                it = watched_.erase(it);
            } else {
                next_look_ = std::min(next_look_, it->second.until);
                ++it;
            }
        }
        if (next_look_ == Clock::time_point::max()) {
            wake_.wait(lock);
        } else {
            wake_.wait_until(lock, next_look_);
        }
    }
}

}  // namespace presensi::storage::postgres
