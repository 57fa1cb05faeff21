#include "storage/pin_evidence_repository.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "storage/punch_row.hpp"

namespace presensi::storage {
namespace {

// "$3, $4, $5"
std::string places(std::size_t first, std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += fmt::format("{}${}", i == 0 ? "" : ", ", first + i);
    return list;
}

void add_later_roads(Database& database, std::vector<FeedRow>& punches) {
    constexpr std::size_t at_once = 500;
    std::map<std::int64_t, FeedRow*> by_id;
    for (auto& punch : punches) by_id[punch.id] = &punch;
    for (std::size_t begin = 0; begin < punches.size(); begin += at_once) {
        Values ids;
        for (std::size_t i = begin; i < std::min(begin + at_once, punches.size()); ++i) ids.emplace_back(punches[i].id);
        for (const Row& row :
             database.query(fmt::format("SELECT punch_id, road FROM sighting WHERE punch_id IN ({}) ORDER BY id",
                                        places(1, ids.size())),
                            ids)) {
            auto& roads = by_id.at(row.integer(0))->roads;
            if (std::find(roads.begin(), roads.end(), row.text(1)) == roads.end()) roads.push_back(row.text(1));
        }
    }
}

}  // namespace

std::vector<PinEvidenceRepository::User> PinEvidenceRepository::list_users(const std::string& serial) {
    std::vector<User> users;
    for (const Row& row : database_.query("SELECT t.serial, u.pin, u.pin_key, u.name, u.seen_at FROM terminal_user u"
                                          " JOIN terminal t ON t.id = u.terminal_id WHERE ($1 = '' OR t.serial = $1)"
                                          " ORDER BY t.serial, u.pin_key",
                                          {serial})) {
        users.push_back({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)});
    }
    return users;
}

std::vector<PinEvidenceRepository::Punched> PinEvidenceRepository::list_punched(const std::string& from,
                                                                                const std::string& to) {
    std::vector<Punched> punched;
    for (const Row& row :
         database_.query("SELECT t.serial, MIN(p.pin), p.pin_key, COUNT(*), MIN(p.device_time), MAX(p.device_time)"
                         " FROM terminal t JOIN punch p ON p.terminal_id = t.id AND p.device_time >= $1"
                         " AND p.device_time < $2 GROUP BY t.serial, p.pin_key ORDER BY t.serial, p.pin_key",
                         {from, to})) {
        punched.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.text(4), row.text(5)});
    }
    return punched;
}

std::vector<std::pair<std::string, std::string>> PinEvidenceRepository::list_punching(const std::string& from) {
    std::vector<std::pair<std::string, std::string>> punching;
    for (const Row& row : database_.query("SELECT DISTINCT t.serial, p.pin_key FROM terminal t JOIN punch p"
                                          " ON p.terminal_id = t.id AND p.device_time >= $1"
                                          " ORDER BY t.serial, p.pin_key",
                                          {from})) {
        punching.emplace_back(row.text(0), row.text(1));
    }
    return punching;
}

std::vector<std::string> PinEvidenceRepository::list_times(const std::string& serial, const std::string& pin_key,
                                                           const std::string& from, const std::string& to) {
    std::vector<std::string> times;
    for (const Row& row : database_.query("SELECT p.device_time FROM terminal t JOIN punch p ON p.terminal_id = t.id"
                                          " WHERE t.serial = $1 AND p.pin_key = $2 AND p.device_time >= $3"
                                          " AND p.device_time < $4 ORDER BY p.device_time",
                                          {serial, pin_key, from, to})) {
        times.push_back(row.text(0));
    }
    return times;
}

std::vector<FeedRow> PinEvidenceRepository::list_punches(const std::vector<std::string>& pin_keys,
                                                         const std::string& from, const std::string& to) {
    std::vector<FeedRow> punches;
    if (pin_keys.empty()) return punches;
    Values parameters{from, to};
    for (const auto& key : pin_keys) parameters.emplace_back(key);
    for (const Row& row : database_.query(
             fmt::format("SELECT p.id, t.serial, t.time_zone, p.pin, p.device_time, p.punched_at, p.state, p.verify,"
                         " p.work_code, p.road, p.grade, p.received_at FROM terminal t JOIN punch p"
                         " ON p.terminal_id = t.id AND p.device_time >= $1 AND p.device_time < $2"
                         " WHERE p.pin_key IN ({}) ORDER BY p.device_time, p.id",
                         places(3, pin_keys.size())),
             parameters)) {
        punches.push_back(read_punch(row));
    }
    add_later_roads(database_, punches);
    return punches;
}

}  // namespace presensi::storage
