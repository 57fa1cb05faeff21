#include "storage/exception_repository.hpp"

#include <algorithm>
#include <map>

#include "storage/punch_row.hpp"

namespace presensi::storage {
std::vector<FeedRow> ExceptionRepository::list(std::int64_t after, int limit, const std::string& serial) {
    std::vector<FeedRow> punches;
    std::map<std::int64_t, std::size_t> places;
    for (const Row& row : database_.query(
             "SELECT p.id, t.serial, t.time_zone, p.pin, p.device_time, p.punched_at, p.state, p.verify, p.work_code,"
             " p.road, p.grade, p.received_at FROM punch p JOIN terminal t ON t.id = p.terminal_id"
             " WHERE p.grade IN ('late_online', 'pull_only', 'suspect') AND p.id > $1 AND ($3 = '' OR t.serial = $3)"
             " AND NOT (p.grade = 'pull_only' AND EXISTS (SELECT 1 FROM sighting s WHERE s.punch_id = p.id"
             " AND s.road = 'push')) ORDER BY p.id LIMIT $2",
             {after, std::int64_t{limit}, serial})) {
        punches.push_back(read_punch(row));
        places[punches.back().id] = punches.size() - 1;
    }
    if (punches.empty()) return punches;
    for (const Row& row : database_.query(
             "SELECT s.punch_id, s.road FROM sighting s JOIN punch p ON p.id = s.punch_id"
             " WHERE p.grade IN ('late_online', 'pull_only', 'suspect') AND p.id >= $1 AND p.id <= $2 ORDER BY s.id",
             {punches.front().id, punches.back().id})) {
        const auto place = places.find(row.integer(0));
        if (place == places.end()) continue;
        auto& roads = punches[place->second].roads;
        if (std::find(roads.begin(), roads.end(), row.text(1)) == roads.end()) roads.push_back(row.text(1));
    }
    return punches;
}

}  // namespace presensi::storage
