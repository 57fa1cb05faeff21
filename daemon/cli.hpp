#pragma once

#include <filesystem>
#include <string>
#include <variant>

namespace presensi::cli {

inline constexpr auto default_config = "/etc/presensi/presensi.yaml";

struct Run {
    std::filesystem::path config = default_config;
    bool debug = false;
};
struct CheckConfig {
    std::filesystem::path config = default_config;
};
struct Migrate {
    std::filesystem::path config = default_config;
};
struct Doctor {
    std::filesystem::path config = default_config;
    bool english = false;
};
struct ShowVersion {};
struct Exit {
    int code = 0;  // help was shown, or the arguments were wrong
};

using Action = std::variant<Run, CheckConfig, Migrate, Doctor, ShowVersion, Exit>;

// Arguments into what to do; prints help and mistakes itself.
Action decode_arguments(int argc, char** argv);

}  // namespace presensi::cli
