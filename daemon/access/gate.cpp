#include "daemon/access/gate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <utility>

#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::access {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// So long a request waits for news of accounts while the store is busy; then what is known counts.
constexpr auto usual_patience = 500ms;
// Before somebody is told that they are unknown.
constexpr auto whole_patience = 60s;
constexpr auto remembered_for = 10min;
constexpr std::size_t most_remembered = 1000;
constexpr std::size_t most_verifying = 8;
constexpr std::size_t longest_name = 64;

const char* const who_are_you =
    "say who you are: name and password of an account (curl -u NAME), or a token (Authorization: Bearer TOKEN)";
const char* const session_over = "your session has ended; log in again";
const char* const wrong_password = "there is no account with this name and this password";

struct Credentials {
    enum class Kind : std::uint8_t { unreadable, password, token } kind = Kind::unreadable;
    std::string name;
    std::string secret;
};

Credentials decode_credentials(std::string_view header) {
    const auto blank = header.find(' ');
    if (blank == header.npos) return {};
    const auto scheme = header.substr(0, blank);
    const std::string_view rest = trim_blanks(header.substr(blank));
    if (equals_ignoring_case(scheme, "Bearer")) return {Credentials::Kind::token, {}, std::string(rest)};
    std::string pair;
    if (!equals_ignoring_case(scheme, "Basic") || !decode_base64(rest, pair)) return {};
    const auto colon = pair.find(':');
    if (colon == pair.npos || colon > longest_name || pair.size() - colon - 1 > longest_password) return {};
    return {Credentials::Kind::password, pair.substr(0, colon), pair.substr(colon + 1)};
}

Viewer make_viewer(const char* kind, const std::string& name, const std::string& role_name, const std::string& units) {
    Viewer viewer;
    viewer.name = kind + name;
    viewer.role = role(role_name).value_or(Role::reader);
    boost::system::error_code unreadable;
    const boost::json::value list = boost::json::parse(units, unreadable);
    if (unreadable || !list.is_array()) throw std::runtime_error("the units of " + viewer.name + " are unreadable");
    for (const auto& unit : list.get_array()) viewer.units.emplace_back(unit.as_string());
    return viewer;
}

}  // namespace

// One reading of what is stored, and who waits for it.
struct Gate::Look {
    explicit Look(asio::io_context& io) : done(io) {}
    asio::steady_timer done;
    bool succeeded = false;
    bool over = false;
    bool is_overdue = false;
};

Gate::Gate(asio::io_context& io, StoreWorker& worker, std::function<bool()> store_available, Now now, Verify verify)
    : io_(io),
      worker_(worker),
      store_available_(std::move(store_available)),
      now_(std::move(now)),
      verify_(std::move(verify)) {}

void Gate::load(storage::Database& database) { take(read(database, 0)); }

Gate::Stored Gate::read(storage::Database& database, std::int64_t known) {
    storage::AccessRepository access(database);
    Stored stored;
    stored.version = access.version();  // before the rows: what changes in between is read again
    stored.is_new = stored.version != known;
    if (!stored.is_new) return stored;
    stored.accounts = access.load_accounts();
    stored.tokens = access.load_tokens();
    return stored;
}

void Gate::take(const Stored& stored) {
    if (!stored.is_new) return;
    decltype(accounts_) accounts;
    for (const auto& row : stored.accounts) {
        if (!row.revoked_at.empty()) continue;
        Viewer viewer = make_viewer("account:", row.name, row.role, row.units);
        viewer.proof = {Proof::Kind::password, row.name, row.password_hash};
        accounts[row.name] = {std::move(viewer), row.password_hash};
    }
    decltype(tokens_) tokens;
    for (const auto& row : stored.tokens) {
        // A time that cannot be read is over.
        const auto expires_at = decode_utc(row.expires_at).value_or(Instant{});
        Viewer viewer = make_viewer("token:", row.name, row.role, row.units);
        viewer.proof = {Proof::Kind::token, row.sha256, {}};
        tokens[row.sha256] = {std::move(viewer), row.sha256, expires_at, row.revoked_at};
    }
    if (!stored.accounts.empty() || !stored.tokens.empty()) open_ = false;
    accounts_ = std::move(accounts);
    tokens_ = std::move(tokens);
    version_ = stored.version;
}

asio::awaitable<void> Gate::look(std::shared_ptr<Look> look) {
    auto read_new = [known = version_](StoreWorker::Reader reader) { return read(reader.database, known); };
    try {
        const Stored stored = co_await worker_.read(std::move(read_new));
        take(stored);
        look->succeeded = true;
    } catch (const storage::StoreUnavailable&) {
        // What is known counts; the alarm is raised elsewhere.
    } catch (const std::exception& mistake) {
        log::mistake("access.unreadable", "accounts and tokens could not be read; those known before count",
                     {{"error", mistake.what()}});
    }
    look->over = true;
    if (look->is_overdue) --overdue_;
    look->done.cancel();
}

asio::awaitable<bool> Gate::refresh(std::chrono::milliseconds patience) {
    if (!store_available_()) co_return false;
    const bool is_hasty = patience < whole_patience;
    if (is_hasty && overdue_ > 0) co_return false;
    const auto mine = std::make_shared<Look>(io_);
    mine->done.expires_after(patience);
    asio::co_spawn(io_, look(mine), asio::detached);
    if (!mine->over) co_await mine->done.async_wait(no_throw);
    if (!mine->over && !mine->is_overdue) {
        mine->is_overdue = true;
        ++overdue_;
    }
    co_return mine->succeeded;
}

asio::awaitable<Gate::Verdict> Gate::ask(std::string authorization, std::string peer, std::string session) {
    const bool is_fresh = co_await refresh(usual_patience);
    if (open_) co_return Viewer{"anonymous@" + peer, Role::super_admin, {}};
    if (authorization.empty() && !session.empty()) co_return ask_session(session);
    if (authorization.empty()) co_return Refusal{401, who_are_you};
    Credentials given = decode_credentials(authorization);
    switch (given.kind) {
        case Credentials::Kind::token:
            if (!is_fresh && find_token(given.secret) == nullptr) co_await refresh(whole_patience);
            co_return ask_token(given.secret);
        case Credentials::Kind::password:
            if (!is_fresh && find_account(given.name) == nullptr) co_await refresh(whole_patience);
            break;
        case Credentials::Kind::unreadable:
            co_return Refusal{401, who_are_you};
    }
    Verdict verdict = co_await ask_person(std::move(given.name), std::move(given.secret), std::move(peer));
    co_return verdict;
}

const Gate::Token* Gate::find_token(const std::string& secret) const {
    const std::string hash = hash_token(secret);
    const auto found = tokens_.find(hash);
    return found != tokens_.end() && equal_in_constant_time(found->second.sha256, hash) ? &found->second : nullptr;
}

Gate::Verdict Gate::ask_token(const std::string& secret) const {
    const Token* token = find_token(secret);
    if (token == nullptr) return Refusal{401, "this token is not known here"};
    if (!token->revoked_at.empty()) return Refusal{401, "this token was revoked at " + token->revoked_at};
    if (now_() >= token->expires_at) {
        return Refusal{401, "this token has expired; a super-admin can create another"};
    }
    return token->viewer;
}

Gate::Verdict Gate::ask_session(const std::string& secret) {
    const std::string hash = hash_token(secret);
    const Account* account = account_of(sessions_.use(hash, now_()));
    if (account == nullptr) {
        sessions_.end(hash);
        return Refusal{401, session_over};
    }
    Viewer viewer = account->viewer;
    viewer.proof = {Proof::Kind::session, hash, {}};
    return viewer;
}

// Null: it is revoked, or has another password.
const Gate::Account* Gate::account_of(const Sessions::Session* session) const {
    const Account* account = session == nullptr ? nullptr : find_account(session->account);
    return account != nullptr && account->password_hash == session->password_hash ? account : nullptr;
}

asio::awaitable<std::variant<Gate::LoggedIn, Gate::Refusal>> Gate::log_in(std::string name, std::string password,
                                                                          std::string peer) {
    const bool is_fresh = co_await refresh(usual_patience);
    if (open_) co_return Refusal{409, "nobody has an account yet; everything works without"};
    if (name.size() > longest_name || password.size() > longest_password) co_return Refusal{401, wrong_password};
    if (!is_fresh && find_account(name) == nullptr) co_await refresh(whole_patience);
    std::string asked = name;
    Verdict verdict = co_await ask_person(std::move(asked), std::move(password), peer);
    if (auto* refusal = std::get_if<Refusal>(&verdict)) co_return std::move(*refusal);
    LoggedIn in;
    in.viewer = std::get<Viewer>(std::move(verdict));
    in.name = name;
    const Instant now = now_();
    in.session = sessions_.begin(name, in.viewer.proof.password_hash, now);
    in.expires_at = now + Sessions::longest;
    log::info("access.logged_in", "logged in", {{"account", name}, {"address", peer}});
    co_return in;
}

void Gate::log_out(const std::string& session) { sessions_.end(hash_token(session)); }

std::optional<Viewer> Gate::again(const Viewer& viewer) const {
    const Proof& proof = viewer.proof;
    switch (proof.kind) {
        case Proof::Kind::nothing:
            return open_ ? std::optional(viewer) : std::nullopt;
        case Proof::Kind::password: {
            const Account* account = find_account(proof.key);
            const bool holds = account != nullptr && account->password_hash == proof.password_hash;
            return holds ? std::optional(account->viewer) : std::nullopt;
        }
        case Proof::Kind::token: {
            const auto found = tokens_.find(proof.key);
            const bool holds =
                found != tokens_.end() && found->second.revoked_at.empty() && now_() < found->second.expires_at;
            return holds ? std::optional(found->second.viewer) : std::nullopt;
        }
        case Proof::Kind::session: {
            const Account* account = account_of(sessions_.look(proof.key, now_()));
            if (account == nullptr) return std::nullopt;
            Viewer now = account->viewer;
            now.proof = proof;
            return now;
        }
    }
    return std::nullopt;
}

const Gate::Account* Gate::find_account(const std::string& name) const {
    const auto found = accounts_.find(name);
    return found == accounts_.end() ? nullptr : &found->second;
}

bool Gate::is_remembered(const Account& account, const std::string& key) const {
    const auto found = remembered_.find(key);
    return found != remembered_.end() && !has_passed(found->second.since, remembered_for, now_()) &&
           found->second.password_hash == account.password_hash;
}

void Gate::remember(const Account& account, const std::string& key) {
    if (remembered_.size() >= most_remembered) {
        std::erase_if(remembered_,
                      [&](const auto& entry) { return has_passed(entry.second.since, remembered_for, now_()); });
        if (remembered_.size() >= most_remembered) remembered_.clear();
    }
    remembered_[key] = {account.password_hash, now_()};
}

asio::awaitable<Gate::Verdict> Gate::ask_person(std::string name, std::string password, std::string peer) {
    const std::string key = keyed_hash_(name + '\0' + password);
    const std::string place = name + '\n' + peer;
    for (;;) {
        const Account* account = find_account(name);
        if (account != nullptr && is_remembered(*account, key)) co_return account->viewer;
        const auto before_us = verifying_.find(place);
        if (before_us == verifying_.end()) break;
        // The same person's browser asks for several things at once; one verification is enough.
        const Waiters waiters = before_us->second;
        co_await waiters->async_wait(no_throw);
    }
    auto delay = guesses_.wait(name, peer, now_());
    if (delay == 0s && verifying_.size() >= most_verifying) delay = 1s;
    if (delay > 0s) {
        co_return Refusal{429, "too many tries; wait " + std::to_string(delay.count()) + " s and try again", delay};
    }
    guesses_.begin(name, peer, now_());
    const Waiters waiters = std::make_shared<asio::steady_timer>(io_, asio::steady_timer::time_point::max());
    verifying_[place] = waiters;

    // An unknown name costs the same and hears the same.
    const Account* tried = find_account(name);
    const std::string hash = tried == nullptr ? nobodys_hash : tried->password_hash;
    bool is_right = false;
    try {
        auto verify = [check = verify_, hash, password](StoreWorker::Reader) { return check(hash, password); };
        is_right = co_await worker_.read(std::move(verify));
    } catch (const std::exception& mistake) {
        log::mistake("access.unverified", "a password could not be verified", {{"error", mistake.what()}});
    }
    verifying_.erase(place);
    waiters->cancel();

    const Account* account = find_account(name);  // it may have changed meanwhile
    if (is_right && account != nullptr && account->password_hash == hash) {
        guesses_.succeeded(name, peer, now_());
        remember(*account, key);
        co_return account->viewer;
    }
    guesses_.failed(name, peer, now_());
    // Without the name: people also type their password there.
    log::warn("access.login_failed", "a log-in failed", {{"address", peer}});
    co_return Refusal{401, wrong_password};
}

}  // namespace presensi::access
