#pragma once
// What simulated terminals created and what was acknowledged to them: the truth that a store is compared with.

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

namespace presensi::terminals {

// Serial, device time "2026-11-20T07:58:03", PIN without leading zeros: what makes a punch one punch.
using Key = std::tuple<std::string, std::string, std::string>;

// What a punch says besides: "0 15 2026-11-19T23:58:03Z", its state, its way of verification and its instant in UTC.
using Details = std::map<Key, std::string>;

// May be looked at from another thread.
class Ledger {
public:
    void create(Key key, std::string detail = {});  // an empty one is not compared
    void acknowledge(const Key& key);

    std::set<Key> created() const;
    std::set<Key> acknowledged() const;
    Details details() const;
    std::size_t count_created() const;
    std::size_t count_acknowledged() const;
    std::size_t open() const;  // created and not acknowledged

private:
    mutable std::mutex mutex_;
    std::set<Key> created_;
    std::set<Key> acknowledged_;
    Details details_;
};

}  // namespace presensi::terminals
