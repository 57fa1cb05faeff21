#pragma once

#include <pqxx/nontransaction>

#include "storage/intake.hpp"
#include "storage/postgres/session.hpp"

namespace presensi::storage::postgres {

// One statement for a group whose content is all new: it commits by itself, so a lone punch costs one round trip. Where
// something was known, a second statement looks for new sightings and moves the stamps. Cut between the two, nothing
// was acknowledged, and repeating the call finishes it.
class PostgresIntake final : public Intake {
public:
    PostgresIntake(const SessionOptions& options, Watchdog& dog);

    std::vector<Receipt> append(std::span<const Delivery* const> deliveries) override;
    // NOTIFY presensi_punch. By itself and not in the transaction of the punches: there its lock would make the writers
    // of all daemons take turns until each commit is on disk.
    void announce() override;

private:
    struct Group;

    void store_new(pqxx::nontransaction& direct, Group& group);
    void store_sightings(pqxx::nontransaction& direct, Group& group);
    std::int64_t draw_delivery_id(pqxx::nontransaction& direct);

    Link link_;
    // Ids drawn and not yet used. An id that a failed group used is never used again.
    std::int64_t next_delivery_id_ = 0;
    std::int64_t end_of_block_ = 0;
};

}  // namespace presensi::storage::postgres
