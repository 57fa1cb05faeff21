#include "tests/end_to_end/fire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "tests/support/daemon_process.hpp"

namespace presensi::test {

using namespace presensi::terminals;

unsigned from_environment(const char* name, unsigned otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

std::filesystem::path write_fleet_config(const std::filesystem::path& folder, const std::string& storage,
                                         std::uint16_t terminal_port, std::uint16_t admin_port,
                                         const FleetOptions& fleet) {
    std::string text = storage;
    text += fmt::format(
        "terminal_listener: {{ address: 127.0.0.1, port: {} }}\nadmin_listener: {{ port: {} }}\nterminals:\n",
        terminal_port, admin_port);
    for (int i = 0; i < fleet.terminals; ++i) text += "  - serial: " + serial_of(fleet, i) + "\n";
    write_file(folder / "presensi.yaml", text);
    return folder / "presensi.yaml";
}

FleetOptions busy_fleet() {
    FleetOptions options;
    options.terminals = 64;
    options.profiles = {Profile::x100c, Profile::senseface, Profile::mb10};
    options.scenario = Scenario::trickle;
    options.speed = 0;
    options.error_delay = std::chrono::milliseconds(50);
    options.faults = {2, 2, 2, 0};
    options.date = std::chrono::local_days{std::chrono::year{2026} / 11 / 20};
    options.seed = from_environment("PRESENSI_SEED", 20261120);
    return options;
}

std::set<Key> missing(const std::set<Key>& of, const std::set<StoredPunch>& in) {
    std::set<Key> absent;
    std::set_difference(of.begin(), of.end(), in.begin(), in.end(), std::inserter(absent, absent.end()));
    return absent;
}

bool await(const std::function<bool()>& condition, std::chrono::milliseconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

Crowd::Crowd(FleetOptions options) : fleet(io, std::move(options)) {
    fleet.start();
    thread_ = std::thread([this] { io.run(); });
}

Crowd::~Crowd() {
    fleet.stop();
    thread_.join();
}

}  // namespace presensi::test
