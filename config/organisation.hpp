#pragma once
// units_file: who is there and which terminals are for whom, in the manner of the configuration.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attendance/organisation.hpp"
#include "config/load.hpp"

namespace presensi::config {

struct OrganisationResult {
    std::optional<attendance::Organisation> organisation;  // set exactly when there are no errors
    std::vector<ConfigError> errors;                       // all of them, in the order of the file
};

// Reads and checks the whole file, at most 1 MiB.
OrganisationResult load_organisation(const std::filesystem::path& file);
// The same of a text; `name` stands for the file in the errors.
OrganisationResult decode_organisation(std::string_view text, const std::string& name);

}  // namespace presensi::config
