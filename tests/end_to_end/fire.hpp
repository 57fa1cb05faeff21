#pragma once
// Simulated terminals against a daemon that is being hurt.

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <thread>

#include "tests/support/stored_rows.hpp"
#include "tests/terminals/fleet.hpp"

namespace presensi::test {

// A number that scripts/prove.sh raises.
unsigned from_environment(const char* name, unsigned otherwise);

// 64 terminals of three families that create and upload without end, with faults of their own. PRESENSI_SEED: another
// history.
terminals::FleetOptions busy_fleet();

// A configuration for that fleet. `storage`: lines that choose the store.
std::filesystem::path write_fleet_config(const std::filesystem::path& folder, const std::string& storage,
                                         std::uint16_t terminal_port, std::uint16_t admin_port,
                                         const terminals::FleetOptions& fleet);

std::set<terminals::Key> missing(const std::set<terminals::Key>& of, const std::set<StoredPunch>& in);

bool await(const std::function<bool()>& condition, std::chrono::milliseconds at_most);

// The fleet on a thread of its own.
class Crowd {
public:
    explicit Crowd(terminals::FleetOptions options);
    ~Crowd();
    std::size_t acknowledged() const { return fleet.ledger().count_acknowledged(); }

    boost::asio::io_context io;
    terminals::Fleet fleet;

private:
    std::thread thread_;
};

}  // namespace presensi::test
