#include "storage/terminal_repository.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace presensi::storage {
namespace {

Value null_if_empty(const std::string& text) { return text.empty() ? Value{} : Value{text}; }

Value value_of(const std::optional<std::int64_t>& number) { return number ? Value{*number} : Value{}; }

std::string text_or_empty(const Row& row, std::size_t column) { return row.text_or_null(column).value_or(""); }

TerminalState read_state(const std::string& name) {
    const std::optional<TerminalState> state = terminal_state(name);
    if (!state) throw std::logic_error(fmt::format("terminal.state is \"{}\"", name));
    return *state;
}

TerminalRow read_terminal(const Row& row) {
    TerminalRow terminal;
    terminal.id = row.integer(0);
    terminal.serial = row.text(1);
    terminal.name = row.text(2);
    terminal.state = read_state(row.text(3));
    terminal.time_zone = row.text(4);
    terminal.unit = row.text(5);
    terminal.configured = row.text(6);
    terminal.first_seen = text_or_empty(row, 7);
    terminal.last_seen = text_or_empty(row, 8);
    terminal.address = row.text(9);
    terminal.firmware = row.text(10);
    terminal.push_version = row.text(11);
    terminal.model = row.text(12);
    terminal.platform = row.text(13);
    terminal.mac = row.text(14);
    terminal.users = row.integer_or_null(15);
    terminal.records = row.integer_or_null(16);
    terminal.facts = row.text(17);
    terminal.added_at = text_or_empty(row, 18);
    return terminal;
}

const std::string select_terminal =
    "SELECT id, serial, name, state, time_zone, unit, configured, first_seen, last_seen, address, firmware,"
    " push_version, model, platform, mac, users, records, facts, added_at FROM terminal";

// In the order of the columns of insert_terminals().
Values values_of(const TerminalRow& row) {
    return {row.serial,
            row.name,
            std::string(to_string(row.state)),
            row.time_zone,
            row.unit,
            row.configured,
            null_if_empty(row.first_seen),
            null_if_empty(row.last_seen),
            row.address,
            row.firmware,
            row.push_version,
            row.model,
            row.platform,
            row.mac,
            value_of(row.users),
            value_of(row.records),
            row.facts,
            null_if_empty(row.added_at)};
}

constexpr std::size_t columns = 18;

// For `rows` terminals at once.
std::string insert_terminals(std::size_t rows) {
    std::string sql =
        "INSERT INTO terminal (serial, name, state, time_zone, unit, configured, first_seen, last_seen, address,"
        " firmware, push_version, model, platform, mac, users, records, facts, added_at) VALUES ";
    for (std::size_t i = 0; i < rows * columns; ++i) {
        const bool is_first = i % columns == 0;
        sql += fmt::format("{}${}{}", is_first ? (i == 0 ? "(" : ", (") : ", ", i + 1,
                           i % columns == columns - 1 ? ")" : "");
    }
    return sql + " ON CONFLICT (serial) DO UPDATE SET ";
}

// What contact teaches. The first contact stays the first, and what this contact did not say stays, too.
const std::string update_contact =
    "first_seen = COALESCE(terminal.first_seen, excluded.first_seen), last_seen = excluded.last_seen,"
    " address = COALESCE(NULLIF(excluded.address, ''), terminal.address),"
    " firmware = COALESCE(NULLIF(excluded.firmware, ''), terminal.firmware),"
    " push_version = COALESCE(NULLIF(excluded.push_version, ''), terminal.push_version),"
    " model = COALESCE(NULLIF(excluded.model, ''), terminal.model),"
    " platform = COALESCE(NULLIF(excluded.platform, ''), terminal.platform),"
    " mac = COALESCE(NULLIF(excluded.mac, ''), terminal.mac), users = COALESCE(excluded.users, terminal.users),"
    " records = COALESCE(excluded.records, terminal.records),"
    " facts = COALESCE(NULLIF(excluded.facts, ''), terminal.facts)";

constexpr std::size_t contacts_at_once = 100;

}  // namespace

std::string_view to_string(TerminalState state) {
    switch (state) {
        case TerminalState::seen:
            return "seen";
        case TerminalState::approved:
            return "approved";
        case TerminalState::suspended:
            return "suspended";
        case TerminalState::retired:
            return "retired";
    }
    return "";
}

std::optional<TerminalState> terminal_state(std::string_view name) {
    for (const TerminalState state :
         {TerminalState::seen, TerminalState::approved, TerminalState::suspended, TerminalState::retired}) {
        if (to_string(state) == name) return state;
    }
    return std::nullopt;
}

std::vector<TerminalRow> TerminalRepository::load_all() {
    std::vector<TerminalRow> terminals;
    for (const Row& row : database_.query(select_terminal + " ORDER BY id")) terminals.push_back(read_terminal(row));
    return terminals;
}

std::optional<TerminalRow> TerminalRepository::find(std::string_view serial) {
    const std::vector<Row> rows = database_.query(select_terminal + " WHERE serial = $1", {std::string(serial)});
    if (rows.empty()) return std::nullopt;
    return read_terminal(rows.front());
}

std::int64_t TerminalRepository::save(const TerminalRow& row) {
    const std::vector<Row> saved = database_.query(
        insert_terminals(1) +
            "name = excluded.name, state = excluded.state, time_zone = excluded.time_zone, unit = excluded.unit,"
            " configured = excluded.configured, first_seen = excluded.first_seen, last_seen = excluded.last_seen,"
            " address = excluded.address, firmware = excluded.firmware, push_version = excluded.push_version,"
            " model = excluded.model, platform = excluded.platform, mac = excluded.mac, users = excluded.users,"
            " records = excluded.records, facts = excluded.facts RETURNING id",
        values_of(row));
    return saved.at(0).integer(0);
}

std::vector<std::int64_t> TerminalRepository::save_contacts(std::span<const TerminalRow> rows) {
    std::map<std::string, std::int64_t> ids;
    // Many at once, always in the order of their serials: on a slow line one by one would hold their rows for seconds,
    // and two daemons that went different ways would wait for each other.
    std::vector<const TerminalRow*> in_order;
    for (const TerminalRow& row : rows) in_order.push_back(&row);
    std::sort(in_order.begin(), in_order.end(), [](const auto* a, const auto* b) { return a->serial < b->serial; });
    database_.transaction([&] {
        ids.clear();
        for (std::size_t begin = 0; begin < in_order.size(); begin += contacts_at_once) {
            const auto end = std::min(begin + contacts_at_once, in_order.size());
            Values values;
            for (std::size_t i = begin; i < end; ++i) {
                for (Value& value : values_of(*in_order[i])) values.push_back(std::move(value));
            }
            const auto sql = insert_terminals(end - begin) + update_contact + " RETURNING serial, id";
            for (const Row& row : database_.query(sql, values)) ids[row.text(0)] = row.integer(1);
        }
    });
    std::vector<std::int64_t> list;
    for (const TerminalRow& row : rows) list.push_back(ids.at(row.serial));
    return list;
}

std::vector<TerminalRepository::Stamp> TerminalRepository::load_stamps() {
    std::vector<Stamp> stamps;
    for (const Row& row : database_.query(
             "SELECT terminal_id, table_name, stamp FROM terminal_stamp ORDER BY terminal_id, table_name")) {
        stamps.push_back({row.integer(0), row.text(1), row.text(2)});
    }
    return stamps;
}

std::vector<TerminalRepository::DayCount> TerminalRepository::count_punches(const std::string& from,
                                                                            const std::string& to) {
    // Terminal by terminal, because each is one short range of the unique index (architecture 3.1).
    std::vector<DayCount> counts;
    for (const Row& row :
         database_.query("SELECT t.id, (SELECT count(*) FROM punch p WHERE p.terminal_id = t.id"
                         " AND p.device_time >= $1 AND p.device_time < $2) FROM terminal t ORDER BY t.id",
                         {from, to})) {
        counts.push_back({row.integer(0), row.integer(1)});
    }
    return counts;
}

bool TerminalRepository::has_punch(std::int64_t terminal_id, const std::string& from, const std::string& to) {
    return !database_
                .query("SELECT 1 FROM punch WHERE terminal_id = $1 AND device_time >= $2 AND device_time < $3 LIMIT 1",
                       {terminal_id, from, to})
                .empty();
}

std::vector<TerminalRepository::Suspect> TerminalRepository::list_suspects(std::int64_t terminal_id,
                                                                           const std::string& from,
                                                                           const std::string& to,
                                                                           const std::string& received_from,
                                                                           const std::string& received_to) {
    std::vector<Suspect> suspects;
    for (const auto& row :
         database_.query("SELECT punched_at, received_at FROM punch WHERE terminal_id = $1 AND device_time >= $2"
                         " AND device_time < $3 AND grade = 'suspect' AND received_at >= $4 AND received_at < $5",
                         {terminal_id, from, to, received_from, received_to})) {
        suspects.push_back({row.text(0), row.text(1)});
    }
    return suspects;
}

}  // namespace presensi::storage
