#pragma once
// Giving accounts and tokens, and taking them away: the same for the API and the command line. Each change is one
// transaction with its audit row. Synchronous.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"
#include "storage/database.hpp"

namespace presensi::access {

// Who changes what, when; for the audit.
struct Author {
    std::string name;
    Instant at{};
};

struct NewAccount {
    std::string name;
    std::string password_hash;  // of one without fault (password.hpp)
    std::string role;           // super-admin, admin, assistant, reader
    std::vector<std::string> units;
    std::string person;  // uuid; empty: not told
    std::string mandate_number;
    std::string mandate_date;  // 2026-10-01
    std::string mandate_signer;
};

struct NewToken {
    std::string name;
    std::string role;
    std::vector<std::string> units;
    std::chrono::seconds valid{std::chrono::hours(24) * 365};
};

// How it ended.
struct Outcome {
    enum class Kind { done, faulty, taken, unknown } kind = Kind::done;
    std::string sentence;  // unless done
    std::string token{};   // of create_token: shown once, stored nowhere
    std::string expires_at{};
};

inline constexpr std::chrono::seconds longest_validity{std::chrono::hours(24) * 366 * 5};

// Each throws storage::StoreUnavailable; then nothing changed.
Outcome create_account(storage::Database& database, const NewAccount& wanted, const Author& author);
Outcome create_token(storage::Database& database, const NewToken& wanted, const Author& author);
Outcome revoke_account(storage::Database& database, const std::string& name, const Author& author);
Outcome revoke_token(storage::Database& database, const std::string& name, const Author& author);
Outcome change_password(storage::Database& database, const std::string& name, const std::string& password_hash,
                        const Author& author);

}  // namespace presensi::access
