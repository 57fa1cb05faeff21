#include "storage/upload_repository.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "protocol/text_fields.hpp"

namespace presensi::storage {
namespace {

Value null_if_empty(const std::string& text) { return text.empty() ? Value{} : Value{text}; }

}  // namespace

std::int64_t UploadRepository::add(const UploadRow& row) {
    const std::string hash(reinterpret_cast<const char*>(row.sha256.data()), row.sha256.size());
    return database_
        .query(
            "INSERT INTO upload (terminal_id, delivery_id, uploaded_at, uploaded_by, sha256, bytes, kind,"
            " terminal_number, lines, new_punches, known_punches, rejects, first_time, last_time, remarks)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id",
            {row.terminal_id, row.delivery_id == 0 ? Value{} : Value{row.delivery_id}, row.uploaded_at, row.uploaded_by,
             Blob{hash}, row.bytes, row.kind, row.terminal_number, row.lines, row.new_punches, row.known_punches,
             row.rejects, null_if_empty(row.first), null_if_empty(row.last), row.remarks})
        .at(0)
        .integer(0);
}

std::optional<std::string> UploadRepository::latest_terminal_number(std::int64_t terminal_id, const std::string& kind) {
    const auto rows = database_.query(
        "SELECT terminal_number FROM upload WHERE terminal_id = $1 AND kind = $2 AND terminal_number <> ''"
        " ORDER BY id DESC LIMIT 1",
        {terminal_id, kind});
    if (rows.empty()) return std::nullopt;
    return rows.front().text(0);
}

std::int64_t UploadRepository::count_known(std::int64_t terminal_id, std::span<const Punch> punches) {
    if (punches.empty()) return 0;
    std::set<std::pair<std::string, std::string>> brought;
    for (const Punch& punch : punches) brought.emplace(format_device_time(punch.device_time), punch.pin_key);
    std::int64_t known = 0;
    for (const Row& row : database_.query("SELECT device_time, pin_key FROM punch WHERE terminal_id = $1"
                                          " AND device_time >= $2 AND device_time <= $3",
                                          {terminal_id, brought.begin()->first, brought.rbegin()->first})) {
        known += brought.contains({row.text(0), row.text(1)}) ? 1 : 0;
    }
    return known;
}

std::optional<UploadRepository::Other> UploadRepository::find_other(std::int64_t terminal_id,
                                                                    std::span<const Punch> punches, int share) {
    // A few of them find the terminals that are worth a full count: each look is one place of the unique index.
    constexpr std::size_t sample = 20;
    std::map<std::int64_t, Other> found;
    const std::size_t step = std::max<std::size_t>(punches.size() / sample, 1);
    std::size_t looked_at = 0;
    for (std::size_t i = 0; i < punches.size(); i += step, ++looked_at) {
        for (const Row& row :
             database_.query("SELECT t.id, t.serial FROM terminal t WHERE t.id <> $1 AND EXISTS"
                             " (SELECT 1 FROM punch p WHERE p.terminal_id = t.id AND"
                             " p.device_time = $2 AND p.pin_key = $3)",
                             {terminal_id, format_device_time(punches[i].device_time), punches[i].pin_key})) {
            Other& other = found[row.integer(0)];
            other.serial = row.text(1);
            ++other.punches;
        }
    }
    for (auto& [id, other] : found) {
        if (other.punches * 200 < static_cast<std::int64_t>(looked_at) * share) continue;  // not even half of it
        other.punches = count_known(id, punches);
        if (other.punches * 100 >= static_cast<std::int64_t>(punches.size()) * share) return other;
    }
    return std::nullopt;
}

}  // namespace presensi::storage
