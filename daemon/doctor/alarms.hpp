#pragma once

#include <optional>
#include <string>

#include "config/settings.hpp"
#include "daemon/doctor/finding.hpp"
#include "daemon/http/client.hpp"

namespace presensi::doctor {

// What the running daemon says of itself; nothing of a daemon that does not answer.
Findings check_alarms(const config::Settings& settings, const std::string& token);
// The same, of its answer to GET /api/v1/status.
Findings alarms_in(const http::Answer& answer);

}  // namespace presensi::doctor
