#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "daemon/access/command.hpp"
#include "daemon/card.hpp"
#include "daemon/installed.hpp"
#include "protocol/usb/attendance_file.hpp"

namespace presensi::cli {

inline constexpr auto default_config = installed_config;

struct Run {
    std::filesystem::path config = default_config;
    bool debug = false;
};
struct CheckConfig {
    std::filesystem::path config = default_config;
    bool quiet = false;  // shows mistakes only
};
struct Migrate {
    std::filesystem::path config = default_config;
};
struct Doctor {
    std::filesystem::path config = default_config;
    bool english = false;
    std::filesystem::path token_file;  // for the alarms of a running daemon
};
struct Pull {  // either of a terminal of the configuration, or of an address to a file
    std::filesystem::path config = default_config;
    std::string serial;
    std::string address;
    std::filesystem::path file;
    std::filesystem::path comm_key_file;
    std::filesystem::path token_file;  // for a running daemon
};
struct Import {
    std::filesystem::path config = default_config;
    std::string serial;
    std::vector<std::filesystem::path> files;
    usb::Said said{};
    bool dry_run = false;
    bool confirmed = false;
    std::filesystem::path token_file;
};
struct Account {
    std::filesystem::path config = default_config;
    enum class What { create, list, revoke } what = What::list;
    access::AccountWords words;
};
struct Token {
    std::filesystem::path config = default_config;
    Account::What what = Account::What::list;
    access::TokenWords words;
};
struct Probe {
    std::string address;
    std::filesystem::path comm_key_file;
};
struct PrintCard {
    std::filesystem::path config = default_config;
    CardWords words;
};
struct ShowVersion {};
struct Exit {
    int code = 0;  // help was shown, or the arguments were wrong
};

using Action =
    std::variant<Run, CheckConfig, Migrate, Doctor, Pull, Import, Account, Token, Probe, PrintCard, ShowVersion, Exit>;

// Arguments into what to do; prints help and mistakes itself.
Action decode_arguments(int argc, char** argv);

}  // namespace presensi::cli
