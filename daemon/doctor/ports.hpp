#pragma once
// The two ports: whether presensid answers on them, who has them otherwise, and whether the service manager agrees.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "daemon/doctor/finding.hpp"
#include "daemon/http/client.hpp"

namespace presensi::doctor {

// The daemon that runs with these settings, on this machine. Nothing: it does not answer.
std::optional<http::Answer> ask(const config::ListenerSettings& listener, const http::Question& question);

struct PortHolder {
    bool taken = false;                 // somebody listens there
    std::vector<std::string> programs;  // who; only root sees those of others
};
PortHolder holder_of(std::uint16_t port);

Finding check_daemon(const config::Settings& settings);

// What ListenStream= of the .socket units says, the units of later folders before those of earlier ones
// (systemd.unit(5)). Only of those that are enabled.
Findings check_sockets(const config::Settings& settings, const std::vector<std::filesystem::path>& unit_folders);

}  // namespace presensi::doctor
