#include "daemon/access/guesses.hpp"

#include <algorithm>

#include "daemon/clock.hpp"

namespace presensi::access {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds window{60};
// A failure this long ago counts no more.
constexpr std::chrono::hours forgotten_after{1};

std::string key_of(const std::string& account, const std::string& address) { return account + '\n' + address; }

seconds rounded_up(milliseconds time) { return std::chrono::ceil<seconds>(std::max(time, milliseconds(0))); }

seconds delay_after(int failures) {
    constexpr int doublings = 9;  // beyond the longest delay
    if (failures == 0) return seconds(0);
    return std::min(Guesses::first_delay * (1 << std::min(failures - 1, doublings)), Guesses::longest_delay);
}

// Until fewer than `most` verifications lie in the last minute.
milliseconds until_fewer(const std::vector<Instant>& times, std::size_t most, Instant now) {
    const auto recent =
        std::find_if(times.begin(), times.end(), [&](Instant time) { return !has_passed(time, window, now); });
    const auto count = static_cast<std::size_t>(times.end() - recent);
    if (count < most) return milliseconds(0);
    const Instant oldest = *(times.end() - static_cast<std::ptrdiff_t>(most));
    return oldest + window - now;
}

void note(std::vector<Instant>& times, Instant now) {
    std::erase_if(times, [&](Instant time) { return has_passed(time, window, now); });
    times.push_back(now);
}

// Makes room: what is over goes, and if that is little, the tenth that was heard longest ago.
template <typename Map, typename Last>
void make_room(Map& map, std::chrono::seconds kept, Instant now, Last last) {
    constexpr std::size_t at_once = Guesses::most_remembered / 10;
    if (map.size() < Guesses::most_remembered) return;
    std::erase_if(map, [&](const auto& entry) { return has_passed(last(entry.second), kept, now); });
    if (map.size() + at_once <= Guesses::most_remembered) return;
    std::vector<Instant> times;
    times.reserve(map.size());
    for (const auto& entry : map) times.push_back(last(entry.second));
    const auto border = times.begin() + static_cast<std::ptrdiff_t>(at_once);
    std::nth_element(times.begin(), border, times.end());
    std::erase_if(map, [&](const auto& entry) { return last(entry.second) <= *border; });
}

}  // namespace

seconds Guesses::wait(const std::string& account, const std::string& address, Instant now) const {
    milliseconds longest{0};
    bool is_trusted = false;
    if (const auto pair = pairs_.find(key_of(account, address)); pair != pairs_.end()) {
        is_trusted = pair->second.is_trusted;
        const seconds delay = delay_after(pair->second.failures);
        if (!has_passed(pair->second.last, delay, now)) longest = pair->second.last + delay - now;
    }
    if (const auto times = accounts_.find(account); times != accounts_.end()) {
        longest = std::max(longest, until_fewer(times->second, is_trusted ? per_account : by_strangers, now));
    }
    if (const auto times = addresses_.find(address); times != addresses_.end()) {
        longest = std::max(longest, until_fewer(times->second, per_address, now));
    }
    return rounded_up(longest);
}

void Guesses::begin(const std::string& account, const std::string& address, Instant now) {
    const auto newest = [](const Times& times) { return times.back(); };
    if (!accounts_.contains(account)) make_room(accounts_, window, now, newest);
    note(accounts_[account], now);
    if (!addresses_.contains(address)) make_room(addresses_, window, now, newest);
    note(addresses_[address], now);
}

Guesses::Pair& Guesses::pair_of(const std::string& account, const std::string& address, Instant now) {
    const std::string key = key_of(account, address);
    if (!pairs_.contains(key)) {
        make_room(pairs_, forgotten_after, now, [](const Pair& pair) { return pair.last; });
    }
    Pair& pair = pairs_[key];
    if (has_passed(pair.last, forgotten_after, now)) pair.failures = 0;
    pair.last = now;
    return pair;
}

void Guesses::failed(const std::string& account, const std::string& address, Instant now) {
    ++pair_of(account, address, now).failures;
}

void Guesses::succeeded(const std::string& account, const std::string& address, Instant now) {
    Pair& pair = pair_of(account, address, now);
    pair.failures = 0;
    pair.is_trusted = true;
}

}  // namespace presensi::access
