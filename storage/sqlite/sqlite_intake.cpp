#include "storage/sqlite/sqlite_intake.hpp"

#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage::sqlite {
namespace {

Bytes bytes_of(const Sha256& digest) { return {{reinterpret_cast<const char*>(digest.data()), digest.size()}}; }

}  // namespace

SqliteIntake::SqliteIntake(Connection connection)
    : connection_(std::move(connection)),
      insert_delivery_(Statement::prepare(
          connection_,
          "INSERT INTO delivery (terminal_id, road, table_name, query, peer, received_at, sha256, unread, body)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")),
      find_unread_(Statement::prepare(
          connection_,
          "SELECT 1 FROM delivery WHERE terminal_id = ? AND table_name = ? AND sha256 = ? AND unread = 1")),
      insert_punch_(Statement::prepare(
          connection_,
          "INSERT INTO punch (terminal_id, device_time, pin, pin_key, road, state, verify, work_code, punched_at,"
          " received_at, grade, delivery_id, line) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
          " ON CONFLICT (terminal_id, device_time, pin_key) DO NOTHING")),
      find_punch_(Statement::prepare(connection_,
                                     "SELECT id, road, state, verify, work_code FROM punch"
                                     " WHERE terminal_id = ? AND device_time = ? AND pin_key = ?")),
      insert_sighting_(
          Statement::prepare(connection_,
                             "INSERT INTO sighting (punch_id, delivery_id, road, line, state, verify, work_code)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?)")),
      // The expressions are those of the index sighting_once.
      find_sighting_(Statement::prepare(
          connection_,
          "SELECT 1 FROM sighting WHERE punch_id = ? AND road = ? AND COALESCE(state, -1) = COALESCE(?, -1)"
          " AND COALESCE(verify, -1) = COALESCE(?, -1) AND COALESCE(work_code, '') = COALESCE(?, '')")),
      insert_reject_(Statement::prepare(
          connection_,
          "INSERT INTO reject (delivery_id, terminal_id, table_name, line, reason, bytes, sha256, length, received_at)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")),
      find_reject_(Statement::prepare(connection_,
                                      "SELECT 1 FROM reject WHERE terminal_id = ? AND table_name = ? AND sha256 = ?")),
      move_stamp_(Statement::prepare(connection_,
                                     "INSERT INTO terminal_stamp (terminal_id, table_name, stamp) VALUES (?, ?, ?)"
                                     " ON CONFLICT (terminal_id, table_name) DO UPDATE SET stamp = excluded.stamp"
                                     " WHERE terminal_stamp.stamp <> excluded.stamp")) {}

std::vector<Receipt> SqliteIntake::append(std::span<const Delivery* const> deliveries) {
    // SQLite goes on writing into a file that was removed or replaced under it.
    if (connection_.has_moved()) throw StoreUnavailable("the database file was removed or replaced; restart presensid");
    std::vector<Receipt> receipts;
    receipts.reserve(deliveries.size());
    Transaction transaction(connection_);
    const std::int64_t before = connection_.total_changes();
    for (const Delivery* delivery : deliveries) receipts.push_back(file(*delivery));
    // Nothing new: the transaction rolls back, and a terminal that re-sends for ever costs no sync.
    if (connection_.total_changes() != before) transaction.commit();
    return receipts;
}

Receipt SqliteIntake::file(const Delivery& delivery) {
    Filing filing{delivery, format_utc(delivery.received_at), false, {}};
    if (delivery.unread) {
        const Sha256 digest = sha256(delivery.body);
        filing.new_content = !find_unread_.select(delivery.terminal_id, delivery.table, bytes_of(digest)).next();
        if (filing.new_content) keep(filing);
    }
    for (const Punch& punch : delivery.punches) file_punch(filing, punch);
    for (const Reject& reject : delivery.rejects) file_reject(filing, reject);
    if (delivery.stamp) move_stamp_.run(delivery.terminal_id, delivery.stamp->table, delivery.stamp->stamp);
    return filing.receipt;
}

void SqliteIntake::keep(Filing& filing) {
    if (filing.kept()) return;
    const Delivery& delivery = filing.delivery;
    const Sha256 digest = sha256(delivery.body);
    insert_delivery_.run(delivery.terminal_id, to_string(delivery.road), delivery.table, delivery.query, delivery.peer,
                         filing.received_at, bytes_of(digest), filing.new_content ? 1 : 0, Bytes{delivery.body});
    filing.receipt.delivery_id = connection_.last_id();
}

void SqliteIntake::file_punch(Filing& filing, const Punch& punch) {
    const std::string device_time = format_device_time(punch.device_time);
    // Only while the delivery has no row to refer to must we look before inserting: a delivery of new punches looks
    // once, and one that brings nothing new writes nothing.
    std::optional<KnownPunch> known;
    if (!filing.kept()) known = find_punch(filing, punch, device_time);
    if (!known) {
        keep(filing);
        if (insert_punch(filing, punch, device_time)) {
            ++filing.receipt.new_punches;
            return;
        }
        known = find_punch(filing, punch, device_time);
    }
    ++filing.receipt.known_punches;
    file_sighting(filing, known.value(), punch);
}

std::optional<SqliteIntake::KnownPunch> SqliteIntake::find_punch(const Filing& filing, const Punch& punch,
                                                                 const std::string& device_time) {
    Cursor row = find_punch_.select(filing.delivery.terminal_id, device_time, punch.pin_key);
    if (!row.next()) return std::nullopt;
    return KnownPunch{row.integer(0), row.text(1), row.integer_or_null(2), row.integer_or_null(3), row.text_or_null(4)};
}

bool SqliteIntake::insert_punch(const Filing& filing, const Punch& punch, const std::string& device_time) {
    const std::int64_t before = connection_.total_changes();
    insert_punch_.run(filing.delivery.terminal_id, device_time, punch.pin, punch.pin_key,
                      to_string(filing.delivery.road), punch.state, punch.verify, punch.work_code,
                      format_utc(punch.punched_at), filing.received_at, to_string(punch.grade),
                      filing.receipt.delivery_id, punch.line);
    return connection_.total_changes() != before;
}

void SqliteIntake::file_sighting(Filing& filing, const KnownPunch& known, const Punch& punch) {
    const std::string_view road = to_string(filing.delivery.road);
    const bool same_attributes = known.state.value_or(-1) == punch.state.value_or(-1) &&
                                 known.verify.value_or(-1) == punch.verify.value_or(-1) &&
                                 known.work_code.value_or("") == punch.work_code.value_or("");
    if (known.road == road && same_attributes) return;
    if (find_sighting_.select(known.id, road, punch.state, punch.verify, punch.work_code).next()) return;
    keep(filing);
    insert_sighting_.run(known.id, filing.receipt.delivery_id, road, punch.line, punch.state, punch.verify,
                         punch.work_code);
    ++filing.receipt.new_sightings;
}

void SqliteIntake::file_reject(Filing& filing, const Reject& reject) {
    const Delivery& delivery = filing.delivery;
    if (find_reject_.select(delivery.terminal_id, delivery.table, bytes_of(reject.sha256)).next()) return;
    keep(filing);
    insert_reject_.run(filing.receipt.delivery_id, delivery.terminal_id, delivery.table, reject.line,
                       to_string(reject.reason), Bytes{reject.bytes}, bytes_of(reject.sha256),
                       static_cast<std::int64_t>(reject.length), filing.received_at);
    ++filing.receipt.new_rejects;
}

}  // namespace presensi::storage::sqlite
