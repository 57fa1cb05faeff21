#pragma once
// Sessions with the server through libpqxx; nothing of it is seen outside this folder. libpqxx 6 reconnects silently
// and then runs without our settings, so a session of ours connects once and is thrown away at its first broken error.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <pqxx/connection_base>
#include <pqxx/result>
#include <string>
#include <type_traits>

#include "storage/postgres/watchdog.hpp"

namespace presensi::storage::postgres {

struct SessionOptions {
    std::string url;       // a connection URL or keywords, without a password
    std::string password;  // empty: none
    // The longest that any statement or commit may take, the wait for a synchronous standby included.
    std::chrono::milliseconds patience{8'000};
};

// How long no new connection is tried after one failed: whoever asks meanwhile is told at once.
constexpr std::chrono::milliseconds pause_after_failure{250};

class Session;  // one connection, as it is while it lives

// A connection that is made when it is needed and again after it broke. Belongs to one thread.
class Link {
public:
    // Prepares the statements on each new session.
    using Setup = std::function<void(pqxx::connection_base&)>;

    // `dog` outlives the link.
    Link(SessionOptions options, Watchdog& dog, Setup setup = {});
    ~Link();

    // Runs `work(pqxx::connection_base&)` under the watchdog. Throws StoreUnavailable (the session is gone if it may be
    // to blame; what was under way is in doubt: it may be stored or not) or ContentRefused.
    template <typename Work>
    auto run(Work work) {
        const auto began = std::chrono::steady_clock::now();
        try {
            const Use use(*this);  // ends before the session can be dropped
            if constexpr (std::is_void_v<decltype(work(use.connection()))>) {
                work(use.connection());
                require_confirmed();
            } else {
                auto result = work(use.connection());
                require_confirmed();
                return result;
            }
        } catch (...) {
            rethrow(std::chrono::steady_clock::now() - began >= options_.patience);
        }
    }

    // The same, and once more on a new session where the first was cut: `work` must bear repetition.
    template <typename Work>
    auto run_again(Work work) {
        if (!connected()) return run(work);
        try {
            return run(work);
        } catch (const std::exception&) {
            if (connected() || !was_cut_) throw;
        }
        return run(work);
    }

    // False: the next run makes a new session. A session that broke stays until then, because a transaction object may
    // still refer to it.
    bool connected() const { return session_ != nullptr && !broken_; }

private:
    class Use {
    public:
        explicit Use(Link& link);
        pqxx::connection_base& connection() const { return connection_; }

    private:
        pqxx::connection_base& connection_;
        Watchdog::Watch watch_;
    };

    Session& session();
    void require_confirmed();
    // Translates the exception in flight into a store error; gives the session up where it may be broken.
    [[noreturn]] void rethrow(bool out_of_patience);

    SessionOptions options_;
    Watchdog& dog_;
    Setup setup_;
    std::unique_ptr<Session> session_;
    bool broken_ = false;
    bool was_cut_ = false;  // the last error was a cut line or a conflict: another try may settle it
    std::optional<std::chrono::steady_clock::time_point> not_before_;
};

}  // namespace presensi::storage::postgres
