// Accounts, tokens, the audit, and who looked at whom (architecture 3.10).
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "attendance/records.hpp"
#include "config/text_values.hpp"
#include "daemon/access/holders.hpp"
#include "daemon/access/password.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/admin/narrowed_list.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"
#include "storage/access_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;
using access::Outcome;

namespace {

// A text that is JSON as what it says, any other as the text it is.
json::value value_of(const std::string& text) {
    boost::system::error_code unreadable;
    json::value value = json::parse(text, unreadable);
    return unreadable ? json::value(text) : value;
}

json::object to_json(const storage::AccountRow& row) {
    json::object out;
    out["name"] = row.name;
    out["role"] = row.role;
    out["units"] = value_of(row.units);
    out["person"] = text_or_null(row.person);
    out["mandate"] = row.mandate_number.empty() ? json::value(nullptr)
                                                : json::value(json::object{{"number", row.mandate_number},
                                                                           {"date", text_or_null(row.mandate_date)},
                                                                           {"signer", row.mandate_signer}});
    out["created_at"] = row.created_at;
    out["created_by"] = row.created_by;
    out["revoked_at"] = text_or_null(row.revoked_at);
    out["revoked_by"] = text_or_null(row.revoked_by);
    return out;
}

json::object to_json(const storage::TokenRow& row) {
    json::object out;
    out["name"] = row.name;
    out["role"] = row.role;
    out["units"] = value_of(row.units);
    out["expires_at"] = row.expires_at;
    out["created_at"] = row.created_at;
    out["created_by"] = row.created_by;
    out["revoked_at"] = text_or_null(row.revoked_at);
    out["revoked_by"] = text_or_null(row.revoked_by);
    return out;
}

// The texts of a flat JSON object, and its list of units.
struct Wanted {
    std::vector<std::pair<std::string, std::string>> texts;
    std::vector<std::string> units;
    std::string problem;  // empty: fine

    std::string text(std::string_view name) const {
        const auto found =
            std::find_if(texts.begin(), texts.end(), [&](const auto& entry) { return entry.first == name; });
        return found == texts.end() ? std::string() : found->second;
    }
};

template <std::size_t count>
Wanted decode_wanted(std::string_view body, const std::array<std::string_view, count>& names) {
    Wanted wanted;
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object()) {
        wanted.problem = "the body has to be a JSON object";
        return wanted;
    }
    for (const auto& [key, item] : value.get_object()) {
        if (key == "units" && std::find(names.begin(), names.end(), "units") != names.end()) {
            const auto* list = item.if_array();
            const bool are_texts = list != nullptr && std::all_of(list->begin(), list->end(),
                                                                  [](const auto& one) { return one.is_string(); });
            if (!are_texts) {
                wanted.problem = "units has to be a list of codes";
                return wanted;
            }
            for (const auto& unit : *list) wanted.units.emplace_back(unit.get_string());
        } else if (std::find(names.begin(), names.end(), std::string_view(key)) == names.end()) {
            wanted.problem = "'" + to_stored_text(key, 64) + "' is unknown; this takes";
            for (const auto name : names) wanted.problem += " " + std::string(name);
            return wanted;
        } else if (!item.is_string()) {
            wanted.problem = "'" + to_stored_text(key, 64) + "' has to be a text";
            return wanted;
        } else {
            wanted.texts.emplace_back(std::string(key), std::string(item.get_string()));
        }
    }
    return wanted;
}

bool is_json(const Call& call) { return call.request.content_type.starts_with("application/json"); }

http::Response not_json() { return problem(415, "send the body as Content-Type: application/json"); }

http::Response failure_of(const Outcome& outcome) {
    switch (outcome.kind) {
        case Outcome::Kind::faulty:
            return problem(422, outcome.sentence);
        case Outcome::Kind::taken:
            return problem(409, outcome.sentence);
        case Outcome::Kind::unknown:
            return problem(404, outcome.sentence);
        case Outcome::Kind::done:
            break;
    }
    return problem(500, "this is a mistake of ours");
}

http::Response done(const char* what, const std::string& name, const access::Author& author) {
    log::info("access.changed", "access changed", {{"change", what}, {"name", name}, {"by", author.name}});
    return json_response(200, json::serialize(json::object{{"name", name}}));
}

std::optional<std::string> day_of(const Call& call, std::string_view name) {
    const auto* text = call.parameter(name);
    if (text == nullptr) return std::string();
    return attendance::decode_day(*text) ? std::optional(*text) : std::nullopt;
}

// On the reader's thread, so that no delivery waits for it.
boost::asio::awaitable<std::string> hash_of(Context& context, std::string password) {
    auto hash = [password = std::move(password)](StoreWorker::Reader) { return access::hash_password(password); };
    std::string hashed = co_await context.worker.read(std::move(hash));
    co_return hashed;
}

}  // namespace

Reply handle_me(Context&, Call call) {
    const access::Viewer& viewer = call.viewer;
    const auto colon = viewer.name.find_first_of(":@");
    json::object me;
    me["name"] = viewer.name;
    me["kind"] = viewer.name.substr(0, colon);
    me["role"] = access::to_string(viewer.role);
    json::array units;
    for (const auto& unit : viewer.units) units.emplace_back(unit);
    me["units"] = std::move(units);
    me["sees_all"] = viewer.sees_all();
    co_return json_response(200, json::serialize(me));
}

Reply handle_accounts(Context& context, Call) {
    auto read = [](StoreWorker::Reader reader) {
        json::array list;
        for (const auto& row : storage::AccessRepository(reader.database).load_accounts()) list.push_back(to_json(row));
        return json_response(200, json::serialize(json::object{{"accounts", std::move(list)}}));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

Reply handle_account_request(Context& context, Call call) {
    if (!is_json(call)) co_return not_json();
    constexpr std::array<std::string_view, 8> names{"name",   "password",       "role",         "units",
                                                    "person", "mandate_number", "mandate_date", "mandate_signer"};
    const Wanted wanted = decode_wanted(call.request.body, names);
    if (!wanted.problem.empty()) co_return problem(422, wanted.problem);
    const std::string fault = access::fault_of_password(wanted.text("password"));
    if (!fault.empty()) co_return problem(422, fault);
    access::NewAccount account;
    account.name = wanted.text("name");
    account.role = wanted.text("role");
    account.units = wanted.units;
    account.person = wanted.text("person");
    account.mandate_number = wanted.text("mandate_number");
    account.mandate_date = wanted.text("mandate_date");
    account.mandate_signer = wanted.text("mandate_signer");
    account.password_hash = co_await hash_of(context, wanted.text("password"));
    const access::Author author{call.viewer.name, context.now()};
    auto write = [account, author](storage::Database& database) {
        return access::create_account(database, account, author);
    };
    const Outcome outcome = co_await context.worker.write(std::move(write));
    if (outcome.kind != Outcome::Kind::done) co_return failure_of(outcome);
    http::Response response = done("account created", account.name, author);
    response.status = 201;
    co_return response;
}

Reply handle_account_revocation(Context& context, Call call) {
    const access::Author author{call.viewer.name, context.now()};
    const std::string name = call.path.at(0);
    auto write = [name, author](storage::Database& database) { return access::revoke_account(database, name, author); };
    const Outcome outcome = co_await context.worker.write(std::move(write));
    co_return outcome.kind == Outcome::Kind::done ? done("account revoked", name, author) : failure_of(outcome);
}

Reply handle_password(Context& context, Call call) {
    if (!is_json(call)) co_return not_json();
    const Wanted wanted = decode_wanted(call.request.body, std::array<std::string_view, 1>{"password"});
    if (!wanted.problem.empty()) co_return problem(422, wanted.problem);
    const std::string fault = access::fault_of_password(wanted.text("password"));
    if (!fault.empty()) co_return problem(422, fault);
    const std::string hash = co_await hash_of(context, wanted.text("password"));
    const access::Author author{call.viewer.name, context.now()};
    const std::string name = call.path.at(0);
    auto write = [name, hash, author](storage::Database& database) {
        return access::change_password(database, name, hash, author);
    };
    const Outcome outcome = co_await context.worker.write(std::move(write));
    co_return outcome.kind == Outcome::Kind::done ? done("password changed", name, author) : failure_of(outcome);
}

Reply handle_tokens(Context& context, Call) {
    auto read = [](StoreWorker::Reader reader) {
        json::array list;
        for (const auto& row : storage::AccessRepository(reader.database).load_tokens()) list.push_back(to_json(row));
        return json_response(200, json::serialize(json::object{{"tokens", std::move(list)}}));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

Reply handle_token_request(Context& context, Call call) {
    if (!is_json(call)) co_return not_json();
    constexpr std::array<std::string_view, 4> names{"name", "role", "units", "expires"};
    const Wanted wanted = decode_wanted(call.request.body, names);
    if (!wanted.problem.empty()) co_return problem(422, wanted.problem);
    access::NewToken token;
    token.name = wanted.text("name");
    token.role = wanted.text("role");
    token.units = wanted.units;
    if (const std::string expires = wanted.text("expires"); !expires.empty()) {
        const auto valid = config::decode_duration(expires, std::chrono::seconds(1), access::longest_validity);
        if (const auto* wrong = std::get_if<config::Problem>(&valid)) {
            co_return problem(422, "expires: " + to_stored_text(expires, 64) + " " + wrong->sentence);
        }
        token.valid = std::get<std::chrono::seconds>(valid);
    }
    const access::Author author{call.viewer.name, context.now()};
    auto write = [token, author](storage::Database& database) { return access::create_token(database, token, author); };
    const Outcome outcome = co_await context.worker.write(std::move(write));
    if (outcome.kind != Outcome::Kind::done) co_return failure_of(outcome);
    done("token created", token.name, author);
    const json::object body{{"name", token.name}, {"token", outcome.token}, {"expires_at", outcome.expires_at}};
    co_return json_response(201, json::serialize(body));
}

Reply handle_token_revocation(Context& context, Call call) {
    const access::Author author{call.viewer.name, context.now()};
    const std::string name = call.path.at(0);
    auto write = [name, author](storage::Database& database) { return access::revoke_token(database, name, author); };
    const Outcome outcome = co_await context.worker.write(std::move(write));
    co_return outcome.kind == Outcome::Kind::done ? done("token revoked", name, author) : failure_of(outcome);
}

Reply handle_audit(Context& context, Call call) {
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    const auto after = id_of(call, "after");
    if (!after) co_return problem(400, "after has to be the 'next' of the page before");
    auto list = [](storage::Database& database, std::int64_t from, int most) {
        return storage::list_audit(database, from, most);
    };
    auto sees = [](const storage::AuditRow&) { return true; };
    auto to_row = [](const storage::AuditRow& row) {
        return json::object{{"id", std::to_string(row.id)}, {"at", row.at},           {"actor", row.actor},
                            {"action", row.action},         {"subject", row.subject}, {"detail", value_of(row.detail)}};
    };
    const NarrowedList audit = co_await list_narrowed(context, *after, *limit, true, list, sees, to_row);
    co_return list_response("audit", audit);
}

Reply handle_access(Context& context, Call call) {
    using Record = storage::AccessRecordRepository::Record;
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    const auto after = id_of(call, "after");
    if (!after) co_return problem(400, "after has to be the 'next' of the page before");
    storage::AccessRecordRepository::Question question;
    const auto from = day_of(call, "from");
    const auto to = day_of(call, "to");
    if (!from || !to) co_return problem(400, "from and to have to be days such as 2026-11-20");
    question.from = *from;
    question.to = *to;
    if (const auto* person = call.parameter("person")) question.person = *person;
    if (const auto* viewer = call.parameter("viewer")) question.viewer = *viewer;
    auto list = [question](storage::Database& database, std::int64_t start, int most) {
        storage::AccessRecordRepository::Question page = question;
        page.after = start;
        page.limit = most;
        return storage::AccessRecordRepository(database).list(page);
    };
    auto sees = [](const Record&) { return true; };
    auto to_row = [](const Record& row) {
        return json::object{
            {"viewer", row.viewer}, {"person", row.person}, {"name", row.name}, {"day", row.day}, {"at", row.at}};
    };
    const NarrowedList records = co_await list_narrowed(context, *after, *limit, true, list, sees, to_row);
    co_return list_response("access", records);
}

}  // namespace presensi::admin
