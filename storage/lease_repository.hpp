#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/database.hpp"

namespace presensi::storage {

struct Lease {
    std::string holder;
    std::int64_t beat = 0;
    bool operator==(const Lease&) const = default;
};

// Which daemon pulls a terminal (architecture 3.5). No clock is compared with another one's: the holder counts its beat
// up, and who finds the same beat for long enough by its own clock takes the lease over.
class LeaseRepository {
public:
    explicit LeaseRepository(Database& database) : database_(database) {}

    std::optional<Lease> find(std::int64_t terminal_id);
    // True: `holder` has it now. `seen` is what find() showed; if anything else stands there by now, nothing changes.
    bool take(std::int64_t terminal_id, const std::string& holder, const std::optional<Lease>& seen);
    // False: somebody else has it.
    bool beat(std::int64_t terminal_id, const std::string& holder);
    void release(std::int64_t terminal_id, const std::string& holder);

private:
    Database& database_;
};

}  // namespace presensi::storage
