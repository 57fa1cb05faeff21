#pragma once
// Accounts and tokens from the command line, beside a running daemon; each returns the exit code and throws
// std::runtime_error with a sentence.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace presensi::access {

struct AccountWords {
    std::string name;
    std::string role;
    std::vector<std::string> units;
    std::string person;
    std::string mandate_number;
    std::string mandate_date;
    std::string mandate_signer;
    std::filesystem::path password_file;  // empty: asked for on the terminal, twice
};
int create_account(const config::Settings& settings, const AccountWords& words);
int list_accounts(const config::Settings& settings);
int revoke_account(const config::Settings& settings, const std::string& name);

struct TokenWords {
    std::string name;
    std::string role;
    std::vector<std::string> units;
    std::string expires;  // 365d
};
// Prints the token, this once.
int create_token(const config::Settings& settings, const TokenWords& words);
int list_tokens(const config::Settings& settings);
int revoke_token(const config::Settings& settings, const std::string& name);

// What the command line shows a daemon: of `file`, or of the environment's PRESENSI_TOKEN; empty: none.
std::string read_token(const std::filesystem::path& file);

}  // namespace presensi::access
