#include "storage/postgres/session.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <pqxx/connection>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <string_view>
#include <vector>

#include "storage/store_error.hpp"

namespace presensi::storage::postgres {
namespace {

using Clock = std::chrono::steady_clock;

// libpqxx asks the policy again when the line broke; this one answers only once.
class ConnectOnce final : public pqxx::connect_direct {
public:
    using connect_direct::connect_direct;

    handle do_startconnect(handle original) override {
        if (original != nullptr) return original;
        if (handle_ != nullptr) throw pqxx::broken_connection("the connection to PostgreSQL is gone");
        handle_ = connect_direct::do_startconnect(original);
        return handle_;
    }
    PGconn* handle() const { return handle_; }

private:
    connectionpolicy::handle handle_ = nullptr;
};

class Connection final : public pqxx::connection_base {
public:
    explicit Connection(const std::string& conninfo) : connection_base(policy_), policy_(conninfo) { init(); }
    ~Connection() noexcept { close(); }
    PGconn* handle() const { return policy_.handle(); }

private:
    ConnectOnce policy_;
};

std::string quoted(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

// Of all that a server may remark one thing matters: somebody ended the wait for a synchronous standby (an operator, by
// pg_cancel_backend). The statement then reports success, and what it committed stands on one machine only.
void take_notice(void* unconfirmed, const PGresult* notice) {
    const char* function = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
    if (function != nullptr && std::string_view(function) == "SyncRepWaitForLSN")
        *static_cast<bool*>(unconfirmed) = true;
}

// Every keyword that the URL sets, ours where it is silent, and the password.
std::string conninfo_of(const SessionOptions& options) {
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(options.url.c_str(), &problem), &PQconninfoFree);
    if (parsed == nullptr) {
        const std::string sentence = problem == nullptr ? "it cannot be read" : problem;
        PQfreemem(problem);
        throw StoreUnusable(fmt::format("storage.postgres.url: {}", sentence));
    }
    // libpq's own waits: a host that is silent, a line that is dead.
    std::string out =
        "connect_timeout=3 tcp_user_timeout=8000 keepalives_idle=10 keepalives_interval=3"
        " keepalives_count=3 application_name=presensid client_encoding=UTF8";
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) out += fmt::format(" {}={}", option->keyword, quoted(option->val));
    }
    if (!options.password.empty()) out += fmt::format(" password={}", quoted(options.password));
    return out;
}

enum class Meaning {
    content,      // refused whatever the hour: split
    again,        // a conflict, or the session was ended: another try on a new one may settle it
    unavailable,  // the server cannot now
};

// PostgreSQL 15, appendix A. What is not named here may pass, so that nothing is thrown away for it.
Meaning meaning_of(std::string_view sqlstate) {
    const std::string_view group = sqlstate.substr(0, 2);
    const bool conflict = sqlstate == "40001" || sqlstate == "40P01";
    const bool session_ended = group == "08" || sqlstate.substr(0, 4) == "57P0";
    if (conflict || session_ended) return Meaning::again;
    // Our triggers say P0001; 54 is a row or an index entry that is too big.
    if (group == "21" || group == "22" || group == "23" || group == "54" || sqlstate == "P0001")
        return Meaning::content;
    return Meaning::unavailable;
}

std::string one_line(std::string_view text) {
    // What follows quotes rows and keys, so PINs and names, which belong into no log.
    text = text.substr(0, text.find("\nDETAIL:"));
    std::string out;
    for (const char c : text) out += c == '\n' || c == '\t' ? ' ' : c;
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

}  // namespace

class Session {
public:
    explicit Session(const std::string& conninfo)
        : connection_(conninfo), cancel_(PQgetCancel(connection_.handle()), FreeCancel()) {
        PQsetNoticeReceiver(connection_.handle(), take_notice, &unconfirmed_);
    }

    pqxx::connection_base& connection() { return connection_; }
    const Cancel& cancel() const { return cancel_; }
    int socket() const { return connection_.sock(); }
    // A commit on it waited for a standby in vain.
    bool unconfirmed() const { return unconfirmed_; }

private:
    bool unconfirmed_ = false;
    Connection connection_;
    Cancel cancel_;
};

namespace {

// What every session of ours must have, and what a server must be for us.
void prepare_session(pqxx::connection_base& connection) {
    pqxx::nontransaction direct(connection);
    direct.exec(
        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET search_path = presensi;"
        " SET standard_conforming_strings = on; SET client_min_messages = warning;"
        // A daemon that vanished in the middle of a transaction would hold its locks, and the feed of all, for hours.
        " SET idle_in_transaction_session_timeout = '10s'; SET tcp_keepalives_idle = 10;"
        " SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3;"
        // Arrays are all alike to the planner: planning anew for each would gain nothing.
        " SET plan_cache_mode = force_generic_plan");
    // An OK after a commit that is not on disk would be a false one.
    const pqxx::result row = direct.exec("SELECT current_setting('synchronous_commit')");
    if (std::string_view(row[0][0].c_str()) == "off") direct.exec("SET synchronous_commit = on");
}

}  // namespace

Link::Link(SessionOptions options, Watchdog& dog, Setup setup)
    : options_(std::move(options)), dog_(dog), setup_(std::move(setup)) {}
Link::~Link() = default;

Link::Use::Use(Link& link)
    : connection_(link.session().connection()),
      watch_(link.dog_.watch(link.session_->socket(), link.session_->cancel(), link.options_.patience)) {}

Session& Link::session() {
    if (connected()) return *session_;
    session_.reset();
    broken_ = false;
    if (not_before_ && Clock::now() < *not_before_) throw StoreUnavailable("PostgreSQL was not reached a moment ago");
    const std::string conninfo = conninfo_of(options_);
    try {
        auto fresh = std::make_unique<Session>(conninfo);
        const auto watch = dog_.watch(fresh->socket(), fresh->cancel(), options_.patience);
        prepare_session(fresh->connection());
        if (setup_) setup_(fresh->connection());
        session_ = std::move(fresh);
    } catch (const pqxx::failure& error) {
        not_before_ = Clock::now() + pause_after_failure;
        throw StoreUnavailable(fmt::format("PostgreSQL cannot be reached: {}", one_line(error.what())));
    }
    not_before_.reset();
    return *session_;
}

void Link::require_confirmed() {
    if (!session_->unconfirmed()) return;
    throw pqxx::broken_connection("the wait for the synchronous standby was cancelled");
}

void Link::rethrow(bool out_of_patience) {
    was_cut_ = false;
    try {
        throw;
    } catch (const pqxx::sql_error& error) {
        // libpqxx 6 drops the code of insufficient_privilege.
        const std::string sqlstate = error.sqlstate().empty() ? "42501" : error.sqlstate();
        const std::string sentence = fmt::format("{} (SQLSTATE {})", one_line(error.what()), sqlstate);
        const Meaning meaning = meaning_of(sqlstate);
        if (meaning == Meaning::content) throw ContentRefused(sentence);
        // Whatever it is (shut down, read-only, out of space, a table that is missing), a new session asks afresh.
        broken_ = true;
        was_cut_ = meaning == Meaning::again && !out_of_patience;
        throw StoreUnavailable(sentence);
    } catch (const pqxx::failure& error) {
        // broken_connection, in_doubt_error: stored or not, nobody knows.
        broken_ = true;
        was_cut_ = !out_of_patience;
        throw StoreUnavailable(out_of_patience ? std::string("PostgreSQL did not answer in time")
                                               : one_line(error.what()));
    }
}

}  // namespace presensi::storage::postgres
