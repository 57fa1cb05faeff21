#include "daemon/stored_counts.hpp"

namespace presensi {

namespace {

constexpr int deliveries_at_once = 100'000;

}  // namespace

StoredCounts::StoredCounts(storage::Database& database, const std::vector<storage::TerminalRow>& terminals)
    : ends_(storage::CountRepository(database).find_ends()) {
    for (const auto& terminal : terminals) terminals_.emplace_back(terminal.id, terminal.serial);
}

StoredCounts::Part StoredCounts::count_next(storage::Database& database) {
    storage::CountRepository counts(database);
    Part part;
    if (!terminals_.empty()) {
        const auto& [id, serial] = terminals_.front();
        part.of_terminal = counts.count_terminal(id, ends_);
        part.serial = serial;
        terminals_.pop_front();
    } else if (deliveries_left_) {
        const auto some = counts.count_deliveries(last_delivery_, deliveries_at_once, ends_);
        part.deliveries = some.count;
        last_delivery_ = some.last;
        deliveries_left_ = some.count == deliveries_at_once;
    }
    return part;
}

}  // namespace presensi
