#include "daemon/access/command.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <variant>

#include "config/file_text.hpp"
#include "config/text_values.hpp"
#include "daemon/access/holders.hpp"
#include "daemon/access/password.hpp"
#include "daemon/clock.hpp"
#include "daemon/installed.hpp"
#include "daemon/open_store.hpp"
#include "storage/access_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi::access {

namespace {

constexpr std::size_t largest_secret_file = 4096;

// Beside a running daemon; where there is no store yet, or an older one, it is made first, as a start would.
std::unique_ptr<storage::Store> open_beside(const config::Settings& settings) {
    try {
        return open_store(settings, false, StoreUse::beside_a_daemon);
    } catch (const storage::StoreUnusable&) {
        if (!settings.storage.migrate) throw;
    }
    open_store(settings, true);  // and closed again: a daemon may start
    return open_store(settings, false, StoreUse::beside_a_daemon);
}

Author author_here() {
    const passwd* user = ::getpwuid(::getuid());
    return {fmt::format("command line:{}", user == nullptr ? std::to_string(::getuid()) : user->pw_name), system_now()};
}

std::string first_line_of(const std::filesystem::path& file) {
    const auto read = config::read_file(file, largest_secret_file);
    if (const auto* problem = std::get_if<config::Problem>(&read)) {
        throw std::runtime_error(file.string() + " " + problem->sentence);
    }
    const auto& found = std::get<config::FileText>(read);
    if (found.others_may_use) {
        throw std::runtime_error(
            fmt::format("everybody on this machine can use {0}; run: chmod o-rwx {0}", file.string()));
    }
    std::string text = found.text.substr(0, found.text.find('\n'));
    if (text.ends_with('\r')) text.pop_back();
    return text;
}

// The terminal shows nothing of what is typed, whatever happens.
class WithoutEcho {
public:
    WithoutEcho() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~WithoutEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
    WithoutEcho(const WithoutEcho&) = delete;
    WithoutEcho& operator=(const WithoutEcho&) = delete;

private:
    termios before_{};
};

std::string ask_for(const char* what) {
    fmt::print(stderr, "{}: ", what);
    std::string line;
    const WithoutEcho quiet;
    std::getline(std::cin, line);
    fmt::print(stderr, "\n");
    return line;
}

std::string ask_for_password() {
    if (::isatty(STDIN_FILENO) == 0) {
        throw std::runtime_error("nobody is here to be asked for the password; give --password-file FILE");
    }
    std::string password = ask_for("password, at least 12 characters");
    if (const auto fault = fault_of_password(password); !fault.empty()) throw std::runtime_error(fault);
    if (ask_for("the same again") != password) throw std::runtime_error("the two are not the same");
    return password;
}

void require(const Outcome& outcome) {
    if (outcome.kind != Outcome::Kind::done) throw std::runtime_error(outcome.sentence);
}

std::string units_text(const std::string& units) { return units == "[]" ? "all" : units; }

}  // namespace

int create_account(const config::Settings& settings, const AccountWords& words) {
    const std::string password = words.password_file.empty() ? ask_for_password() : first_line_of(words.password_file);
    if (const auto fault = fault_of_password(password); !fault.empty()) throw std::runtime_error(fault);
    NewAccount account;
    account.name = words.name;
    account.password_hash = hash_password(password);
    account.role = words.role;
    account.units = words.units;
    account.person = words.person;
    account.mandate_number = words.mandate_number;
    account.mandate_date = words.mandate_date;
    account.mandate_signer = words.mandate_signer;
    const AsServiceUser as_service(settings.file);
    const auto store = open_beside(settings);
    const auto database = store->open_database();
    require(create_account(*database, account, author_here()));
    fmt::print("account {} created: {}\n", words.name, words.role);
    return 0;
}

int list_accounts(const config::Settings& settings) {
    const AsServiceUser as_service(settings.file);
    const auto store = open_beside(settings);
    const auto database = store->open_database();
    for (const auto& row : storage::AccessRepository(*database).load_accounts()) {
        fmt::print("{}  {}  units: {}  since {} by {}{}\n", row.name, row.role, units_text(row.units), row.created_at,
                   row.created_by,
                   row.revoked_at.empty() ? "" : fmt::format("  REVOKED {} by {}", row.revoked_at, row.revoked_by));
    }
    return 0;
}

int revoke_account(const config::Settings& settings, const std::string& name) {
    const AsServiceUser as_service(settings.file);
    const auto store = open_beside(settings);
    const auto database = store->open_database();
    require(revoke_account(*database, name, author_here()));
    fmt::print("account {} revoked\n", name);
    return 0;
}

int create_token(const config::Settings& settings, const TokenWords& words) {
    const auto valid = config::decode_duration(words.expires, std::chrono::seconds(1), longest_validity);
    if (const auto* problem = std::get_if<config::Problem>(&valid)) {
        throw std::runtime_error("--expires: " + words.expires + " " + problem->sentence);
    }
    const AsServiceUser as_service(settings.file);
    const auto store = open_beside(settings);
    const auto database = store->open_database();
    const Outcome outcome = create_token(
        *database, NewToken{words.name, words.role, words.units, std::get<std::chrono::seconds>(valid)}, author_here());
    require(outcome);
    fmt::print(stderr, "token {} created: {}, until {}. It is shown this once:\n", words.name, words.role,
               outcome.expires_at);
    fmt::print("{}\n", outcome.token);
    return 0;
}

int list_tokens(const config::Settings& settings) {
    const AsServiceUser as_service(settings.file);
    const auto store = open_beside(settings);
    const auto database = store->open_database();
    for (const auto& row : storage::AccessRepository(*database).load_tokens()) {
        fmt::print("{}  {}  units: {}  until {}  since {} by {}{}\n", row.name, row.role, units_text(row.units),
                   row.expires_at, row.created_at, row.created_by,
                   row.revoked_at.empty() ? "" : fmt::format("  REVOKED {} by {}", row.revoked_at, row.revoked_by));
    }
    return 0;
}

int revoke_token(const config::Settings& settings, const std::string& name) {
    const AsServiceUser as_service(settings.file);
    const auto store = open_beside(settings);
    const auto database = store->open_database();
    require(revoke_token(*database, name, author_here()));
    fmt::print("token {} revoked\n", name);
    return 0;
}

std::string read_token(const std::filesystem::path& file) {
    if (!file.empty()) return first_line_of(file);
    const char* token = std::getenv("PRESENSI_TOKEN");
    std::string text = token == nullptr ? "" : token;
    if (text.find_first_of("\r\n") != text.npos) throw std::runtime_error("PRESENSI_TOKEN holds a line end");
    return text;
}

}  // namespace presensi::access
