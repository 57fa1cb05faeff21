#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/records.hpp"
#include "storage/database.hpp"

namespace presensi::storage {

// A file that somebody brought, each time (protocol-4370 § 8).
struct UploadRow {
    std::int64_t id = 0;
    std::int64_t terminal_id = 0;
    std::int64_t delivery_id = 0;  // 0: it brought nothing new
    std::string uploaded_at;       // RFC 3339 UTC
    std::string uploaded_by;
    Sha256 sha256{};  // of the file as it was brought
    std::int64_t bytes = 0;
    std::string kind;             // usb::to_string(FileKind), or "pulled"
    std::string terminal_number;  // as its column says; empty: it says nothing
    std::int64_t lines = 0;
    std::int64_t new_punches = 0;
    std::int64_t known_punches = 0;
    std::int64_t rejects = 0;
    std::string first;  // device times, 2026-11-02T07:00:00; empty: it has no punch
    std::string last;
    std::string remarks = "[]";  // JSON list of English sentences
};

class UploadRepository {
public:
    explicit UploadRepository(Database& database) : database_(database) {}

    std::int64_t add(const UploadRow& row);
    // The terminal number of the latest file of this kind that had one.
    std::optional<std::string> latest_terminal_number(std::int64_t terminal_id, const std::string& kind);

    // How many of these punches are stored, of that terminal.
    std::int64_t count_known(std::int64_t terminal_id, std::span<const Punch> punches);
    // Another terminal that has at least `share` of them, in percent; of several any.
    struct Other {
        std::string serial;
        std::int64_t punches = 0;
    };
    std::optional<Other> find_other(std::int64_t terminal_id, std::span<const Punch> punches, int share);

private:
    Database& database_;
};

}  // namespace presensi::storage
