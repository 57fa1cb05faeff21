#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "storage/count_repository.hpp"
#include "storage/terminal_repository.hpp"

namespace presensi {

// Counts what is stored already while the daemon begins to serve: a start waits a moment for it, never for millions of
// rows. One thread at a time.
class StoredCounts {
public:
    struct Part {
        std::string serial;  // empty: only deliveries
        storage::CountRepository::OfTerminal of_terminal;
        std::int64_t deliveries = 0;
    };

    // `terminals` as they are stored. Throws storage::StoreUnavailable.
    StoredCounts(storage::Database& database, const std::vector<storage::TerminalRow>& terminals);

    bool complete() const { return terminals_.empty() && !deliveries_left_; }
    // Counts on. Throws storage::StoreUnavailable; the same part then comes again.
    Part count_next(storage::Database& database);

private:
    storage::CountRepository::Ends ends_;
    std::deque<std::pair<std::int64_t, std::string>> terminals_;  // id and serial of those not counted yet
    bool deliveries_left_ = true;
    std::int64_t last_delivery_ = 0;
};

}  // namespace presensi
