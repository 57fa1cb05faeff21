#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/records.hpp"

namespace presensi::access {

// How often a password may be tried. After a failure the same account from the same address waits, longer each time;
// nobody is ever locked out. Every verification costs memory and time, so there are only so many a minute: of one
// account, of which some are kept for addresses from where it has logged in before, and of one address. In memory, and
// bounded there.
class Guesses {
public:
    static constexpr std::chrono::seconds first_delay{1};  // doubled by each failure,
    static constexpr std::chrono::seconds longest_delay{300};
    static constexpr std::size_t per_account = 10;  // verifications a minute
    static constexpr std::size_t by_strangers = 7;  // of those
    static constexpr std::size_t per_address = 30;
    static constexpr std::size_t most_remembered = 10'000;  // of each kind

    // How long to wait before this password may be verified; 0: now. Rounded up.
    std::chrono::seconds wait(const std::string& account, const std::string& address, Instant now) const;
    // It is being verified.
    void begin(const std::string& account, const std::string& address, Instant now);
    void failed(const std::string& account, const std::string& address, Instant now);
    void succeeded(const std::string& account, const std::string& address, Instant now);

    std::size_t remembered() const { return pairs_.size() + accounts_.size() + addresses_.size(); }

private:
    struct Pair {
        int failures = 0;         // in a row
        bool is_trusted = false;  // logged in from there before
        Instant last{};
    };
    using Times = std::vector<Instant>;  // of verifications in the last minute, in their order

    Pair& pair_of(const std::string& account, const std::string& address, Instant now);

    std::unordered_map<std::string, Pair> pairs_;
    std::unordered_map<std::string, Times> accounts_;
    std::unordered_map<std::string, Times> addresses_;
};

}  // namespace presensi::access
