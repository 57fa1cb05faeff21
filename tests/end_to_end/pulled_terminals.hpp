#pragma once
// Simulated terminals on port 4370 beside the test, and their logs.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "tests/support/stored_rows.hpp"
#include "tests/terminals/zk_terminal.hpp"

namespace presensi::test {

using namespace presensi::terminals;

// A terminal that is there as long as the object.
class PulledTerminal {
public:
    explicit PulledTerminal(ZkIdentity identity = {}, ZkShape shape = {}, ZkFaults faults = {}, ZkLine line = {});
    ~PulledTerminal();
    PulledTerminal(const PulledTerminal&) = delete;
    PulledTerminal& operator=(const PulledTerminal&) = delete;

    ZkMachine& machine() { return machine_; }
    std::uint16_t port() const { return terminal_->port(); }
    const std::string& serial() const { return machine_.identity().serial; }
    // What has to be stored of it, once.
    std::set<StoredPunch> expected() const;

private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> running_ = make_work_guard(io_);
    ZkMachine machine_;
    std::unique_ptr<ZkTerminal> terminal_;
    std::thread thread_;
};

// `count` punches of 40 users from 2026-11-02 on, eleven seconds apart; of no two the same second.
std::vector<ZkPunch> punches(std::size_t count, ZkLayout layout = ZkLayout::r40);
std::vector<ZkUser> users();

// The configuration of a terminal that is pulled at this port of loopback.
config::TerminalSettings pulled(const std::string& serial, std::uint16_t port);

// Asks for a pull and waits for its end; returns its JSON.
std::string pull(std::uint16_t admin_port, const std::string& serial, const std::string& body = {});

}  // namespace presensi::test
