#include "daemon/access/holders.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "attendance/records.hpp"
#include "daemon/access/password.hpp"
#include "daemon/access/viewer.hpp"
#include "protocol/text_fields.hpp"
#include "storage/access_repository.hpp"
#include "storage/delivery_repository.hpp"

namespace presensi::access {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_code = 64;
constexpr std::size_t longest_text = 200;
constexpr std::size_t most_units = 100;

bool is_plain(std::string_view text, std::string_view also) {
    const auto is_good = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != also.npos;
    };
    return !text.empty() && text.size() <= longest_code && also.find(text.front()) == also.npos &&
           std::all_of(text.begin(), text.end(), is_good);
}

std::string fault_of_name(const std::string& name) {
    return is_plain(name, "._-") ? "" : "a name has 1 to 64 small letters, digits, '.', '_' or '-', no sign in front";
}

// Of a role and its units, and whether the store knows them, if it knows any.
std::string fault_of_rights(storage::Database& database, const std::string& role_name,
                            const std::vector<std::string>& units) {
    const auto wanted = role(role_name);
    if (!wanted) return "the role has to be super-admin, admin, assistant or reader";
    if (*wanted == Role::super_admin && !units.empty()) return "a super-admin is not of a unit; leave the units away";
    if ((*wanted == Role::admin || *wanted == Role::assistant) && units.empty()) {
        return "an admin or assistant is of at least one unit; name it by its code";
    }
    if (units.size() > most_units) return "there are too many units";
    for (const auto& unit : units) {
        if (!is_plain(unit, "-_.")) return "a unit is named by its code, of small letters, digits and '-'";
    }
    if (units.empty()) return {};
    const auto known = storage::AccessRepository(database).unit_codes();
    for (const auto& unit : units) {
        const bool is_known = std::find(known.begin(), known.end(), unit) != known.end();
        if (!known.empty() && !is_known) return "there is no unit with the code " + unit;
    }
    return {};
}

std::string fault_of_mandate(const NewAccount& wanted) {
    for (const auto* text : {&wanted.mandate_number, &wanted.mandate_signer, &wanted.person}) {
        if (text->size() > longest_text || to_stored_text(*text) != *text) {
            return "a text is longer than 200 bytes or holds control characters";
        }
    }
    if (!wanted.mandate_date.empty() && !attendance::decode_day(wanted.mandate_date)) {
        return "the date of the mandate has to be a day such as 2026-10-01";
    }
    const bool has_all =
        !wanted.mandate_number.empty() && !wanted.mandate_date.empty() && !wanted.mandate_signer.empty();
    if (has_all || (wanted.role != "admin" && wanted.role != "assistant")) return {};
    return "an admin or assistant acts by a mandate: its number, its date and who signed it are needed";
}

std::string list_text(std::vector<std::string> units) {
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    json::array list;
    for (const auto& unit : units) list.emplace_back(unit);
    return json::serialize(list);
}

Outcome faulty(std::string sentence) { return {Outcome::Kind::faulty, std::move(sentence)}; }

Outcome taken(const std::string& name) {
    return {Outcome::Kind::taken,
            "the name " + name + " is or was in use; a name stays one holder's for ever, choose another"};
}

Outcome unknown(const char* what, const std::string& name) {
    return {Outcome::Kind::unknown, std::string("there is no ") + what + " with the name " +
                                        to_stored_text(name, longest_code) +
                                        " that could be changed; it may be revoked already"};
}

// Runs `change` and, if it changed anything, writes the audit row in the same transaction.
template <typename Change>
bool change_with_audit(storage::Database& database, const Author& author, const char* action,
                       const std::string& subject, const std::string& detail, Change change) {
    bool changed = false;
    database.transaction([&] {
        changed = change();
        if (!changed) return;
        storage::append_audit(database, format_utc(author.at), author.name, action, subject, detail);
    });
    return changed;
}

}  // namespace

Outcome create_account(storage::Database& database, const NewAccount& wanted, const Author& author) {
    for (const auto& fault :
         {fault_of_name(wanted.name), fault_of_rights(database, wanted.role, wanted.units), fault_of_mandate(wanted)}) {
        if (!fault.empty()) return faulty(fault);
    }
    storage::AccountRow row;
    row.name = wanted.name;
    row.password_hash = wanted.password_hash;
    row.role = wanted.role;
    row.units = list_text(wanted.units);
    row.person = wanted.person;
    row.mandate_number = wanted.mandate_number;
    row.mandate_date = wanted.mandate_date;
    row.mandate_signer = wanted.mandate_signer;
    row.created_at = format_utc(author.at);
    row.created_by = author.name;
    const json::object detail{{"role", row.role},
                              {"units", json::parse(row.units)},
                              {"person", row.person},
                              {"mandate_number", row.mandate_number},
                              {"mandate_date", row.mandate_date},
                              {"mandate_signer", row.mandate_signer}};
    const bool added = change_with_audit(database, author, "account.create", row.name, json::serialize(detail),
                                         [&] { return storage::AccessRepository(database).add(row); });
    return added ? Outcome{} : taken(row.name);
}

Outcome create_token(storage::Database& database, const NewToken& wanted, const Author& author) {
    for (const auto& fault : {fault_of_name(wanted.name), fault_of_rights(database, wanted.role, wanted.units)}) {
        if (!fault.empty()) return faulty(fault);
    }
    if (wanted.valid < std::chrono::seconds(1) || wanted.valid > longest_validity) {
        return faulty("a token is valid for a second to five years");
    }
    Outcome outcome;
    outcome.token = make_token();
    outcome.expires_at = format_utc(author.at + wanted.valid);
    storage::TokenRow row;
    row.name = wanted.name;
    row.sha256 = hash_token(outcome.token);
    row.role = wanted.role;
    row.units = list_text(wanted.units);
    row.expires_at = outcome.expires_at;
    row.created_at = format_utc(author.at);
    row.created_by = author.name;
    const json::object detail{{"role", row.role}, {"units", json::parse(row.units)}, {"expires_at", row.expires_at}};
    const bool added = change_with_audit(database, author, "token.create", row.name, json::serialize(detail),
                                         [&] { return storage::AccessRepository(database).add(row); });
    return added ? outcome : taken(row.name);
}

Outcome revoke_account(storage::Database& database, const std::string& name, const Author& author) {
    const bool revoked = change_with_audit(database, author, "account.revoke", name, "{}", [&] {
        return storage::AccessRepository(database).revoke_account(name, format_utc(author.at), author.name);
    });
    return revoked ? Outcome{} : unknown("account", name);
}

Outcome revoke_token(storage::Database& database, const std::string& name, const Author& author) {
    const bool revoked = change_with_audit(database, author, "token.revoke", name, "{}", [&] {
        return storage::AccessRepository(database).revoke_token(name, format_utc(author.at), author.name);
    });
    return revoked ? Outcome{} : unknown("token", name);
}

Outcome change_password(storage::Database& database, const std::string& name, const std::string& password_hash,
                        const Author& author) {
    const bool changed = change_with_audit(database, author, "account.password", name, "{}", [&] {
        return storage::AccessRepository(database).change_password(name, password_hash);
    });
    return changed ? Outcome{} : unknown("account", name);
}

}  // namespace presensi::access
