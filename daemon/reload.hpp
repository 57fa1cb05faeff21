#pragma once
// A configuration that is read while we run (SIGHUP): all of it or nothing (reliability F38).

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>

#include "config/load.hpp"
#include "config/settings.hpp"
#include "daemon/clock.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/terminal_registry.hpp"

namespace presensi {

// What /api/v1/status says of it.
struct ConfigurationState {
    Instant loaded_at{};
    std::string last_reload_error;  // empty: the last one took effect, or there was none
};

class Reload {
public:
    struct Parts {
        config::Settings& settings;  // everybody reads these; replaced in one step on the I/O thread
        TerminalRegistry& registry;
        StoreWorker& worker;
        ConfigurationState& state;
        Now now;
        // Reads and checks the file; runs on a storage thread.
        std::function<config::LoadResult()> load;
        // The new settings hold: whoever keeps a copy of one takes it. Cannot fail.
        std::function<void()> apply;
    };

    explicit Reload(Parts parts) : parts_(std::move(parts)) {}

    // Somebody asks; who asks while one is under way gets another one after it.
    boost::asio::awaitable<void> run();

private:
    using Fresh = std::shared_ptr<const config::Settings>;

    boost::asio::awaitable<void> run_one();
    boost::asio::awaitable<Fresh> read();
    boost::asio::awaitable<void> take(Fresh fresh);
    boost::asio::awaitable<void> refuse(std::string reason);

    Parts parts_;
    bool running_ = false;
    bool again_ = false;
};

}  // namespace presensi
