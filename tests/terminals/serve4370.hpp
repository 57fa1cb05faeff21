#pragma once
// presensi-terminals serve4370: simulated terminals on port 4370 that run until they are stopped.

#include <CLI/CLI.hpp>

#include <functional>

namespace presensi::terminals {

// Adds the subcommand. The function runs it and returns the exit code; called only if it was parsed.
std::function<int()> add_serve4370(CLI::App& app);

}  // namespace presensi::terminals
