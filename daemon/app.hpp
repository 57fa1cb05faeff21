#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "config/load.hpp"
#include "config/settings.hpp"
#include "daemon/clock.hpp"
#include "daemon/handed_sockets.hpp"
#include "daemon/health_watch.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/pull/lease.hpp"

namespace presensi {

// What the executable adds, and what a test may replace.
struct AppHooks {
    std::function<config::LoadResult()> load;  // reads the configuration anew, for SIGHUP
    HandedSockets sockets;
    Now now = system_now;
    std::function<std::optional<bool>()> clock_synchronised = clock_is_synchronised;  // nothing: asks the time service
    bool handle_signals = true;
    pull::LeaseTimes lease_times{};
    HealthProbes health{};
    notify::NotifyHooks notify{};
    std::chrono::milliseconds certificates_every = std::chrono::minutes(1);
    std::chrono::milliseconds grace = std::chrono::seconds(10);  // between the polite stop and the hard one
};

// The composition root: builds, owns, runs, stops; nothing clever.
class App {
public:
    // Opens the store and binds both ports. Throws std::runtime_error (storage::StoreUnusable among them) with a
    // sentence.
    explicit App(const config::Settings& settings, const AppHooks& hooks = {});
    ~App();

    // Serves until SIGTERM, SIGINT or stop(); returns when everything that was accepted is stored and answered.
    void run();

    // Asks for the polite stop; may be called from another thread.
    void stop();

    std::uint16_t terminal_port() const;
    std::uint16_t admin_port() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace presensi
