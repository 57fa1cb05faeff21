#include "storage/upload_repository.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "protocol/text_fields.hpp"

namespace presensi::storage {
namespace {

Value null_if_empty(const std::string& text) { return text.empty() ? Value{} : Value{text}; }
Value null_if_zero(std::int64_t id) { return id == 0 ? Value{} : Value{id}; }

Blob blob_of(const Sha256& sha256) {
    return Blob{std::string(reinterpret_cast<const char*>(sha256.data()), sha256.size())};
}

constexpr std::string_view insert =
    "INSERT INTO upload (terminal_id, delivery_id, uploaded_at, uploaded_by, sha256, bytes, kind,"
    " terminal_number, lines, new_punches, known_punches, rejects, first_time, last_time, remarks, state, waits_for,"
    " said) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

Values values_of(const UploadRow& row) {
    return {row.terminal_id,
            null_if_zero(row.delivery_id),
            row.uploaded_at,
            row.uploaded_by,
            blob_of(row.sha256),
            row.bytes,
            row.kind,
            row.terminal_number,
            row.lines,
            row.new_punches,
            row.known_punches,
            row.rejects,
            null_if_empty(row.first),
            null_if_empty(row.last),
            row.remarks,
            row.state,
            row.waits_for,
            row.said};
}

constexpr std::string_view select =
    "SELECT u.id, u.terminal_id, u.delivery_id, u.uploaded_at, u.uploaded_by, u.sha256, u.bytes, u.kind,"
    " u.terminal_number, u.lines, u.new_punches, u.known_punches, u.rejects, u.first_time, u.last_time, u.remarks,"
    " u.state, u.waits_for, u.decided_at, u.decided_by, u.reason, t.serial"
    " FROM upload u JOIN terminal t ON t.id = u.terminal_id ";

UploadRow row_from(const Row& row) {
    UploadRow upload;
    upload.id = row.integer(0);
    upload.terminal_id = row.integer(1);
    upload.delivery_id = row.integer_or_null(2).value_or(0);
    upload.uploaded_at = row.text(3);
    upload.uploaded_by = row.text(4);
    const std::string& hash = row.blob(5);
    std::copy_n(hash.begin(), std::min(hash.size(), upload.sha256.size()), upload.sha256.begin());
    upload.bytes = row.integer(6);
    upload.kind = row.text(7);
    upload.terminal_number = row.text(8);
    upload.lines = row.integer(9);
    upload.new_punches = row.integer(10);
    upload.known_punches = row.integer(11);
    upload.rejects = row.integer(12);
    upload.first = row.text_or_null(13).value_or("");
    upload.last = row.text_or_null(14).value_or("");
    upload.remarks = row.text(15);
    upload.state = row.text(16);
    upload.waits_for = row.text(17);
    upload.decided_at = row.text_or_null(18).value_or("");
    upload.decided_by = row.text(19);
    upload.reason = row.text(20);
    upload.serial = row.text(21);
    return upload;
}

// Each punch of a file once, in the order of their times. Views into the punches.
using Item = std::pair<DeviceTime, std::string_view>;

std::vector<Item> items_of(std::span<const Punch> punches) {
    std::vector<Item> items;
    items.reserve(punches.size());
    for (const Punch& punch : punches) items.emplace_back(punch.device_time, punch.pin_key);
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return items;
}

// Which of them are stored, of that terminal.
std::vector<bool> find_stored(Database& database, std::int64_t terminal_id, const std::vector<Item>& items) {
    constexpr std::size_t at_once = 20'000;
    std::vector<bool> stored(items.size());
    for (std::size_t begin = 0; begin < items.size(); begin += at_once) {
        const std::size_t end = std::min(begin + at_once, items.size());
        for (const Row& row : database.query(
                 "SELECT device_time, pin_key FROM punch WHERE terminal_id = $1"
                 " AND device_time >= $2 AND device_time <= $3",
                 {terminal_id, format_device_time(items[begin].first), format_device_time(items[end - 1].first)})) {
            const auto time = decode_device_time(row.text(0));
            if (!time) continue;
            const Item item(*time, row.text(1));
            const auto found = std::lower_bound(items.begin(), items.end(), item);
            if (found != items.end() && *found == item) stored[static_cast<std::size_t>(found - items.begin())] = true;
        }
    }
    return stored;
}

struct Candidate {
    Spread::Other other;
    std::size_t seen = 0;  // in the sample
};
using Candidates = std::map<std::int64_t, Candidate>;

// A few of them, evenly: each look is one place of the unique index. Returns how many were looked at and how many of
// these are stored elsewhere.
std::pair<std::size_t, std::size_t> sample(Database& database, std::int64_t terminal_id, const std::vector<Item>& items,
                                           std::size_t most, Candidates& found) {
    const std::size_t step = std::max<std::size_t>((items.size() + most - 1) / most, 1);
    std::size_t looked_at = 0;
    std::size_t elsewhere = 0;
    for (std::size_t i = 0; i < items.size(); i += step, ++looked_at) {
        const auto rows = database.query(
            "SELECT t.id, t.serial, t.name, t.unit FROM terminal t WHERE t.id <> $1 AND"
            " EXISTS (SELECT 1 FROM punch p WHERE p.terminal_id = t.id AND"
            " p.device_time = $2 AND p.pin_key = $3)",
            {terminal_id, format_device_time(items[i].first), std::string(items[i].second)});
        elsewhere += rows.empty() ? 0 : 1;
        for (const Row& row : rows) {
            Candidate& candidate = found[row.integer(0)];
            candidate.other.serial = row.text(1);
            candidate.other.name = row.text_or_null(2).value_or("");
            candidate.other.unit = row.text_or_null(3).value_or("");
            ++candidate.seen;
        }
    }
    return {looked_at, elsewhere};
}

// Of a file that may be another terminal's at least so much is; a sample that shows half of that is worth a full count.
bool is_worth_counting(std::size_t seen, std::size_t looked_at) { return seen > 0 && seen * 100 >= looked_at * 40; }

std::vector<Item> without_those(const std::vector<Item>& items, const std::vector<bool>& stored) {
    std::vector<Item> rest;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!stored[i]) rest.push_back(items[i]);
    }
    return rest;
}

}  // namespace

std::int64_t UploadRepository::add(const UploadRow& row) {
    return database_.query(std::string(insert) + " RETURNING id", values_of(row)).at(0).integer(0);
}

std::int64_t UploadRepository::add_waiting(const UploadRow& row, const std::string& content, const std::string& said) {
    UploadRow waiting = row;
    waiting.state = "waiting";
    const auto added = database_.query(std::string(insert) +
                                           " ON CONFLICT (terminal_id, sha256, said) WHERE state = 'waiting' DO NOTHING"
                                           " RETURNING id",
                                       values_of(waiting));
    if (added.empty()) {
        return database_
            .query("SELECT id FROM upload WHERE terminal_id = $1 AND sha256 = $2 AND said = $3 AND state = 'waiting'",
                   {row.terminal_id, blob_of(row.sha256), row.said})
            .at(0)
            .integer(0);
    }
    const std::int64_t id = added.front().integer(0);
    database_.execute("INSERT INTO waiting_upload (upload_id, content, said) VALUES ($1, $2, $3)",
                      {id, Blob{content}, said});
    return id;
}

std::optional<UploadRow> UploadRepository::find(std::int64_t id) {
    const auto rows = database_.query(std::string(select) + "WHERE u.id = $1", {id});
    if (rows.empty()) return std::nullopt;
    return row_from(rows.front());
}

std::optional<KeptUpload> UploadRepository::find_kept(std::int64_t id) {
    auto row = find(id);
    if (!row || (row->state != "waiting" && row->state != "taking")) return std::nullopt;
    const auto rows =
        database_.query("SELECT content, said FROM waiting_upload WHERE upload_id = $1 AND content IS NOT NULL", {id});
    if (rows.empty()) return std::nullopt;
    return KeptUpload{std::move(*row), rows.front().blob(0), rows.front().text(1)};
}

bool UploadRepository::begin_waiting(const UploadRow& row) {
    return database_.execute(
               "UPDATE upload SET state = 'taking', new_punches = $2, known_punches = $3, decided_at = $4,"
               " decided_by = $5 WHERE id = $1 AND state = 'waiting'",
               {row.id, row.new_punches, row.known_punches, row.decided_at, row.decided_by}) == 1;
}

void UploadRepository::finish(const UploadRow& row) {
    database_.execute(
        "UPDATE upload SET state = 'taken', delivery_id = $2, new_punches = $3, known_punches = $4, remarks = $5"
        " WHERE id = $1 AND state = 'taking'",
        {row.id, null_if_zero(row.delivery_id), row.new_punches, row.known_punches, row.remarks});
    database_.execute("UPDATE waiting_upload SET content = NULL WHERE upload_id = $1", {row.id});
}

std::vector<std::int64_t> UploadRepository::list_unfinished() {
    std::vector<std::int64_t> ids;
    for (const Row& row : database_.query("SELECT u.id FROM upload u JOIN waiting_upload w ON w.upload_id = u.id"
                                          " WHERE u.state = 'taking' AND w.content IS NOT NULL ORDER BY u.id"))
        ids.push_back(row.integer(0));
    return ids;
}

bool UploadRepository::refuse_waiting(std::int64_t id, const std::string& at, const std::string& by,
                                      const std::string& reason) {
    const auto changed = database_.execute(
        "UPDATE upload SET state = 'refused', decided_at = $2, decided_by = $3, reason = $4"
        " WHERE id = $1 AND state = 'waiting'",
        {id, at, by, reason});
    if (changed == 0) return false;
    database_.execute("UPDATE waiting_upload SET content = NULL WHERE upload_id = $1", {id});
    return true;
}

std::vector<UploadRow> UploadRepository::list(const Filter& filter) {
    if (!filter.terminals) return list_some(filter, {});
    // Each id is a parameter, and SQLite takes 32,766 of them.
    constexpr std::size_t at_once = 10'000;
    const std::vector<std::int64_t>& ids = *filter.terminals;
    std::vector<UploadRow> uploads;
    for (std::size_t begin = 0; begin < ids.size(); begin += at_once) {
        auto some = list_some(filter, std::span(ids).subspan(begin, std::min(at_once, ids.size() - begin)));
        uploads.insert(uploads.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    std::sort(uploads.begin(), uploads.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
    if (uploads.size() > static_cast<std::size_t>(filter.limit)) uploads.resize(static_cast<std::size_t>(filter.limit));
    return uploads;
}

std::vector<UploadRow> UploadRepository::list_some(const Filter& filter, std::span<const std::int64_t> terminals) {
    std::string where = "WHERE ($1 = 0 OR u.id < $1)";
    Values values{filter.before, std::int64_t{filter.limit}};
    const auto parameter = [&](Value value) {
        values.push_back(std::move(value));
        return "$" + std::to_string(values.size());
    };
    std::string ids;
    for (const auto id : terminals) ids += (ids.empty() ? "" : ", ") + parameter(id);
    if (!ids.empty()) where += " AND u.terminal_id IN (" + ids + ")";
    if (!filter.state.empty()) where += " AND u.state = " + parameter(filter.state);
    std::vector<UploadRow> uploads;
    for (const Row& row : database_.query(std::string(select) + where + " ORDER BY u.id DESC LIMIT $2", values))
        uploads.push_back(row_from(row));
    return uploads;
}

bool UploadRepository::was_taken(std::int64_t terminal_id, const Sha256& sha256) {
    return !database_
                .query("SELECT id FROM upload WHERE terminal_id = $1 AND sha256 = $2 AND state = 'taken' LIMIT 1",
                       {terminal_id, blob_of(sha256)})
                .empty();
}

std::optional<std::string> UploadRepository::latest_terminal_number(std::int64_t terminal_id, const std::string& kind) {
    const auto rows = database_.query(
        "SELECT terminal_number FROM upload WHERE terminal_id = $1 AND kind = $2 AND terminal_number <> ''"
        " AND state = 'taken' AND new_punches > 0 ORDER BY id DESC LIMIT 1",
        {terminal_id, kind});
    if (rows.empty()) return std::nullopt;
    return rows.front().text(0);
}

Spread UploadRepository::find_spread(std::int64_t terminal_id, std::span<const Punch> punches) {
    constexpr std::size_t most_of_all = 20;
    constexpr std::size_t most_of_unknown = 100;
    const std::vector<Item> items = items_of(punches);
    const std::vector<bool> known = find_stored(database_, terminal_id, items);
    const std::vector<Item> unknown = without_those(items, known);
    Spread spread;
    spread.punches = static_cast<std::int64_t>(items.size());
    spread.known = static_cast<std::int64_t>(items.size() - unknown.size());
    for (const auto& [time, pin_key] : unknown) {
        const auto day = std::chrono::floor<std::chrono::days>(time);
        if (spread.new_days.empty() || spread.new_days.back() != day) spread.new_days.push_back(day);
    }

    Candidates found;
    const auto [looked_at, unused] = sample(database_, terminal_id, items, most_of_all, found);
    bool is_worth_it = std::any_of(found.begin(), found.end(), [looked = looked_at](const auto& each) {
        return is_worth_counting(each.second.seen, looked);
    });
    const auto [looked_at_unknown, elsewhere] = sample(database_, terminal_id, unknown, most_of_unknown, found);
    is_worth_it = is_worth_it || is_worth_counting(elsewhere, looked_at_unknown);
    if (!is_worth_it) return spread;

    std::vector<bool> anywhere(items.size());
    for (auto& [id, candidate] : found) {
        const std::vector<bool> stored = find_stored(database_, id, items);
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (!stored[i]) continue;
            ++candidate.other.punches;
            if (known[i]) continue;
            ++candidate.other.unknown;
            anywhere[i] = true;
        }
        spread.others.push_back(std::move(candidate.other));
    }
    spread.unknown_elsewhere = std::count(anywhere.begin(), anywhere.end(), true);
    std::stable_sort(spread.others.begin(), spread.others.end(),
                     [](const auto& a, const auto& b) { return a.punches > b.punches; });
    return spread;
}

}  // namespace presensi::storage
