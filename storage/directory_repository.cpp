#include "storage/directory_repository.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <stdexcept>

namespace presensi::storage {
namespace {

using namespace attendance;

template <typename Known>
Known known(std::optional<Known> value, const std::string& text) {
    if (!value) throw std::logic_error(fmt::format("\"{}\" is not a value of this column", text));
    return *value;
}

Day day_of(const Row& row, std::size_t column) { return known(decode_day(row.text(column)), row.text(column)); }

// Of two columns, valid_from and valid_to.
Span span_of(const Row& row, std::size_t column) {
    Span span{day_of(row, column), std::nullopt};
    if (row.text_or_null(column + 1)) span.to = day_of(row, column + 1);
    return span;
}

std::chrono::minutes time_of(const Row& row, std::size_t column) {
    return known(decode_time_of_day(row.text(column)), row.text(column));
}

std::vector<CalendarDay> load_calendar(Database& database) {
    std::vector<CalendarDay> calendar;
    for (const Row& row : database.query("SELECT id, day, kind, name, source FROM calendar_day"
                                         " WHERE cancelled_at IS NULL ORDER BY day, id")) {
        calendar.push_back(
            {row.integer(0), day_of(row, 1), known(holiday_kind(row.text(2)), row.text(2)), row.text(3), row.text(4)});
    }
    return calendar;
}

std::vector<Event> load_events(Database& database) {
    std::vector<Event> events;
    for (const Row& row : database.query("SELECT id, kind, day, opens, closes, place, units, source FROM event"
                                         " WHERE cancelled_at IS NULL ORDER BY day, opens, id")) {
        events.push_back({row.integer(0), known(event_kind(row.text(1)), row.text(1)), day_of(row, 2), time_of(row, 3),
                          time_of(row, 4), row.text(5), decode_texts(row.text(6)), row.text(7)});
    }
    return events;
}

std::vector<Person> load_people(Database& database) {
    std::vector<Person> people;
    for (const Row& row : database.query("SELECT id, uuid, nip, name, kind FROM person ORDER BY id")) {
        people.push_back({row.integer(0), row.text(1), row.text_or_null(2).value_or(""), row.text(3),
                          known(person_kind(row.text(4)), row.text(4))});
    }
    return people;
}

std::vector<Membership> load_memberships(Database& database) {
    std::vector<Membership> memberships;
    for (const Row& row : database.query("SELECT person_id, unit, echelon, golongan, jabatan, valid_from, valid_to"
                                         " FROM unit_membership ORDER BY id")) {
        memberships.push_back({row.integer(0), row.text(1), known(echelon_group(row.text(2)), row.text(2)), row.text(3),
                               row.text(4), span_of(row, 5)});
    }
    return memberships;
}

std::vector<PinAssignment> load_pins(Database& database) {
    std::vector<PinAssignment> pins;
    for (const Row& row : database.query("SELECT person_id, serial, pin_key, valid_from, valid_to FROM pin_assignment"
                                         " ORDER BY id")) {
        pins.push_back({row.integer(0), row.text(1), row.text(2), span_of(row, 3)});
    }
    return pins;
}

}  // namespace

std::int64_t DirectoryRepository::version() {
    return database_.query("SELECT version FROM directory_version").at(0).integer(0);
}

void DirectoryRepository::changed() { database_.execute("UPDATE directory_version SET version = version + 1"); }

Facts DirectoryRepository::load() {
    Facts facts;
    facts.units = load_units();
    facts.assignments = load_assignments();
    facts.calendar = load_calendar(database_);
    facts.events = load_events(database_);
    facts.people = load_people(database_);
    facts.memberships = load_memberships(database_);
    facts.pins = load_pins(database_);
    return facts;
}

std::vector<Unit> DirectoryRepository::load_units() {
    std::vector<Unit> units;
    for (const Row& row : database_.query("SELECT code, name, kind, parent, aliases, valid_from, valid_to, merged_into,"
                                          " source FROM unit ORDER BY code")) {
        units.push_back({row.text(0), row.text(1), row.text(2), row.text(3), decode_texts(row.text(4)), span_of(row, 5),
                         row.text(7), row.text(8)});
    }
    return units;
}

std::vector<Assignment> DirectoryRepository::load_assignments() {
    std::vector<Assignment> assignments;
    for (const Row& row : database_.query("SELECT serial, unit, echelon, apel, valid_from, valid_to, source"
                                          " FROM terminal_assignment ORDER BY id")) {
        Assignment assignment;
        assignment.serial = row.text(0);
        assignment.unit = row.text(1);
        if (!row.text(2).empty()) assignment.group = known(echelon_group(row.text(2)), row.text(2));
        assignment.apel = row.integer(3) != 0;
        assignment.valid = span_of(row, 4);
        assignment.source = row.text(6);
        assignments.push_back(std::move(assignment));
    }
    return assignments;
}

std::string encode_texts(const std::vector<std::string>& texts) {
    boost::json::array list;
    for (const auto& text : texts) list.push_back(boost::json::value(text));
    return boost::json::serialize(list);
}

std::vector<std::string> decode_texts(const std::string& json) {
    boost::system::error_code unreadable;
    const auto value = boost::json::parse(json, unreadable);
    if (unreadable || !value.is_array()) throw std::logic_error(fmt::format("\"{}\" is no list of texts", json));
    std::vector<std::string> texts;
    for (const auto& item : value.get_array()) {
        if (!item.is_string()) throw std::logic_error(fmt::format("\"{}\" is no list of texts", json));
        texts.emplace_back(item.get_string());
    }
    return texts;
}

}  // namespace presensi::storage
