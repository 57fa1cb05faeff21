#include "storage/organisation_repository.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "storage/directory_repository.hpp"

namespace presensi::storage {
namespace {

using namespace attendance;

Value day_or_null(const std::optional<Day>& day) { return day ? Value(format_day(*day)) : Value(); }

std::string text_of(const std::optional<Day>& day) { return day ? format_day(*day) : ""; }

std::string text_of(const std::optional<EchelonGroup>& group) { return group ? std::string(to_string(*group)) : ""; }

Values values_of(const Unit& unit) {
    return {unit.code,
            unit.name,
            unit.kind,
            unit.parent,
            encode_texts(unit.aliases),
            format_day(unit.valid.from),
            day_or_null(unit.valid.to),
            unit.merged_into,
            unit.source};
}

Values values_of(const Assignment& assignment) {
    return {assignment.serial,
            assignment.unit,
            text_of(assignment.group),
            std::int64_t{assignment.apel ? 1 : 0},
            format_day(assignment.valid.from),
            day_or_null(assignment.valid.to),
            assignment.source};
}

// What differs, for people: name "old" → "new", …; empty: nothing.
std::string differences(const Unit& before, const Unit& after) {
    std::string text;
    const auto note = [&](const char* field, const std::string& old_value, const std::string& new_value) {
        if (old_value == new_value) return;
        text += fmt::format("{}{} \"{}\" → \"{}\"", text.empty() ? "" : ", ", field, old_value, new_value);
    };
    note("name", before.name, after.name);
    note("kind", before.kind, after.kind);
    note("parent", before.parent, after.parent);
    note("aliases", encode_texts(before.aliases), encode_texts(after.aliases));
    note("from", format_day(before.valid.from), format_day(after.valid.from));
    note("to", text_of(before.valid.to), text_of(after.valid.to));
    note("merged_into", before.merged_into, after.merged_into);
    note("source", before.source, after.source);
    return text;
}

// The columns that make an assignment one (the unique key of its table).
auto key_of(const Assignment& assignment) {
    return std::tuple(assignment.serial, assignment.unit, text_of(assignment.group), assignment.apel,
                      assignment.valid.from);
}

}  // namespace

bool OrganisationChanges::empty() const {
    return units_added.empty() && units_changed.empty() && assignments_added.empty() && assignments_changed.empty() &&
           assignments_ended.empty() && holidays_added.empty() && events_added.empty();
}

OrganisationChanges OrganisationRepository::import(const Organisation& organisation, Day today, const std::string& at) {
    OrganisationChanges changes;
    import_units(organisation.units, changes);
    import_assignments(organisation.assignments, today, changes);
    for (const CalendarDay& holiday : organisation.holidays) import_holiday(holiday, at, changes);
    for (const Event& event : organisation.events) import_event(event, at, changes);
    std::set<std::string> holidays;
    for (const Row& row : database_.query("SELECT day FROM calendar_day WHERE cancelled_at IS NULL"))
        holidays.insert(row.text(0));
    for (const Event& event : organisation.weekly_events) {
        if (!holidays.contains(format_day(event.day))) import_event(event, at, changes);
    }
    if (!changes.empty()) DirectoryRepository(database_).changed();
    return changes;
}

void OrganisationRepository::import_units(const std::vector<Unit>& units, OrganisationChanges& changes) {
    std::map<std::string, Unit> stored;
    for (Unit& unit : DirectoryRepository(database_).load_units()) stored.emplace(unit.code, std::move(unit));
    for (const Unit& unit : units) {
        const auto known = stored.find(unit.code);
        const std::string different = known == stored.end() ? "" : differences(known->second, unit);
        if (known != stored.end() && different.empty()) continue;
        database_.execute(
            "INSERT INTO unit (code, name, kind, parent, aliases, valid_from, valid_to, merged_into, source)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (code) DO UPDATE SET name = excluded.name,"
            " kind = excluded.kind, parent = excluded.parent, aliases = excluded.aliases,"
            " valid_from = excluded.valid_from, valid_to = excluded.valid_to, merged_into = excluded.merged_into,"
            " source = excluded.source",
            values_of(unit));
        if (known == stored.end())
            changes.units_added.push_back(unit.code);
        else
            changes.units_changed.push_back(unit.code + ": " + different);
    }
    for (const auto& known : stored) {
        const std::string& code = known.first;
        if (std::none_of(units.begin(), units.end(), [&](const Unit& named) { return named.code == code; }))
            changes.remarks.push_back(fmt::format("unit {} is stored and not named any more; it stays", code));
    }
}

void OrganisationRepository::import_assignments(const std::vector<Assignment>& assignments, Day today,
                                                OrganisationChanges& changes) {
    std::map<decltype(key_of(Assignment{})), Assignment> stored;
    for (Assignment& assignment : DirectoryRepository(database_).load_assignments())
        stored.emplace(key_of(assignment), std::move(assignment));
    const auto save = [&](const Assignment& assignment) {
        database_.execute(
            "INSERT INTO terminal_assignment (serial, unit, echelon, apel, valid_from, valid_to, source)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (serial, unit, echelon, apel, valid_from)"
            " DO UPDATE SET valid_to = excluded.valid_to, source = excluded.source",
            values_of(assignment));
    };
    for (const Assignment& assignment : assignments) {
        const auto known = stored.find(key_of(assignment));
        if (known == stored.end()) {
            save(assignment);
            changes.assignments_added.push_back(assignment);
            continue;
        }
        if (known->second.valid != assignment.valid || known->second.source != assignment.source) {
            save(assignment);
            changes.assignments_changed.push_back(assignment);
        }
        stored.erase(known);
    }
    for (auto& [key, assignment] : stored) {
        if (assignment.valid.to && *assignment.valid.to <= std::max(today, assignment.valid.from)) continue;
        assignment.valid.to = std::max(today, assignment.valid.from);
        save(assignment);
        changes.assignments_ended.push_back(assignment);
    }
}

void OrganisationRepository::import_holiday(const CalendarDay& holiday, const std::string& at,
                                            OrganisationChanges& changes) {
    for (const Row& row : database_.query("SELECT name, source, cancelled_at FROM calendar_day"
                                          " WHERE day = $1 AND kind = $2 ORDER BY id",
                                          {format_day(holiday.day), std::string(to_string(holiday.kind))})) {
        const bool is_same = row.text(0) == holiday.name && row.text(1) == holiday.source;
        if (is_same) return;
        if (row.text_or_null(2)) continue;
        changes.remarks.push_back(fmt::format("the holiday of {} stands as \"{}\" ({}); cancel that one to change it",
                                              format_day(holiday.day), row.text(0), row.text(1)));
        return;
    }
    if (insert(holiday, at)) changes.holidays_added.push_back(holiday);
}

void OrganisationRepository::import_event(const Event& event, const std::string& at, OrganisationChanges& changes) {
    for (const Row& row : database_.query("SELECT closes, units, source, cancelled_at FROM event"
                                          " WHERE day = $1 AND kind = $2 AND opens = $3 AND place = $4 ORDER BY id",
                                          {format_day(event.day), std::string(to_string(event.kind)),
                                           format_time_of_day(event.opens), event.place})) {
        const bool is_same = row.text(0) == format_time_of_day(event.closes) &&
                             row.text(1) == encode_texts(event.units) && row.text(2) == event.source;
        if (is_same) return;
        if (row.text_or_null(3)) continue;
        changes.remarks.push_back(fmt::format("the {} of {} at {} stands otherwise; cancel that one to change it",
                                              to_string(event.kind), format_day(event.day),
                                              format_time_of_day(event.opens)));
        return;
    }
    if (insert(event, at)) changes.events_added.push_back(event);
}

std::optional<std::int64_t> OrganisationRepository::insert(const CalendarDay& holiday, const std::string& at) {
    const auto rows = database_.query(
        "INSERT INTO calendar_day (day, kind, name, source, recorded_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (day, kind) WHERE cancelled_at IS NULL DO NOTHING RETURNING id",
        {format_day(holiday.day), std::string(to_string(holiday.kind)), holiday.name, holiday.source, at});
    return rows.empty() ? std::nullopt : std::optional(rows.front().integer(0));
}

std::optional<std::int64_t> OrganisationRepository::insert(const Event& event, const std::string& at) {
    const auto rows = database_.query(
        "INSERT INTO event (kind, day, opens, closes, place, units, source, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (day, kind, opens, place) WHERE cancelled_at IS NULL DO NOTHING RETURNING id",
        {std::string(to_string(event.kind)), format_day(event.day), format_time_of_day(event.opens),
         format_time_of_day(event.closes), event.place, encode_texts(event.units), event.source, at});
    return rows.empty() ? std::nullopt : std::optional(rows.front().integer(0));
}

std::optional<std::int64_t> OrganisationRepository::add(const CalendarDay& holiday, const std::string& at) {
    const auto id = insert(holiday, at);
    if (id) DirectoryRepository(database_).changed();
    return id;
}

std::optional<std::int64_t> OrganisationRepository::add(const Event& event, const std::string& at) {
    const auto id = insert(event, at);
    if (id) DirectoryRepository(database_).changed();
    return id;
}

OrganisationRepository::Cancelled OrganisationRepository::cancel_holiday(std::int64_t id, const std::string& reason,
                                                                         const std::string& at) {
    return cancel("calendar_day", id, reason, at);
}

OrganisationRepository::Cancelled OrganisationRepository::cancel_event(std::int64_t id, const std::string& reason,
                                                                       const std::string& at) {
    return cancel("event", id, reason, at);
}

OrganisationRepository::Cancelled OrganisationRepository::cancel(const std::string& table, std::int64_t id,
                                                                 const std::string& reason, const std::string& at) {
    if (database_.execute(
            "UPDATE " + table + " SET cancelled_at = $2, cancelled_for = $3 WHERE id = $1 AND cancelled_at IS NULL",
            {id, at, reason}) > 0) {
        DirectoryRepository(database_).changed();
        return Cancelled::done;
    }
    return database_.query("SELECT 1 FROM " + table + " WHERE id = $1", {id}).empty() ? Cancelled::unknown
                                                                                      : Cancelled::was_already;
}

}  // namespace presensi::storage
