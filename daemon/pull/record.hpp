#pragma once
// What a pull brought, into the corridor (architecture 1).

#include <boost/asio/awaitable.hpp>

#include <string>

#include "daemon/ingest.hpp"
#include "daemon/pull/visit.hpp"

namespace presensi::pull {

struct Recorded {
    Receipt attendance;
    std::size_t records = 0;  // in the terminal's log
    bool kept_raw = false;    // bytes that were not taken are a delivery now
};

// A whole answer that is not what it should be, in place of one that did not come whole.
bool is_of_the_log(zk4370::FailureKind kind);

// Stores the log, what was said of users and operations, and, where `keep_raw`, of a log that was not taken for what it
// is the bytes with the reason. `outcome`
// keeps what it tells of the terminal itself; its tables are gone. Throws storage::StoreUnavailable; then it may be
// pulled again.
boost::asio::awaitable<Recorded> record(Ingest& ingest, StoreWorker& worker, Terminal& terminal, Outcome& outcome,
                                        Instant now, bool keep_raw);

// When the terminal pushed between the oldest and the newest of these punches, sorted and apart; of a portable one
// never.
boost::asio::awaitable<std::vector<OnlineInterval>> pushing_times(StoreWorker& worker, const Terminal& terminal,
                                                                  const std::vector<Punch>& punches);

// The delivery of a whole log. `how`: in place of a query, for people.
Delivery delivery_of(zk4370::PulledAttendance attendance, Road road, std::string how);

}  // namespace presensi::pull
