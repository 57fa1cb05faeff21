#include "storage/postgres/postgres_intake.hpp"

#include <pqxx/binarystring>
#include <pqxx/connection_base>
#include <unordered_map>

#include "protocol/sha256.hpp"
#include "storage/postgres/binary_array.hpp"

namespace presensi::storage::postgres {
namespace {

constexpr std::int64_t ids_per_block = 1000;  // of the sequence delivery_id

// The columns of deliveries, as every statement here takes them.
#define PRESENSI_DELIVERY_COLUMNS \
    "(id, terminal_id, road, table_name, query, peer, received_at, sha256, unread, body, stamp_table, stamp)"
#define PRESENSI_DELIVERY_ARRAYS                                                                         \
    "unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[]," \
    " $8::bytea[], $9::smallint[], $10::bytea[], $11::text[], $12::text[]) AS d" PRESENSI_DELIVERY_COLUMNS

// Everything that is new, in one go. Answers a line per delivery that brought something: its id, its new punches, its
// new rejects, whether its unread content is new. $26: how many punches, rejects and unread contents there are; only if
// all of them are new do the stamps move here. "(… IN …) IS TRUE" keeps the planner to a hashed subplan: arrays look
// small to it, and it would choose a nested loop over thousands of deliveries.
constexpr auto insert_new =
    "WITH d AS MATERIALIZED (SELECT * FROM " PRESENSI_DELIVERY_ARRAYS
    "),"
    " p AS (INSERT INTO punch (delivery_id, terminal_id, road, received_at, line, device_time, pin, pin_key, state,"
    " verify, work_code, punched_at, grade)"
    " SELECT * FROM unnest($13::bigint[], $14::int[], $15::text[], $16::timestamptz[], $17::int[], $18::timestamp[],"
    " $19::text[], $20::text[], $21::smallint[], $22::smallint[], $23::text[], $24::timestamptz[], $25::text[])"
    " ON CONFLICT (terminal_id, device_time, pin_key) DO NOTHING RETURNING delivery_id),"
    " r AS (INSERT INTO reject (delivery_id, terminal_id, table_name, line, reason, bytes, sha256, length, received_at)"
    " SELECT * FROM unnest($27::bigint[], $28::int[], $29::text[], $30::int[], $31::text[], $32::bytea[], $33::bytea[],"
    " $34::bigint[], $35::timestamptz[])"
    " ON CONFLICT (terminal_id, table_name, sha256) DO NOTHING RETURNING delivery_id),"
    " u AS (INSERT INTO delivery (id, terminal_id, road, table_name, query, peer, received_at, sha256, unread, body)"
    " SELECT id, terminal_id, road, table_name, query, peer, received_at, sha256, 1, body FROM d WHERE unread = 1"
    " ON CONFLICT (terminal_id, table_name, sha256) WHERE unread = 1 DO NOTHING RETURNING id),"
    " found AS (SELECT delivery_id AS id, count(*) AS punches, 0 AS rejects, 0 AS unread FROM p GROUP BY delivery_id"
    " UNION ALL SELECT delivery_id, 0, count(*), 0 FROM r GROUP BY delivery_id"
    " UNION ALL SELECT id, 0, 0, 1 FROM u),"
    " brought AS MATERIALIZED (SELECT id, sum(punches) AS punches, sum(rejects) AS rejects, sum(unread) AS unread"
    " FROM found GROUP BY id),"
    " k AS (INSERT INTO delivery (id, terminal_id, road, table_name, query, peer, received_at, sha256, unread, body)"
    " SELECT id, terminal_id, road, table_name, query, peer, received_at, sha256, 0, body"
    " FROM d WHERE (id IN (SELECT id FROM brought WHERE unread = 0)) IS TRUE),"
    " s AS (INSERT INTO terminal_stamp (terminal_id, table_name, stamp)"
    " SELECT DISTINCT ON (terminal_id, stamp_table) terminal_id, stamp_table, stamp FROM d"
    " WHERE stamp IS NOT NULL AND (SELECT COALESCE(sum(punches + rejects + unread), 0) FROM brought) = $26::bigint"
    " ORDER BY terminal_id, stamp_table, id DESC"
    " ON CONFLICT (terminal_id, table_name) DO UPDATE SET stamp = excluded.stamp"
    " WHERE terminal_stamp.stamp <> excluded.stamp)"
    " SELECT id, punches, rejects, unread FROM brought";

// What the known punches among these lines add, a line per delivery and one with id 0 for the message. The message is
// empty, but its commit waits for the disk, and for the standby: what another session wrote, and we only found, is as
// safe afterwards as what we write.
constexpr auto insert_sightings =
    "WITH d AS MATERIALIZED (SELECT * FROM " PRESENSI_DELIVERY_ARRAYS
    "),"
    " s AS (INSERT INTO sighting (punch_id, delivery_id, road, line, state, verify, work_code)"
    " SELECT p.id, n.delivery_id, n.road, n.line, n.state, n.verify, n.work_code"
    " FROM unnest($13::bigint[], $14::int[], $15::text[], $16::int[], $17::timestamp[], $18::text[], $19::smallint[],"
    " $20::smallint[], $21::text[])"
    " AS n(delivery_id, terminal_id, road, line, device_time, pin_key, state, verify, work_code)"
    " JOIN punch p ON p.terminal_id = n.terminal_id AND p.device_time = n.device_time AND p.pin_key = n.pin_key"
    " WHERE p.road <> n.road OR COALESCE(p.state, -1) <> COALESCE(n.state, -1)"
    " OR COALESCE(p.verify, -1) <> COALESCE(n.verify, -1) OR COALESCE(p.work_code, '') <> COALESCE(n.work_code, '')"
    " ON CONFLICT (punch_id, road, COALESCE(state, -1), COALESCE(verify, -1), COALESCE(work_code, '')) DO NOTHING"
    " RETURNING delivery_id),"
    " brought AS MATERIALIZED (SELECT delivery_id AS id, count(*) AS sightings FROM s GROUP BY delivery_id),"
    " k AS (INSERT INTO delivery (id, terminal_id, road, table_name, query, peer, received_at, sha256, unread, body)"
    " SELECT id, terminal_id, road, table_name, query, peer, received_at, sha256, 0, body"
    " FROM d WHERE (id IN (SELECT id FROM brought)) IS TRUE ON CONFLICT (id) DO NOTHING),"
    " t AS (INSERT INTO terminal_stamp (terminal_id, table_name, stamp)"
    " SELECT DISTINCT ON (terminal_id, stamp_table) terminal_id, stamp_table, stamp FROM d WHERE stamp IS NOT NULL"
    " ORDER BY terminal_id, stamp_table, id DESC"
    " ON CONFLICT (terminal_id, table_name) DO UPDATE SET stamp = excluded.stamp"
    " WHERE terminal_stamp.stamp <> excluded.stamp),"
    " w AS MATERIALIZED (SELECT pg_logical_emit_message(true, 'presensi', ''))"
    " SELECT id, sightings FROM brought UNION ALL SELECT 0, count(*) FROM w";

std::string_view view_of(const Sha256& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

void add_or_null(BinaryArray& column, const std::optional<int>& value) {
    value ? column.add_int2(*value) : column.add_null();
}

void add_or_null(BinaryArray& column, const std::optional<std::string>& value) {
    value ? column.add(*value) : column.add_null();
}

using Parameters = std::vector<pqxx::binarystring>;

template <typename... Columns>
void pass(Parameters& parameters, Columns&... columns) {
    (parameters.emplace_back(columns.bytes()), ...);
}

struct DeliveryColumns {
    BinaryArray id{Type::int8}, terminal{Type::int4}, road{Type::text}, table{Type::text}, query{Type::text},
        peer{Type::text}, received{Type::timestamptz}, digest{Type::bytea}, unread{Type::int2}, body{Type::bytea},
        stamp_table{Type::text}, stamp{Type::text};

    void add(std::int64_t delivery_id, const Delivery& delivery, const Sha256& sha) {
        id.add_int8(delivery_id);
        terminal.add_int4(delivery.terminal_id);
        road.add(to_string(delivery.road));
        table.add(delivery.table);
        query.add(delivery.query);
        peer.add(delivery.peer);
        received.add(delivery.received_at);
        digest.add(view_of(sha));
        unread.add_int2(delivery.unread ? 1 : 0);
        body.add(delivery.body);
        if (delivery.stamp) {
            stamp_table.add(delivery.stamp->table);
            stamp.add(delivery.stamp->stamp);
        } else {
            stamp_table.add_null();
            stamp.add_null();
        }
    }
    void pass_to(Parameters& parameters) {
        pass(parameters, id, terminal, road, table, query, peer, received, digest, unread, body, stamp_table, stamp);
    }
};

struct PunchColumns {
    BinaryArray delivery{Type::int8}, terminal{Type::int4}, road{Type::text}, received{Type::timestamptz},
        line{Type::int4}, device_time{Type::timestamp}, pin{Type::text}, pin_key{Type::text}, state{Type::int2},
        verify{Type::int2}, work_code{Type::text}, punched_at{Type::timestamptz}, grade{Type::text};

    void add(std::int64_t delivery_id, const Delivery& from, const Punch& punch) {
        delivery.add_int8(delivery_id);
        terminal.add_int4(from.terminal_id);
        road.add(to_string(from.road));
        received.add(from.received_at);
        line.add_int4(punch.line);
        device_time.add(punch.device_time);
        pin.add(punch.pin);
        pin_key.add(punch.pin_key);
        add_or_null(state, punch.state);
        add_or_null(verify, punch.verify);
        add_or_null(work_code, punch.work_code);
        punched_at.add(punch.punched_at);
        grade.add(to_string(punch.grade));
    }
};

struct RejectColumns {
    BinaryArray delivery{Type::int8}, terminal{Type::int4}, table{Type::text}, line{Type::int4}, reason{Type::text},
        bytes{Type::bytea}, digest{Type::bytea}, length{Type::int8}, received{Type::timestamptz};

    void add(std::int64_t delivery_id, const Delivery& from, const Reject& reject) {
        delivery.add_int8(delivery_id);
        terminal.add_int4(from.terminal_id);
        table.add(from.table);
        line.add_int4(reject.line);
        reason.add(to_string(reject.reason));
        bytes.add(reject.bytes);
        digest.add(view_of(reject.sha256));
        length.add_int8(static_cast<std::int64_t>(reject.length));
        received.add(from.received_at);
    }
};

pqxx::binarystring int8_of(std::int64_t value) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(value >> (8 * (7 - i)));
    return pqxx::binarystring(bytes);
}

}  // namespace

// A call of append on its way into the tables.
struct PostgresIntake::Group {
    struct Part {
        const Delivery& delivery;
        std::int64_t id = 0;
        Sha256 sha{};
        bool all_new = false;
        Receipt receipt;
    };
    std::vector<Part> parts;
    std::unordered_map<std::int64_t, std::size_t> part_of;  // by delivery id

    Part& at(const pqxx::row& row) { return parts.at(part_of.at(row[0].as<std::int64_t>())); }
};

PostgresIntake::PostgresIntake(const SessionOptions& options, Watchdog& dog)
    : link_(options, dog, [](pqxx::connection_base& connection) {
          connection.prepare("insert_new", insert_new);
          connection.prepare("insert_sightings", insert_sightings);
      }) {}

std::vector<Receipt> PostgresIntake::append(std::span<const Delivery* const> deliveries) {
    if (deliveries.empty()) return {};
    std::vector<Sha256> digests;
    digests.reserve(deliveries.size());
    for (const Delivery* delivery : deliveries) digests.push_back(sha256(delivery->body));

    return link_.run_again([&](pqxx::connection_base& connection) {
        pqxx::nontransaction direct(connection);
        Group group;
        group.parts.reserve(deliveries.size());
        for (std::size_t i = 0; i < deliveries.size(); ++i) {
            group.parts.push_back({*deliveries[i], draw_delivery_id(direct), digests[i], false, {}});
            group.part_of.emplace(group.parts.back().id, i);
        }
        store_new(direct, group);
        store_sightings(direct, group);
        std::vector<Receipt> receipts;
        receipts.reserve(group.parts.size());
        for (const Group::Part& part : group.parts) receipts.push_back(part.receipt);
        return receipts;
    });
}

void PostgresIntake::announce() {
    if (!link_.connected()) return;
    link_.run([](pqxx::connection_base& connection) {
        pqxx::nontransaction(connection).exec("NOTIFY presensi_punch");
        return true;
    });
}

void PostgresIntake::store_new(pqxx::nontransaction& direct, Group& group) {
    DeliveryColumns d;
    PunchColumns p;
    RejectColumns r;
    std::int64_t items = 0;
    for (const Group::Part& part : group.parts) {
        const Delivery& delivery = part.delivery;
        d.add(part.id, delivery, part.sha);
        for (const Punch& punch : delivery.punches) p.add(part.id, delivery, punch);
        for (const Reject& reject : delivery.rejects) r.add(part.id, delivery, reject);
        items += static_cast<std::int64_t>(delivery.punches.size() + delivery.rejects.size());
        items += delivery.unread ? 1 : 0;
    }
    Parameters parameters;
    d.pass_to(parameters);
    pass(parameters, p.delivery, p.terminal, p.road, p.received, p.line, p.device_time, p.pin, p.pin_key, p.state,
         p.verify, p.work_code, p.punched_at, p.grade);
    parameters.push_back(int8_of(items));
    pass(parameters, r.delivery, r.terminal, r.table, r.line, r.reason, r.bytes, r.digest, r.length, r.received);

    for (const pqxx::row& row : direct.exec_prepared("insert_new", pqxx::prepare::make_dynamic_params(parameters))) {
        Group::Part& part = group.at(row);
        part.receipt.delivery_id = part.id;
        part.receipt.new_punches = row[1].as<std::uint32_t>();
        part.receipt.new_rejects = row[2].as<std::uint32_t>();
        part.all_new = part.delivery.unread == (row[3].as<int>() == 1);
    }
    for (Group::Part& part : group.parts) {
        const Delivery& delivery = part.delivery;
        part.receipt.known_punches = static_cast<std::uint32_t>(delivery.punches.size()) - part.receipt.new_punches;
        // With nothing to write it must wait for the disk all the same: its OK speaks for what came before.
        const bool is_empty = delivery.punches.empty() && delivery.rejects.empty() && !delivery.unread;
        part.all_new = !is_empty && part.all_new && part.receipt.known_punches == 0 &&
                       part.receipt.new_rejects == delivery.rejects.size();
    }
}

void PostgresIntake::store_sightings(pqxx::nontransaction& direct, Group& group) {
    DeliveryColumns d;
    PunchColumns n;
    bool something_known = false;
    for (const Group::Part& part : group.parts) {
        something_known = something_known || !part.all_new;
        if (part.all_new && !part.delivery.stamp) continue;
        d.add(part.id, part.delivery, part.sha);
        if (part.receipt.known_punches == 0) continue;
        for (const Punch& punch : part.delivery.punches) n.add(part.id, part.delivery, punch);
    }
    if (!something_known) return;
    Parameters parameters;
    d.pass_to(parameters);
    pass(parameters, n.delivery, n.terminal, n.road, n.line, n.device_time, n.pin_key, n.state, n.verify, n.work_code);
    for (const pqxx::row& row :
         direct.exec_prepared("insert_sightings", pqxx::prepare::make_dynamic_params(parameters))) {
        if (row[0].as<std::int64_t>() == 0) continue;
        Group::Part& part = group.at(row);
        part.receipt.delivery_id = part.id;
        part.receipt.new_sightings = row[1].as<std::uint32_t>();
    }
}

std::int64_t PostgresIntake::draw_delivery_id(pqxx::nontransaction& direct) {
    if (next_delivery_id_ == end_of_block_) {
        next_delivery_id_ = direct.exec("SELECT nextval('delivery_id')")[0][0].as<std::int64_t>();
        end_of_block_ = next_delivery_id_ + ids_per_block;
    }
    return next_delivery_id_++;
}

}  // namespace presensi::storage::postgres
