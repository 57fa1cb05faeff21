#include "storage/person_repository.hpp"

#include <map>
#include <stdexcept>

#include "protocol/pin.hpp"
#include "storage/insert_rows.hpp"

namespace presensi::storage {
namespace {

using attendance::format_day;

Value null_if_empty(const std::string& text) { return text.empty() ? Value{} : Value{text}; }

Value end_of(const attendance::Span& span) { return span.to ? Value{format_day(*span.to)} : Value{}; }

attendance::Day day_of(const std::string& text) {
    const auto day = attendance::decode_day(text);
    if (!day) throw std::logic_error("\"" + text + "\" is no day");
    return *day;
}

Values values_of(const attendance::Membership& membership) {
    return {membership.person,       membership.unit,    std::string(to_string(membership.group)),
            membership.golongan,     membership.jabatan, format_day(membership.valid.from),
            end_of(membership.valid)};
}

constexpr const char* insert_membership =
    "INSERT INTO unit_membership (person_id, unit, echelon, golongan, jabatan, valid_from, valid_to)";

constexpr const char* select_pin =
    "SELECT id, person_id, serial, pin, valid_from, valid_to, reason, assigned_by, assigned_at FROM pin_assignment";

PinRow read_pin(const Row& row) {
    PinRow pin;
    pin.id = row.integer(0);
    pin.person_id = row.integer(1);
    pin.serial = row.text(2);
    pin.pin = row.text(3);
    pin.valid.from = day_of(row.text(4));
    if (const auto to = row.text_or_null(5)) pin.valid.to = day_of(*to);
    pin.reason = row.text(6);
    pin.assigned_by = row.text(7);
    pin.assigned_at = row.text(8);
    return pin;
}

}  // namespace

std::vector<std::int64_t> PersonRepository::add(std::span<const attendance::Person> people, const std::string& at) {
    std::vector<Values> rows;
    for (const auto& person : people) {
        rows.push_back({person.uuid, null_if_empty(person.nip), person.name, std::string(to_string(person.kind)), at});
    }
    std::map<std::string, std::int64_t> ids;
    for (const Row& row :
         insert_rows(database_, "INSERT INTO person (uuid, nip, name, kind, created_at)", rows, "RETURNING uuid, id")) {
        ids[row.text(0)] = row.integer(1);
    }
    std::vector<std::int64_t> in_order;
    for (const auto& person : people) in_order.push_back(ids.at(person.uuid));
    return in_order;
}

void PersonRepository::change(const attendance::Person& person) {
    database_.execute("UPDATE person SET nip = $2, name = $3, kind = $4 WHERE id = $1",
                      {person.id, null_if_empty(person.nip), person.name, std::string(to_string(person.kind))});
}

void PersonRepository::add_memberships(std::span<const attendance::Membership> memberships) {
    std::vector<Values> rows;
    for (const auto& membership : memberships) rows.push_back(values_of(membership));
    insert_rows(database_, insert_membership, rows);
}

void PersonRepository::set_membership(const attendance::Membership& membership) {
    database_.execute(
        "UPDATE unit_membership SET valid_to = $2 WHERE person_id = $1 AND valid_from < $2"
        " AND (valid_to IS NULL OR valid_to > $2)",
        {membership.person, format_day(membership.valid.from)});
    insert_rows(database_, insert_membership, {values_of(membership)},
                "ON CONFLICT (person_id, valid_from) DO UPDATE SET unit = excluded.unit, echelon = excluded.echelon,"
                " golongan = excluded.golongan, jabatan = excluded.jabatan, valid_to = excluded.valid_to");
}

void PersonRepository::end_membership(std::int64_t person_id, attendance::Day to) {
    database_.execute("UPDATE unit_membership SET valid_to = $2 WHERE person_id = $1 AND valid_to IS NULL",
                      {person_id, format_day(to)});
}

void PersonRepository::add_pins(std::span<const PinRow> pins) {
    std::vector<Values> rows;
    for (const auto& pin : pins) {
        rows.push_back({pin.person_id, pin.serial, pin.pin, pin_key(pin.pin), format_day(pin.valid.from),
                        end_of(pin.valid), pin.reason, pin.assigned_by, pin.assigned_at});
    }
    insert_rows(database_,
                "INSERT INTO pin_assignment (person_id, serial, pin, pin_key, valid_from, valid_to, reason,"
                " assigned_by, assigned_at)",
                rows);
}

std::vector<PinRow> PersonRepository::list_pins(std::int64_t person_id) {
    std::vector<PinRow> pins;
    for (const Row& row :
         database_.query(std::string(select_pin) + " WHERE person_id = $1 ORDER BY valid_from, id", {person_id})) {
        pins.push_back(read_pin(row));
    }
    return pins;
}

std::optional<PinRow> PersonRepository::find_pin(std::int64_t id) {
    const auto rows = database_.query(std::string(select_pin) + " WHERE id = $1", {id});
    if (rows.empty()) return std::nullopt;
    return read_pin(rows.front());
}

void PersonRepository::end_pin(std::int64_t id, attendance::Day to) {
    database_.execute("UPDATE pin_assignment SET valid_to = $2 WHERE id = $1", {id, format_day(to)});
}

}  // namespace presensi::storage
