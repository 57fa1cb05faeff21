#include "tests/support/running_app.hpp"

#include <stdexcept>

#include "protocol/text_fields.hpp"
#include "tests/support/test_store.hpp"

namespace presensi::test {

Instant utc(const std::string& text) {
    const auto instant = decode_utc(text);
    if (!instant) throw std::logic_error("not a time: " + text);
    return *instant;
}

config::Settings RunningApp::settings(const std::filesystem::path& folder) {
    config::Settings settings;
    settings.state_folder = folder;
    settings.terminal_listener = {"127.0.0.1", 0};
    settings.admin_listener = {"127.0.0.1", 0};
    settings.send_date = config::SendDate::always;
    if (on_postgres()) {
        settings.storage.backend = config::Backend::postgres;
        settings.storage.postgres_url = postgres_of(folder).url();
        settings.storage.postgres_owner_url = postgres_of(folder).owner_url();
    }
    return settings;
}

config::Settings RunningApp::settings(const std::filesystem::path& folder, std::initializer_list<const char*> serials) {
    config::Settings all = settings(folder);
    for (const char* serial : serials) {
        config::TerminalSettings terminal;
        terminal.serial = serial;
        all.terminals.push_back(terminal);
    }
    return all;
}

RunningApp::RunningApp(const config::Settings& settings, const std::string& now, pull::LeaseTimes lease_times,
                       notify::NotifyHooks notify, std::chrono::milliseconds certificates_every)
    : folder_(settings.state_folder), now_(utc(now).time_since_epoch().count()) {
    AppHooks hooks;
    hooks.now = [this] { return Instant(std::chrono::milliseconds(milliseconds())); };
    hooks.clock_synchronised = [this] { return synchronised_.load(); };
    hooks.handle_signals = false;
    hooks.lease_times = lease_times;
    hooks.notify = std::move(notify);
    // Of the machine that runs the test nobody should hear.
    hooks.health.disk_space = [](const auto&) { return std::nullopt; };
    hooks.certificates_every = certificates_every;
    app_ = std::make_unique<App>(settings, hooks);
    thread_ = std::thread([this] { app_->run(); });
}

void RunningApp::follow(double speed) {
    followed_since_ = std::chrono::steady_clock::now();
    speed_ = speed;
}

std::int64_t RunningApp::milliseconds() const {
    const double speed = speed_;
    if (speed == 0) return now_;
    const std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - followed_since_;
    return now_ + static_cast<std::int64_t>(passed.count() * speed);
}

RunningApp::~RunningApp() { stop(); }

void RunningApp::settle() const { presensi::test::settle(folder_); }

void RunningApp::stop() {
    if (!thread_.joinable()) return;
    app_->stop();
    thread_.join();
}

}  // namespace presensi::test
