#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "daemon/access/guesses.hpp"
#include "daemon/access/password.hpp"
#include "daemon/access/sessions.hpp"
#include "daemon/access/viewer.hpp"
#include "daemon/clock.hpp"
#include "daemon/store_worker.hpp"
#include "storage/access_repository.hpp"

namespace presensi::access {

// Who asks? People say so by name and password, programs by a token (architecture 3.10). Accounts and tokens are kept
// in memory; whether they changed is looked up for every request, so that what the command line does holds at once.
// While the store is away those in memory count. Lives on the I/O thread; passwords are verified on a storage thread.
class Gate {
public:
    using Verify = std::function<bool(const std::string& hash, const std::string& password)>;

    // store_available: false if asking the store is known to be in vain. `verify` must be safe on any thread.
    Gate(boost::asio::io_context& io, StoreWorker& worker, std::function<bool()> store_available, Now now,
         Verify verify = verify_password);

    // At start. Throws storage::StoreUnavailable.
    void load(storage::Database& database);

    // Neither account nor token was ever made: everybody is a super-admin, which only a loopback listener may allow.
    // Once there was one, this never comes back, even if all are revoked.
    bool is_open() const { return open_; }

    struct Refusal {
        unsigned status = 401;  // or 429, of log_in() also 409: nobody has an account yet
        std::string sentence;
        std::chrono::seconds retry_after{0};
    };
    using Verdict = std::variant<Viewer, Refusal>;

    // `authorization`: value of the header, empty: none. `peer`: address of the socket, never a header's. `session`:
    // the secret of a browser's session, empty: none; it counts where there is no `authorization`.
    boost::asio::awaitable<Verdict> ask(std::string authorization, std::string peer, std::string session = {});

    struct LoggedIn {
        Viewer viewer;
        std::string name;  // of the account
        std::string session;
        Instant expires_at{};
    };
    // The same by name and password, with the same delays; begins a session.
    boost::asio::awaitable<std::variant<LoggedIn, Refusal>> log_in(std::string name, std::string password,
                                                                   std::string peer);
    void log_out(const std::string& session);

    // Who was let in by then, as they are now, by what is known now; nothing: they are in no more. Uses no session.
    std::optional<Viewer> again(const Viewer& viewer) const;

    // Learns of changes; true: what is known is what was stored at some moment after the call. At most `patience`.
    boost::asio::awaitable<bool> refresh(std::chrono::milliseconds patience);

private:
    struct Account {
        Viewer viewer;
        std::string password_hash;
    };
    struct Token {
        Viewer viewer;
        std::string sha256;
        std::optional<Instant> expires_at;
        std::string revoked_at;  // empty: it is not
    };
    struct Remembered {
        std::string password_hash;  // that it was verified against
        Instant since{};
    };
    struct Stored {
        std::int64_t version = 0;
        bool is_new = false;  // the rows were read
        std::vector<storage::AccountRow> accounts;
        std::vector<storage::TokenRow> tokens;
    };
    struct Look;
    using Waiters = std::shared_ptr<boost::asio::steady_timer>;

    static Stored read(storage::Database& database, std::int64_t known);
    void take(const Stored& stored);
    boost::asio::awaitable<void> look(std::shared_ptr<Look> look);
    Verdict ask_token(const std::string& secret) const;
    Verdict ask_session(const std::string& secret);
    const Account* account_of(const Sessions::Session* session) const;
    const Token* find_token(const std::string& secret) const;
    boost::asio::awaitable<Verdict> ask_person(std::string name, std::string password, std::string peer);
    const Account* find_account(const std::string& name) const;
    bool is_remembered(const Account& account, const std::string& key) const;
    void remember(const Account& account, const std::string& key);

    boost::asio::io_context& io_;
    StoreWorker& worker_;
    std::function<bool()> store_available_;
    Now now_;
    Verify verify_;

    bool open_ = true;
    std::int64_t version_ = 0;
    std::unordered_map<std::string, Account> accounts_;  // by name; without the revoked ones
    std::unordered_map<std::string, Token> tokens_;      // by SHA-256
    int overdue_ = 0;                                    // looks that take longer than anybody waits

    Guesses guesses_;
    Sessions sessions_;
    std::unordered_map<std::string, Waiters> verifying_;  // by account and address
    KeyedHash keyed_hash_;
    std::unordered_map<std::string, Remembered> remembered_;  // by keyed hash of name and password
};

}  // namespace presensi::access
