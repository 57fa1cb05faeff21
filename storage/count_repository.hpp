#pragma once

#include <cstdint>
#include <string>

#include "storage/database.hpp"

namespace presensi::storage {

// How much is stored, in steps that each take little time however much that is: nobody waits for a count of
// millions.
class CountRepository {
public:
    explicit CountRepository(Database& database) : database_(database) {}

    // Where the tables end now. What comes later has higher ids, but for what another daemon has under way.
    struct Ends {
        std::int64_t punch = 0;
        std::int64_t reject = 0;
        std::int64_t delivery = 0;
    };
    Ends find_ends();

    struct OfTerminal {
        std::int64_t punches = 0;
        std::int64_t rejects = 0;
        std::string last_punch;  // newest device time that is not suspect, empty: none
    };
    OfTerminal count_terminal(std::int64_t terminal_id, const Ends& ends);

    struct Deliveries {
        std::int64_t count = 0;
        std::int64_t last = 0;  // id of the last one counted; 0: there are no more
    };
    // The next `limit` deliveries after the id `after`.
    Deliveries count_deliveries(std::int64_t after, int limit, const Ends& ends);

private:
    Database& database_;
};

}  // namespace presensi::storage
