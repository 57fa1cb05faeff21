#include <doctest/doctest.h>

#include <fmt/format.h>

#include "daemon/access/guesses.hpp"

using namespace presensi;
using namespace std::chrono_literals;
using access::Guesses;

namespace {

const Instant start = Instant(std::chrono::hours(24 * 20'000));

// One who tries as soon as they may, every 100 ms, until `until`; returns how many passwords were verified.
int guess(Guesses& guesses, const std::string& account, const std::string& address, Instant from, Instant until) {
    int verified = 0;
    for (Instant now = from; now < until; now += 100ms) {
        if (guesses.wait(account, address, now) > 0s) continue;
        guesses.begin(account, address, now);
        guesses.failed(account, address, now);
        ++verified;
    }
    return verified;
}

}  // namespace

TEST_CASE("guesses: each failure doubles the wait, up to five minutes, and the right one ends it") {
    Guesses guesses;
    Instant now = start;
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 12; ++i) {
        CHECK(guesses.wait("adi", "10.20.0.1", now) == 0s);
        guesses.begin("adi", "10.20.0.1", now);
        guesses.failed("adi", "10.20.0.1", now);
        const auto wait = guesses.wait("adi", "10.20.0.1", now);
        waits.push_back(wait.count());
        CHECK(guesses.wait("adi", "10.20.0.1", now + wait - 1ms) == 1s);
        CHECK(guesses.wait("adi", "10.20.0.2", now + 61s) == 0s);  // elsewhere they are not to blame
        now += std::max<std::chrono::seconds>(wait, 61s);
    }
    CHECK(waits == std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300});
    guesses.begin("adi", "10.20.0.1", now);
    guesses.succeeded("adi", "10.20.0.1", now);
    CHECK(guesses.wait("adi", "10.20.0.1", now) == 0s);
    guesses.failed("adi", "10.20.0.1", now);
    CHECK(guesses.wait("adi", "10.20.0.1", now) == 1s);
}

TEST_CASE("guesses: one account is verified at most ten times a minute, whoever asks") {
    Guesses guesses;
    guesses.begin("adi", "10.20.0.1", start);
    guesses.succeeded("adi", "10.20.0.1", start);
    const Instant attack = start + 2min;
    // 10,000 guesses in one minute from 10,000 addresses, and some from where adi works.
    int verified = 0;
    for (int i = 0; i < 10'000; ++i) {
        const std::string address = fmt::format("198.51.{}.{}", i / 250, i % 250);
        const Instant now = attack + i * 5ms;
        if (guesses.wait("adi", address, now) > 0s) continue;
        guesses.begin("adi", address, now);
        guesses.failed("adi", address, now);
        ++verified;
    }
    CHECK(verified == 7);
    // Adi, from the usual place, gets in all the same.
    CHECK(guesses.wait("adi", "10.20.0.1", attack + 50s) == 0s);
    CHECK(guesses.wait("adi", "10.20.0.7", attack + 50s) > 0s);
    for (int i = 0; i < 3; ++i) guesses.begin("adi", "10.20.0.1", attack + 50s);
    CHECK(guesses.wait("adi", "10.20.0.1", attack + 50s) > 0s);
    // A minute later everybody may again.
    CHECK(guesses.wait("adi", "10.20.0.7", attack + 2min) == 0s);
}

TEST_CASE("guesses: an hour of guessing, whoever does it") {
    const struct {
        const char* name;
        int accounts;
        int addresses;
        int most;
    } cases[] = {
        {"one account, one address", 1, 1, 30},     // 1 + 2 + … + 256 s, then every 5 minutes
        {"one account, 50 addresses", 1, 50, 600},  // ten a minute
        {"50 accounts, one address", 50, 1, 1800},  // thirty a minute
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Guesses guesses;
        int verified = 0;
        for (Instant now = start; now < start + 1h; now += 1s) {
            for (int account = 0; account < c.accounts; ++account) {
                for (int address = 0; address < c.addresses; ++address) {
                    verified += guess(guesses, fmt::format("account{}", account), fmt::format("address{}", address),
                                      now, now + 100ms);
                }
            }
        }
        CHECK(verified <= c.most);
        CHECK(verified >= 10);
    }
}

TEST_CASE("guesses: a clock that is set back locks nobody out") {
    Guesses guesses;
    guess(guesses, "adi", "10.20.0.1", start, start + 60s);
    CHECK(guesses.wait("adi", "10.20.0.1", start - 24h) == 0s);
}

TEST_CASE("guesses: memory is bounded") {
    Guesses guesses;
    for (int i = 0; i < 40'000; ++i) {
        const auto name = fmt::format("name{}", i);
        guesses.begin(name, name, start + i * 1ms);
        guesses.failed(name, name, start + i * 1ms);
    }
    CHECK(guesses.remembered() <= 3 * Guesses::most_remembered);
    // The latest are still known.
    CHECK(guesses.wait("name39999", "name39999", start + 40s) == 1s);
}
