#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/database.hpp"

namespace presensi::storage {

struct DeliveryRow {
    std::int64_t id = 0;
    std::string serial;
    std::string road;
    std::string table;
    std::string query;
    std::string peer;
    std::string received_at;
    std::string sha256;  // 32 bytes
    std::string body;
};

struct RejectRow {
    std::int64_t id = 0;
    std::int64_t delivery_id = 0;
    std::string serial;
    std::string table;
    std::int64_t line = 0;
    std::string reason;
    std::string bytes;
    std::int64_t length = 0;
    std::string received_at;
};

// Reads what intake kept: for the clerk who must explain one missing punch.
class DeliveryRepository {
public:
    explicit DeliveryRepository(Database& database) : database_(database) {}
    std::optional<DeliveryRow> find(std::int64_t id);
    // In the order of their ids, those above `after`, optionally of one terminal.
    std::vector<RejectRow> list_rejects(std::int64_t after, int limit, const std::optional<std::string>& serial);

private:
    Database& database_;
};

// One line of who changed what; written in the same transaction as the change (architecture 3.10).
void append_audit(Database& database, const std::string& at, const std::string& actor, const std::string& action,
                  const std::string& subject, const std::string& detail);

// Many of them at once.
struct AuditLine {
    std::string action;
    std::string subject;
    std::string detail;
};
void append_audit(Database& database, const std::string& at, const std::string& actor,
                  std::span<const AuditLine> lines);

}  // namespace presensi::storage
