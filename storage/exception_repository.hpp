#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/database.hpp"
#include "storage/intake.hpp"

namespace presensi::storage {

// Punches that a person should look at: late_online, pull_only and suspect (architecture 3.13). One that only a pull
// saw is none any more when the terminal has pushed it after all.
class ExceptionRepository {
public:
    explicit ExceptionRepository(Database& database) : database_(database) {}

    // At most `limit` (1–10000) with id > after, in their order. serial empty: of all terminals.
    std::vector<FeedRow> list(std::int64_t after, int limit, const std::string& serial);

private:
    Database& database_;
};

}  // namespace presensi::storage
