#include "storage/lease_repository.hpp"

namespace presensi::storage {

std::optional<Lease> LeaseRepository::find(std::int64_t terminal_id) {
    const std::vector<Row> rows =
        database_.query("SELECT holder, beat FROM lease WHERE terminal_id = $1 AND holder <> ''", {terminal_id});
    if (rows.empty()) return std::nullopt;
    return Lease{rows.front().text(0), rows.front().integer(1)};
}

bool LeaseRepository::take(std::int64_t terminal_id, const std::string& holder, const std::optional<Lease>& seen) {
    if (!seen) {
        return database_.execute(
                   "INSERT INTO lease (terminal_id, holder, beat) VALUES ($1, $2, 0) ON CONFLICT (terminal_id) DO"
                   " UPDATE SET holder = excluded.holder, beat = lease.beat + 1 WHERE lease.holder = ''",
                   {terminal_id, holder}) == 1;
    }
    return database_.execute(
               "UPDATE lease SET holder = $1, beat = beat + 1 WHERE terminal_id = $2 AND holder = $3 AND beat = $4",
               {holder, terminal_id, seen->holder, seen->beat}) == 1;
}

bool LeaseRepository::beat(std::int64_t terminal_id, const std::string& holder) {
    return database_.execute("UPDATE lease SET beat = beat + 1 WHERE terminal_id = $1 AND holder = $2",
                             {terminal_id, holder}) == 1;
}

void LeaseRepository::release(std::int64_t terminal_id, const std::string& holder) {
    database_.execute("UPDATE lease SET holder = '' WHERE terminal_id = $1 AND holder = $2", {terminal_id, holder});
}

}  // namespace presensi::storage
