#include "storage/terminal_repository.hpp"

#include <fmt/format.h>

#include <stdexcept>

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
    return terminal;
}

const std::string select_terminal =
    "SELECT id, serial, name, state, time_zone, unit, configured, first_seen, last_seen, address, firmware,"
    " push_version, model, platform, mac, users, records, facts FROM terminal";

// In the order of the columns of insert_terminal.
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
            row.facts};
}

const std::string insert_terminal =
    "INSERT INTO terminal (serial, name, state, time_zone, unit, configured, first_seen, last_seen, address, firmware,"
    " push_version, model, platform, mac, users, records, facts)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (serial) DO "
    "UPDATE "
    "SET ";

// What contact teaches. The first contact stays the first.
const std::string update_contact =
    "first_seen = COALESCE(terminal.first_seen, excluded.first_seen), last_seen = excluded.last_seen,"
    " address = excluded.address, firmware = excluded.firmware, push_version = excluded.push_version,"
    " model = excluded.model, platform = excluded.platform, mac = excluded.mac, users = excluded.users,"
    " records = excluded.records, facts = excluded.facts";

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
        insert_terminal +
            "name = excluded.name, state = excluded.state, time_zone = excluded.time_zone, unit = excluded.unit,"
            " configured = excluded.configured, first_seen = excluded.first_seen, last_seen = excluded.last_seen,"
            " address = excluded.address, firmware = excluded.firmware, push_version = excluded.push_version,"
            " model = excluded.model, platform = excluded.platform, mac = excluded.mac, users = excluded.users,"
            " records = excluded.records, facts = excluded.facts RETURNING id",
        values_of(row));
    return saved.at(0).integer(0);
}

std::vector<std::int64_t> TerminalRepository::save_contacts(std::span<const TerminalRow> rows) {
    std::vector<std::int64_t> ids;
    ids.reserve(rows.size());
    database_.transaction([&] {
        for (const TerminalRow& row : rows) {
            ids.push_back(
                database_.query(insert_terminal + update_contact + " RETURNING id", values_of(row)).at(0).integer(0));
        }
    });
    return ids;
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

}  // namespace presensi::storage
