#include "storage/access_repository.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace presensi::storage {
namespace {

Value value_or_null(const std::string& text) { return text.empty() ? Value{} : Value{text}; }

}  // namespace

std::int64_t AccessRepository::version() {
    return database_.query("SELECT version FROM access_version").at(0).integer(0);
}

void AccessRepository::count_up() { database_.execute("UPDATE access_version SET version = version + 1"); }

std::vector<AccountRow> AccessRepository::load_accounts() {
    std::vector<AccountRow> accounts;
    for (const Row& row : database_.query(
             "SELECT id, name, password_hash, role, units, person, mandate_number, mandate_date, mandate_signer,"
             " created_at, created_by, revoked_at, revoked_by FROM account ORDER BY name")) {
        accounts.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5),
                            row.text(6), row.text_or_null(7).value_or(""), row.text(8), row.text(9), row.text(10),
                            row.text_or_null(11).value_or(""), row.text(12)});
    }
    return accounts;
}

std::vector<TokenRow> AccessRepository::load_tokens() {
    std::vector<TokenRow> tokens;
    for (const Row& row : database_.query(
             "SELECT id, name, sha256, role, units, expires_at, created_at, created_by, revoked_at, revoked_by"
             " FROM token ORDER BY name")) {
        tokens.push_back({row.integer(0), row.text(1), row.blob(2), row.text(3), row.text(4), row.text(5), row.text(6),
                          row.text(7), row.text_or_null(8).value_or(""), row.text(9)});
    }
    return tokens;
}

bool AccessRepository::add(const AccountRow& row) {
    const auto added = database_.execute(
        "INSERT INTO account (name, password_hash, role, units, person, mandate_number, mandate_date, mandate_signer,"
        " created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (name) DO NOTHING",
        {row.name, row.password_hash, row.role, row.units, row.person, row.mandate_number,
         value_or_null(row.mandate_date), row.mandate_signer, row.created_at, row.created_by});
    if (added > 0) count_up();
    return added > 0;
}

bool AccessRepository::add(const TokenRow& row) {
    const auto added = database_.execute(
        "INSERT INTO token (name, sha256, role, units, expires_at, created_at, created_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING",
        {row.name, Blob{row.sha256}, row.role, row.units, row.expires_at, row.created_at, row.created_by});
    if (added > 0) count_up();
    return added > 0;
}

bool AccessRepository::revoke_account(const std::string& name, const std::string& at, const std::string& by) {
    const auto changed = database_.execute(
        "UPDATE account SET revoked_at = $2, revoked_by = $3 WHERE name = $1 AND revoked_at IS NULL", {name, at, by});
    if (changed > 0) count_up();
    return changed > 0;
}

bool AccessRepository::revoke_token(const std::string& name, const std::string& at, const std::string& by) {
    const auto changed = database_.execute(
        "UPDATE token SET revoked_at = $2, revoked_by = $3 WHERE name = $1 AND revoked_at IS NULL", {name, at, by});
    if (changed > 0) count_up();
    return changed > 0;
}

bool AccessRepository::change_password(const std::string& name, const std::string& password_hash) {
    const auto changed = database_.execute(
        "UPDATE account SET password_hash = $2 WHERE name = $1 AND revoked_at IS NULL", {name, password_hash});
    if (changed > 0) count_up();
    return changed > 0;
}

std::vector<std::string> AccessRepository::unit_codes() {
    std::vector<std::string> codes;
    for (const Row& row : database_.query("SELECT code FROM unit")) codes.push_back(row.text(0));
    return codes;
}

void AccessRecordRepository::record(const std::string& viewer, std::span<const std::int64_t> persons,
                                    const std::string& day, const std::string& at) {
    constexpr std::size_t most = 500;  // SQLite takes fewer parameters than there may be people
    if (persons.empty()) return;
    database_.transaction([&] {
        for (std::size_t from = 0; from < persons.size(); from += most) {
            Values parameters{viewer, day, at};
            std::string sql = "INSERT INTO access_record (viewer, person_id, day, at) VALUES";
            for (const std::int64_t person : persons.subspan(from, std::min(most, persons.size() - from))) {
                parameters.emplace_back(person);
                sql += fmt::format("{} ($1, ${}, $2, $3)", parameters.size() > 4 ? "," : "", parameters.size());
            }
            database_.execute(sql + " ON CONFLICT DO NOTHING", parameters);
        }
    });
}

std::vector<AccessRecordRepository::Record> AccessRecordRepository::list(const Question& question) {
    Values parameters{question.after, std::int64_t{question.limit}};
    std::string sql =
        "SELECT a.id, a.viewer, p.uuid, p.name, a.day, a.at FROM access_record a JOIN person p ON p.id = a.person_id"
        " WHERE a.id > $1";
    const auto narrow = [&](std::string_view condition, const std::string& value) {
        if (value.empty()) return;
        parameters.emplace_back(value);
        sql += fmt::format(" AND {} ${}", condition, parameters.size());
    };
    narrow("p.uuid =", question.person);
    narrow("a.viewer =", question.viewer);
    narrow("a.day >=", question.from);
    narrow("a.day <", question.to);
    std::vector<Record> records;
    for (const Row& row : database_.query(sql + " ORDER BY a.id LIMIT $2", parameters)) {
        records.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)});
    }
    return records;
}

std::vector<AuditRow> list_audit(Database& database, std::int64_t after, int limit) {
    std::vector<AuditRow> audit;
    for (const Row& row :
         database.query("SELECT id, at, actor, action, subject, detail FROM audit WHERE id > $1 ORDER BY id LIMIT $2",
                        {after, std::int64_t{limit}})) {
        audit.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)});
    }
    return audit;
}

}  // namespace presensi::storage
