#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "protocol/records.hpp"

namespace presensi::access {

// Who is logged in with a browser. In memory: after a restart people log in again. Only hashes of the secrets are kept.
class Sessions {
public:
    static constexpr std::chrono::minutes longest_idle{30};
    static constexpr std::chrono::hours longest{12};
    static constexpr std::size_t most = 2000;
    static constexpr std::size_t most_of_account = 20;

    struct Session {
        std::string account;
        std::string password_hash;  // that it was begun with; another ends it
        Instant began{};
        Instant used{};
    };

    // Returns the secret. At a limit the session that was not used for the longest ends.
    std::string begin(const std::string& account, const std::string& password_hash, Instant now);
    // Null: there is none, or it is over. `hash`: hash_token() of the secret. use() counts as use, look() does not.
    const Session* use(const std::string& hash, Instant now);
    const Session* look(const std::string& hash, Instant now) const;
    void end(const std::string& hash) { sessions_.erase(hash); }

    std::size_t size() const { return sessions_.size(); }

private:
    using Table = std::unordered_map<std::string, Session>;

    static bool is_over(const Session& session, Instant now);
    void make_room(const std::string& account, Instant now);

    Table sessions_;  // by hash
};

}  // namespace presensi::access
