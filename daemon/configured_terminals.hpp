#pragma once

#include <vector>

#include "config/settings.hpp"
#include "daemon/clock.hpp"
#include "daemon/terminal_registry.hpp"
#include "storage/database.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi {

// Stores what the configuration says anew of terminals, and returns these rows. Within a transaction of the caller, who
// writes the audit row.
std::vector<storage::TerminalRow> store_configured(storage::Database& database, const config::Settings& settings,
                                                   Instant now);

// For a start: stores that, with its audit row, and fills an empty registry from the store. Returns what is stored.
std::vector<storage::TerminalRow> load_terminals(storage::Database& database, TerminalRegistry& registry,
                                                 const config::Settings& settings, Instant now);

}  // namespace presensi
