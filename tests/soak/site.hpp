#pragma once
// What a soak runs on: PostgreSQL, presensid, terminals that push and terminals that are pulled, and bad lines between
// them.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/end_to_end/fire.hpp"
#include "tests/end_to_end/pulled_terminals.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"

namespace presensi::soak {

// Of scripts/soak.sh, from the environment; what is not said is for a minute in the suite.
struct Plan {
    static Plan from_environment();

    std::chrono::seconds lasts{56};
    std::chrono::seconds period{4};  // from one fault to the next
    unsigned terminals = 20;
    unsigned seed = 1;
    std::filesystem::path folder;  // where the record is written; empty: nowhere
};

// A terminal whose log people bring as a file.
inline constexpr auto serial_of_files = "TSTFILE00001";

class Site {
public:
    explicit Site(const Plan& plan);
    ~Site();

    void kill_daemon();     // kill -9, and another one starts
    void restart_daemon();  // as a service manager does it
    void reload_daemon();   // with another configuration
    bool is_ready() const;
    long stored() const;                                  // rows of punches
    std::string sql(const std::string& statement) const;  // as a superuser, past the bad line; the first value

    const test::DaemonProcess& daemon() const { return *daemon_; }
    int starts() const { return starts_; }
    std::uint16_t admin_port() const { return admin_port_; }
    std::uint16_t terminal_port() const { return terminal_port_; }
    const terminals::FleetOptions& fleet_options() const { return options_; }
    std::set<test::StoredPunch> stored_punches() const;

    void begin();  // the terminals are switched on
    test::Crowd& crowd() { return *crowd_; }
    void end_of_terminals() { crowd_.reset(); }

private:
    void start_daemon();

    const Plan plan_;
    // The disks go last: a cluster and a daemon have files on them.
    test::SmallDisk disk_of_database_{"size=512m"};
    test::SmallDisk disk_of_daemon_{"size=64m"};

public:
    test::SmallDisk& disk_of_database() { return disk_of_database_; }
    test::SmallDisk& disk_of_daemon() { return disk_of_daemon_; }
    PostgresCluster cluster;
    test::FaultProxy to_database{test::port_of(cluster.url())};
    std::vector<std::unique_ptr<test::PulledTerminal>> pulled;

private:
    const std::uint16_t terminal_port_ = test::steady_port();
    const std::uint16_t admin_port_ = test::steady_port();

public:
    test::FaultProxy to_daemon{terminal_port_};

private:
    terminals::FleetOptions options_;
    test::TemporaryFolder folder_of_configuration_;
    std::filesystem::path configuration_;
    std::unique_ptr<test::DaemonProcess> daemon_;
    int starts_ = 0;
    int reloads_ = 0;
    std::unique_ptr<test::Crowd> crowd_;
};

}  // namespace presensi::soak
