#include "storage/month_repository.hpp"

#include "storage/punch_row.hpp"
#include "storage/upload_repository.hpp"

namespace presensi::storage {
namespace {

const std::string select_punch =
    "SELECT " + std::string(punch_columns) + ", p.pin_key FROM punch p JOIN terminal t ON t.id = p.terminal_id";

std::vector<MonthRepository::Punched> read_punches(const std::vector<Row>& rows) {
    std::vector<MonthRepository::Punched> punches;
    punches.reserve(rows.size());
    for (const Row& row : rows) punches.push_back({read_punch(row), row.text(punch_column_count)});
    return punches;
}

}  // namespace

std::vector<MonthRepository::Group> MonthRepository::count_by_pin(std::int64_t terminal_id, const std::string& from,
                                                                  const std::string& to) {
    std::vector<Group> groups;
    for (const Row& row :
         database_.query("SELECT pin_key, COUNT(*), MIN(device_time), MAX(device_time) FROM punch"
                         " WHERE terminal_id = $1 AND device_time >= $2 AND device_time < $3 GROUP BY pin_key",
                         {terminal_id, from, to})) {
        groups.push_back({row.text(0), row.integer(1), row.text(2), row.text(3)});
    }
    return groups;
}

std::vector<std::string> MonthRepository::list_times(std::int64_t terminal_id, const std::string& pin_key,
                                                     const std::string& from, const std::string& to) {
    std::vector<std::string> times;
    for (const Row& row : database_.query("SELECT device_time FROM punch WHERE terminal_id = $1 AND device_time >= $2"
                                          " AND device_time < $3 AND pin_key = $4 ORDER BY device_time",
                                          {terminal_id, from, to, pin_key})) {
        times.push_back(row.text(0));
    }
    return times;
}

std::vector<MonthRepository::Punched> MonthRepository::list(std::int64_t terminal_id, const std::string& from,
                                                            const std::string& to) {
    return read_punches(database_.query(select_punch + " WHERE p.terminal_id = $1 AND p.device_time >= $2"
                                                       " AND p.device_time < $3 ORDER BY p.device_time, p.pin_key",
                                        {terminal_id, from, to}));
}

std::vector<MonthRepository::Punched> MonthRepository::list_frozen(std::int64_t period_id) {
    return read_punches(database_.query(
        select_punch + " JOIN frozen_punch f ON f.punch_id = p.id WHERE f.period_id = $1 ORDER BY p.id", {period_id}));
}

std::vector<MonthRepository::Exception> MonthRepository::list_exceptions(const std::string& from,
                                                                         const std::string& to) {
    std::vector<Exception> exceptions;
    for (const Row& row : database_.query(
             "SELECT terminal_id, pin_key, device_time, grade FROM punch p"
             " WHERE grade IN ('late_online', 'pull_only', 'suspect') AND device_time >= $1 AND device_time < $2"
             " AND NOT (grade = 'pull_only' AND EXISTS (SELECT 1 FROM sighting s WHERE s.punch_id = p.id"
             " AND s.road = 'push'))",
             {from, to})) {
        exceptions.push_back({row.integer(0), row.text(1), row.text(2), row.text(3)});
    }
    return exceptions;
}

std::vector<MonthRepository::Seen> MonthRepository::list_roads(std::int64_t terminal_id, const std::string& from,
                                                               const std::string& to) {
    std::vector<Seen> seen;
    for (const Row& row : database_.query("SELECT s.punch_id, s.road FROM sighting s JOIN punch p ON p.id = s.punch_id"
                                          " WHERE p.terminal_id = $1 AND p.device_time >= $2 AND p.device_time < $3"
                                          " ORDER BY s.id",
                                          {terminal_id, from, to})) {
        seen.push_back({row.integer(0), row.text(1)});
    }
    return seen;
}

std::vector<MonthRepository::Rejected> MonthRepository::list_rejects(const std::string& from_utc,
                                                                     const std::string& to_utc) {
    std::vector<Rejected> rejects;
    for (const Row& row : database_.query(
             "SELECT r.terminal_id, r.received_at, substr(r.bytes, 1, 500), (SELECT MAX(u.last_time) FROM upload u"
             " WHERE u.terminal_id = r.terminal_id AND u.delivery_id = r.delivery_id)"
             " FROM reject r WHERE r.received_at >= $1 AND r.received_at < $2",
             {from_utc, to_utc})) {
        rejects.push_back({row.integer(0), row.text(1), row.blob(2), row.text_or_null(3).value_or("")});
    }
    return rejects;
}

std::vector<MonthRepository::Brought> MonthRepository::list_latest_uploads() {
    std::vector<Brought> latest;
    for (const Row& row : database_.query(
             "SELECT terminal_id, MAX(uploaded_at) FROM upload WHERE state = 'taken' GROUP BY terminal_id", {})) {
        latest.push_back({row.integer(0), row.text(1)});
    }
    return latest;
}

std::vector<MonthRepository::Log> MonthRepository::list_logs(const std::string& since_utc) {
    std::vector<Log> logs;
    for (const Row& row : database_.query(
             "SELECT terminal_id, uploaded_at, last_time FROM upload WHERE state = 'taken' AND uploaded_at >= $1"
             " AND last_time IS NOT NULL AND kind NOT IN ('users', 'csv') AND remarks NOT LIKE $2",
             {since_utc, "%" + std::string(remark_of_cut_file) + "%"})) {
        logs.push_back({row.integer(0), row.text(1), row.text(2)});
    }
    return logs;
}

std::vector<MonthRepository::Count> MonthRepository::count_waiting(const std::string& from, const std::string& to) {
    std::vector<Count> counts;
    for (const Row& row : database_.query("SELECT terminal_id, COUNT(*) FROM upload WHERE state = 'waiting'"
                                          " AND last_time >= $1 AND first_time < $2 GROUP BY terminal_id",
                                          {from, to})) {
        counts.push_back({row.integer(0), row.integer(1)});
    }
    return counts;
}

}  // namespace presensi::storage
