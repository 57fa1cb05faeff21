#include "daemon/access/sessions.hpp"

#include <doctest/doctest.h>

#include <set>

#include "daemon/access/password.hpp"

using namespace presensi;
using namespace std::chrono_literals;
using access::hash_token;
using access::Sessions;

namespace {

const Instant start = Instant(std::chrono::hours(24 * 20'000));

}  // namespace

TEST_CASE("sessions: over when idle, over after half a day, over when ended") {
    Sessions sessions;
    const auto idle = hash_token(sessions.begin("rina", "hash", start));
    REQUIRE(sessions.look(idle, start + 29min) != nullptr);
    CHECK(sessions.look(idle, start + 29min)->account == "rina");
    CHECK(sessions.use(idle, start + 30min) == nullptr);
    CHECK(sessions.use(idle, start + 1min) == nullptr);  // and for good

    const auto busy = hash_token(sessions.begin("rina", "hash", start));
    for (auto at = 20min; at < 12h; at += 20min) CHECK(sessions.use(busy, start + at) != nullptr);
    CHECK(sessions.use(busy, start + 12h) == nullptr);

    const auto watched = hash_token(sessions.begin("rina", "hash", start));
    for (auto at = 0min; at < 30min; at += 1min) CHECK(sessions.look(watched, start + at) != nullptr);
    CHECK(sessions.look(watched, start + 30min) == nullptr);  // looking is no use

    const auto ended = hash_token(sessions.begin("rina", "hash", start));
    sessions.end(ended);
    CHECK(sessions.use(ended, start) == nullptr);
    CHECK(sessions.use(hash_token(""), start) == nullptr);
}

TEST_CASE("sessions: a clock that was set back ends them") {
    Sessions sessions;
    const auto hash = hash_token(sessions.begin("rina", "hash", start));
    CHECK(sessions.look(hash, start - 30s) != nullptr);
    CHECK(sessions.look(hash, start - 2min) == nullptr);
}

TEST_CASE("sessions: secrets are unlike each other and long, and only their hashes are kept") {
    Sessions sessions;
    std::set<std::string> secrets;
    for (int i = 0; i < 100; ++i) secrets.insert(sessions.begin("account" + std::to_string(i), "hash", start));
    CHECK(secrets.size() == 100);
    for (const auto& secret : secrets) {
        CHECK(secret.size() == 43);  // 256 bits in base64
        CHECK(secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
              secret.npos);
        CHECK(sessions.look(secret, start) == nullptr);
        CHECK(sessions.look(hash_token(secret), start) != nullptr);
    }
}

TEST_CASE("sessions: bounded, of one account and of all, and the one that was idle the longest makes room") {
    Sessions sessions;
    std::vector<std::string> of_rina;
    for (std::size_t i = 0; i < Sessions::most_of_account; ++i) {
        of_rina.push_back(hash_token(sessions.begin("rina", "hash", start + std::chrono::seconds(i))));
    }
    sessions.use(of_rina[0], start + 1min);
    const auto other = hash_token(sessions.begin("adi", "hash", start));
    sessions.begin("rina", "hash", start + 2min);
    CHECK(sessions.look(of_rina[1], start + 2min) == nullptr);
    CHECK(sessions.look(of_rina[0], start + 2min) != nullptr);
    CHECK(sessions.look(other, start + 2min) != nullptr);

    for (std::size_t i = 0; i < 2 * Sessions::most; ++i) {
        sessions.begin("account" + std::to_string(i), "hash", start + 3min);
    }
    CHECK(sessions.size() == Sessions::most);
    // Those that are over make room before anybody else.
    const auto living = hash_token(sessions.begin("late", "hash", start + 40min));
    CHECK(sessions.size() == 1);
    CHECK(sessions.look(living, start + 40min) != nullptr);
}
