#pragma once

#include <string>

#include "storage/intake.hpp"
#include "storage/postgres/session.hpp"

namespace presensi::storage::postgres {

// Transactions commit in another order than they began, so rows are given out only once every transaction that began
// before theirs has ended: ordered by (xid, id), with xid below the oldest running one (architecture 5.3). A cursor is
// "<epoch>-<xid>-<id>" of the last row read; the epoch is of the database in its cluster.
class PostgresFeed final : public PunchFeed {
public:
    PostgresFeed(const SessionOptions& options, Watchdog& dog) : link_(options, dog) {}

    FeedPage read(const FeedQuery& query) override;

private:
    Link link_;
};

}  // namespace presensi::storage::postgres
