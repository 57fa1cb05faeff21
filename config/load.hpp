#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace presensi::config {

struct ConfigError {
    std::string file;
    int line = 0;      // from 1; 0: the whole file
    int column = 0;    // from 1
    std::string path;  // "terminals[2].port", empty: the whole file
    std::string message;

    std::string text() const;  // presensi.yaml:14:9: terminals[2].pull.port: 70000 is not a port (1–65535)
};

struct LoadResult {
    std::optional<Settings> settings;  // set exactly when there are no errors
    std::vector<ConfigError> errors;   // all of them, in the order of the file, and then of units_file
};

// A sentence if the pair cannot be used, otherwise empty. Only check-config asks: a start says it by itself.
using TlsCheck = std::function<std::string(const TlsSettings&)>;

// Reads and checks the whole file, and the units_file that it names. `state_directory` and `credentials_directory` are
// the values of $STATE_DIRECTORY and $CREDENTIALS_DIRECTORY (empty: not set).
LoadResult load_settings(const std::filesystem::path& file, const std::string& state_directory,
                         const std::filesystem::path& credentials_directory = {}, const TlsCheck& tls_check = {});

// The effective settings as YAML, secrets as ***; for check-config.
std::string describe(const Settings& settings);

}  // namespace presensi::config
