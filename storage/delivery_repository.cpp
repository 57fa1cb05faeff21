#include "storage/delivery_repository.hpp"

#include "storage/insert_rows.hpp"

namespace presensi::storage {

std::optional<DeliveryRow> DeliveryRepository::find(std::int64_t id) {
    const std::vector<Row> rows = database_.query(
        "SELECT d.id, t.serial, d.road, d.table_name, d.query, d.peer, d.received_at, d.sha256, d.body"
        " FROM delivery d JOIN terminal t ON t.id = d.terminal_id WHERE d.id = $1",
        {id});
    if (rows.empty()) return std::nullopt;
    const Row& row = rows.front();
    return DeliveryRow{row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4),
                       row.text(5),    row.text(6), row.blob(7), row.blob(8)};
}

std::vector<RejectRow> DeliveryRepository::list_rejects(std::int64_t after, int limit,
                                                        const std::optional<std::string>& serial) {
    std::string sql =
        "SELECT r.id, r.delivery_id, t.serial, r.table_name, r.line, r.reason, substr(r.bytes, 1, 1024), r.length,"
        " r.received_at FROM reject r JOIN terminal t ON t.id = r.terminal_id WHERE r.id > $1";
    Values parameters{after, std::int64_t{limit}};
    if (serial) {
        sql += " AND t.serial = $3";
        parameters.emplace_back(*serial);
    }
    std::vector<RejectRow> rejects;
    for (const Row& row : database_.query(sql + " ORDER BY r.id LIMIT $2", parameters)) {
        rejects.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.integer(4), row.text(5),
                           row.blob(6), row.integer(7), row.text(8)});
    }
    return rejects;
}

void append_audit(Database& database, const std::string& at, const std::string& actor, const std::string& action,
                  const std::string& subject, const std::string& detail) {
    database.execute("INSERT INTO audit (at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)",
                     {at, actor, action, subject, detail});
}

void append_audit(Database& database, const std::string& at, const std::string& actor,
                  std::span<const AuditLine> lines) {
    std::vector<Values> rows;
    for (const auto& line : lines) rows.push_back({at, actor, line.action, line.subject, line.detail});
    insert_rows(database, "INSERT INTO audit (at, actor, action, subject, detail)", rows);
}

}  // namespace presensi::storage
