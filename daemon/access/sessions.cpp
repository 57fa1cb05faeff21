#include "daemon/access/sessions.hpp"

#include "daemon/access/password.hpp"
#include "daemon/clock.hpp"

namespace presensi::access {

bool Sessions::is_over(const Session& session, Instant now) {
    return has_passed(session.began, longest, now) || has_passed(session.used, longest_idle, now);
}

std::string Sessions::begin(const std::string& account, const std::string& password_hash, Instant now) {
    make_room(account, now);
    std::string secret = make_secret();
    sessions_[hash_token(secret)] = {account, password_hash, now, now};
    return secret;
}

void Sessions::make_room(const std::string& account, Instant now) {
    std::erase_if(sessions_, [&](const auto& entry) { return is_over(entry.second, now); });
    std::size_t of_account = 0;
    auto oldest = sessions_.end();
    auto oldest_of_account = sessions_.end();
    for (auto it = sessions_.begin(); it != sessions_.end(); ++it) {
        if (oldest == sessions_.end() || it->second.used < oldest->second.used) oldest = it;
        if (it->second.account != account) continue;
        ++of_account;
        if (oldest_of_account == sessions_.end() || it->second.used < oldest_of_account->second.used) {
            oldest_of_account = it;
        }
    }
    if (of_account >= most_of_account) {
        sessions_.erase(oldest_of_account);
    } else if (sessions_.size() >= most) {
        sessions_.erase(oldest);
    }
}

const Sessions::Session* Sessions::look(const std::string& hash, Instant now) const {
    const auto found = sessions_.find(hash);
    return found == sessions_.end() || is_over(found->second, now) ? nullptr : &found->second;
}

const Sessions::Session* Sessions::use(const std::string& hash, Instant now) {
    const auto found = sessions_.find(hash);
    if (found == sessions_.end()) return nullptr;
    if (is_over(found->second, now)) {
        sessions_.erase(found);
        return nullptr;
    }
    found->second.used = now;
    return &found->second;
}

}  // namespace presensi::access
