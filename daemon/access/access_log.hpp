#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "attendance/records.hpp"
#include "daemon/access/viewer.hpp"
#include "daemon/clock.hpp"
#include "daemon/store_worker.hpp"

namespace presensi::access {

// Who looked at whom: one record for each viewer, person and day, anonymous viewers too. A handler calls it before it
// answers with data of named people; who was looked at today already costs nothing. Lives on the I/O thread.
class AccessLog {
public:
    // zone: whose days count.
    AccessLog(StoreWorker& worker, const std::string& zone, Now now)
        : worker_(worker), zone_(zone), now_(std::move(now)) {}

    void set_zone(const std::string& zone) { zone_ = Zone(zone); }

    // `persons`: ids, in any order, each as often as it comes. Throws storage::StoreUnavailable: then nobody is shown.
    boost::asio::awaitable<void> record(const Viewer& viewer, std::vector<std::int64_t> persons);

private:
    static constexpr std::size_t most_known = 500'000;  // beyond, the store alone knows what is recorded

    StoreWorker& worker_;
    Zone zone_;
    Now now_;
    attendance::Day day_{};  // of what is known
    std::unordered_map<std::string, std::unordered_set<std::int64_t>> known_;
    std::size_t count_ = 0;
};

}  // namespace presensi::access
