#pragma once
// One daemon pulls a terminal at a time (architecture 3.5). The holder counts its beat up; who wants the lease and sees
// the same beat for long enough by its own clock takes it over, so no two clocks are ever compared.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

#include "daemon/clock.hpp"
#include "daemon/pull/link.hpp"
#include "daemon/store_worker.hpp"
#include "storage/lease_repository.hpp"

namespace presensi::pull {

struct LeaseTimes {
    std::chrono::milliseconds beat = std::chrono::seconds(5);
    // A holder that could not beat for so long ends its pull; less than `silence`.
    std::chrono::milliseconds lost = std::chrono::seconds(20);
    // Without a beat for so long its holder counts as gone: a killed daemon's terminals wait no longer.
    std::chrono::milliseconds silence = std::chrono::seconds(30);
};

class TerminalLease {
public:
    // shared: other daemons may hold it. If not, whoever stands there is a run of ours that ended.
    TerminalLease(StoreWorker& worker, std::int64_t terminal_id, std::string holder, bool shared, LeaseTimes times);

    // True: it is ours. Call it again after a while if not. What a holder that ended left running is put down as
    // failed. Throws storage::StoreUnavailable.
    boost::asio::awaitable<bool> take(std::string now);
    // False: it is somebody else's by now. Throws storage::StoreUnavailable.
    boost::asio::awaitable<bool> beat();
    // True: nobody heard from us for so long that somebody else may take it at any moment.
    bool is_lost() const { return Steady::now() - last_beat_ > times_.lost; }
    boost::asio::awaitable<void> release();

private:
    StoreWorker& worker_;
    const std::int64_t terminal_id_;
    const std::string holder_;
    const bool shared_;
    const LeaseTimes times_;
    std::optional<storage::Lease> seen_;  // another's, since seen_at_
    Steady::time_point seen_at_{};
    Steady::time_point last_beat_{};
};

}  // namespace presensi::pull
