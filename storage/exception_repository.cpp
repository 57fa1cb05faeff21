#include "storage/exception_repository.hpp"

#include <algorithm>
#include <map>

namespace presensi::storage {
namespace {

FeedRow read_punch(const Row& row) {
    FeedRow punch;
    punch.id = row.integer(0);
    punch.serial = row.text(1);
    punch.zone = row.text(2);
    punch.pin = row.text(3);
    punch.device_time = row.text(4);
    punch.punched_at = row.text(5);
    punch.state = row.integer_or_null(6);
    punch.verify = row.integer_or_null(7);
    punch.work_code = row.text_or_null(8);
    punch.roads = {row.text(9)};
    punch.grade = row.text(10);
    punch.received_at = row.text(11);
    return punch;
}

}  // namespace

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
