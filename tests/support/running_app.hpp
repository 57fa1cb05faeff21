#pragma once
// The real daemon in this process: free ports, a temporary database, a clock of our own.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "config/settings.hpp"
#include "daemon/app.hpp"
#include "tests/support/temporary_folder.hpp"

namespace presensi::test {

// "2026-11-20T08:00:00Z"
Instant utc(const std::string& text);

class RunningApp {
public:
    // Settings for tests: ports 0, state in `folder`.
    static config::Settings settings(const std::filesystem::path& folder);
    // … and these serials approved.
    static config::Settings settings(const std::filesystem::path& folder, std::initializer_list<const char*> serials);

    explicit RunningApp(const config::Settings& settings, const std::string& now = "2026-11-20T00:00:00Z",
                        pull::LeaseTimes lease_times = {}, notify::NotifyHooks notify = {},
                        std::chrono::milliseconds certificates_every = std::chrono::minutes(1));
    ~RunningApp();  // stops politely and joins

    std::uint16_t terminal_port() const { return app_->terminal_port(); }
    std::uint16_t admin_port() const { return app_->admin_port(); }
    void set_now(const std::string& text) { now_ = utc(text).time_since_epoch().count(); }
    // From now on its clock goes, this many times as fast as ours; before the first request, and for good.
    void follow(double speed);
    void set_synchronised(bool yes) { synchronised_ = yes; }
    void settle() const;  // as test_store.hpp
    void stop();

private:
    std::int64_t milliseconds() const;

    std::filesystem::path folder_;
    std::atomic<std::int64_t> now_;
    std::atomic<double> speed_{0};
    std::chrono::steady_clock::time_point followed_since_;
    std::atomic<bool> synchronised_{true};
    std::unique_ptr<App> app_;
    std::thread thread_;
};

}  // namespace presensi::test
