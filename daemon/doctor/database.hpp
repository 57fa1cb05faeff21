#pragma once
// What the store holds against us: whether it opens, what our role may do, which terminals are silent or wait.

#include <span>

#include "config/settings.hpp"
#include "daemon/doctor/finding.hpp"
#include "protocol/records.hpp"
#include "storage/command_repository.hpp"
#include "storage/rights.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi::doctor {

Findings check_database(const config::Settings& settings, Instant now);

Findings check_rights(const storage::StoreRights& rights);
// Silent, never heard, waiting for approval; of each kind some, and how many more.
Findings check_terminals(const config::Settings& settings, std::span<const storage::TerminalRow> rows, Instant now);
// Commands that nobody fetches.
Findings check_commands(std::span<const storage::CommandRow> open, Instant now);

}  // namespace presensi::doctor
