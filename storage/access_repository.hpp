#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

// Times are RFC 3339 UTC, days 2026-11-20; empty: none. units: a JSON list of unit codes; "[]": all.
struct AccountRow {
    std::int64_t id = 0;
    std::string name;
    std::string password_hash;  // as crypto_pwhash_str gives it
    std::string role;           // access::to_string
    std::string units = "[]";
    std::string person;  // uuid
    std::string mandate_number;
    std::string mandate_date;  // a day
    std::string mandate_signer;
    std::string created_at;
    std::string created_by;
    std::string revoked_at;
    std::string revoked_by;
};

struct TokenRow {
    std::int64_t id = 0;
    std::string name;
    std::string sha256;  // 32 bytes
    std::string role;
    std::string units = "[]";
    std::string expires_at;
    std::string created_at;
    std::string created_by;
    std::string revoked_at;
    std::string revoked_by;
};

// Accounts and tokens. A change belongs into a transaction with its audit row; it counts the version up.
class AccessRepository {
public:
    explicit AccessRepository(Database& database) : database_(database) {}

    std::int64_t version();
    std::vector<AccountRow> load_accounts();  // by name, revoked ones too
    std::vector<TokenRow> load_tokens();

    // False: the name is taken, if only by a revoked one; nothing changed. The id and the revocation are not read.
    bool add(const AccountRow& row);
    bool add(const TokenRow& row);
    // False: there is none of this name that is not revoked; nothing changed.
    bool revoke_account(const std::string& name, const std::string& at, const std::string& by);
    bool revoke_token(const std::string& name, const std::string& at, const std::string& by);
    bool change_password(const std::string& name, const std::string& password_hash);

    std::vector<std::string> unit_codes();  // that a holder may be of; empty: no units are known yet

private:
    void count_up();

    Database& database_;
};

// Who looked at whom.
class AccessRecordRepository {
public:
    explicit AccessRecordRepository(Database& database) : database_(database) {}

    // One transaction; what is recorded of that viewer, person and day already stays as it is.
    void record(const std::string& viewer, std::span<const std::int64_t> persons, const std::string& day,
                const std::string& at);

    struct Record {
        std::int64_t id = 0;
        std::string viewer;
        std::string person;  // uuid
        std::string name;    // of the person
        std::string day;
        std::string at;
    };
    // What is empty is not asked for. from <= day < to.
    struct Question {
        std::string person{};  // uuid
        std::string viewer{};
        std::string from{};
        std::string to{};
        std::int64_t after = 0;  // id
        int limit = 1000;
    };
    std::vector<Record> list(const Question& question);  // in the order of their ids

private:
    Database& database_;
};

struct AuditRow {
    std::int64_t id = 0;
    std::string at;
    std::string actor;
    std::string action;
    std::string subject;
    std::string detail;
};
// In the order of their ids, those above `after`.
std::vector<AuditRow> list_audit(Database& database, std::int64_t after, int limit);

}  // namespace presensi::storage
