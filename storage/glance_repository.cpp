#include "storage/glance_repository.hpp"

namespace presensi::storage {

std::vector<GlanceRepository::Clock> GlanceRepository::list_last_clocks() {
    std::vector<Clock> clocks;
    for (const Row& row :
         database_.query("SELECT t.id, (SELECT c.difference_ms FROM terminal_clock c WHERE c.terminal_id = t.id"
                         " ORDER BY c.at DESC LIMIT 1) FROM terminal t")) {
        if (const auto difference = row.integer_or_null(1)) clocks.push_back({row.integer(0), *difference});
    }
    return clocks;
}

std::vector<GlanceRepository::Comparison> GlanceRepository::list_last_comparisons() {
    std::vector<Comparison> comparisons;
    for (const Row& row :
         database_.query("SELECT t.id, c.day, c.result, c.difference FROM terminal t JOIN completeness c ON c.id ="
                         " (SELECT k.id FROM completeness k WHERE k.terminal_id = t.id AND k.result <> 'open'"
                         " ORDER BY k.day DESC, k.id DESC LIMIT 1)")) {
        comparisons.push_back({row.integer(0), row.text(1), row.text(2), row.integer(3)});
    }
    return comparisons;
}

std::vector<GlanceRepository::MinuteCount> GlanceRepository::count_by_minute(std::int64_t terminal_id,
                                                                             const std::string& from,
                                                                             const std::string& to) {
    // Both engines write a device time with its hours at the twelfth letter (storage/postgres/session.cpp: DateStyle).
    // One short range of the unique index, which has all that is asked for.
    std::vector<MinuteCount> counts;
    for (const Row& row : database_.query("SELECT substr(CAST(device_time AS text), 12, 5), count(*) FROM punch"
                                          " WHERE terminal_id = $1 AND device_time >= $2 AND device_time < $3"
                                          " GROUP BY 1 ORDER BY 1",
                                          {terminal_id, from, to})) {
        counts.push_back({row.text(0), row.integer(1)});
    }
    return counts;
}

std::vector<GlanceRepository::Delivered> GlanceRepository::list_latest_deliveries(std::int64_t terminal_id, int limit) {
    // By the indexes of what deliveries bring: deliveries themselves have none by terminal.
    std::vector<Delivered> list;
    for (const Row& row :
         database_.query("SELECT id, road, table_name, received_at, peer, length(body) FROM delivery WHERE id IN ("
                         "SELECT delivery_id FROM (SELECT delivery_id FROM punch WHERE terminal_id = $1"
                         " ORDER BY device_time DESC LIMIT 2000) AS punches"
                         " UNION SELECT delivery_id FROM (SELECT delivery_id FROM reject WHERE terminal_id = $1"
                         " ORDER BY id DESC LIMIT 500) AS rejects"
                         " UNION SELECT delivery_id FROM (SELECT delivery_id FROM terminal_event WHERE terminal_id = $1"
                         " ORDER BY id DESC LIMIT 500) AS events"
                         " UNION SELECT id FROM delivery WHERE terminal_id = $1 AND unread = 1)"
                         " ORDER BY id DESC LIMIT $2",
                         {terminal_id, std::int64_t{limit}})) {
        list.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.integer(5)});
    }
    return list;
}

std::vector<RejectRow> GlanceRepository::list_latest_rejects(const std::string& serial, int limit) {
    std::vector<RejectRow> rejects;
    for (const Row& row : database_.query(
             "SELECT r.id, r.delivery_id, t.serial, r.table_name, r.line, r.reason, substr(r.bytes, 1, 1024), r.length,"
             " r.received_at FROM reject r JOIN terminal t ON t.id = r.terminal_id WHERE t.serial = $1"
             " ORDER BY r.id DESC LIMIT $2",
             {serial, std::int64_t{limit}})) {
        rejects.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.integer(4), row.text(5),
                           row.blob(6), row.integer(7), row.text(8)});
    }
    return rejects;
}

}  // namespace presensi::storage
