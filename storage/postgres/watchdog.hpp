#pragma once
// Bounds every wait for the server. The server's own statement_timeout does not: it leaves out the wait for a
// synchronous standby, and it says nothing on a dead line.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

extern "C" {
typedef struct pg_cancel PGcancel;
}

namespace presensi::storage::postgres {

struct FreeCancel {
    void operator()(PGcancel* cancel) const;
};
using Cancel = std::shared_ptr<PGcancel>;

// One thread for any number of sessions. When a watch runs out, its socket is shut down, so that the waiting call
// returns with a broken connection, and the server is asked to cancel: a backend left alone would hold its locks.
class Watchdog {
public:
    class Watch {
    public:
        Watch(Watchdog& dog, std::uint64_t id) : dog_(dog), id_(id) {}
        ~Watch() { dog_.end(id_); }
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

    private:
        Watchdog& dog_;
        std::uint64_t id_;
    };

    Watchdog();
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    // `socket` stays open while the watch lives.
    [[nodiscard]] Watch watch(int socket, Cancel cancel, std::chrono::milliseconds patience);

private:
    using Clock = std::chrono::steady_clock;
    struct Watched {
        Clock::time_point until;
        int socket;
        Cancel cancel;
    };

    void end(std::uint64_t id);
    void run();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::map<std::uint64_t, Watched> watched_;
    Clock::time_point next_look_ = Clock::time_point::max();
    std::uint64_t last_id_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace presensi::storage::postgres
