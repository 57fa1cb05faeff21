#include "daemon/people/organisation_import.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <set>

#include "daemon/log.hpp"
#include "storage/delivery_repository.hpp"

namespace presensi::people {

namespace json = boost::json;
using attendance::format_day;
using attendance::format_time_of_day;

namespace {

// Leaves a transaction whose work was only to be looked at.
struct OnlyLooked {};

template <typename Item, typename Text>
json::array list_of(const std::vector<Item>& items, const Text& text) {
    json::array list;
    for (const Item& item : items) list.push_back(json::value(text(item)));
    return list;
}

std::string as_it_is(const std::string& text) { return text; }

std::string text_of(const attendance::Assignment& assignment) {
    return fmt::format("{} {}: {}, {}, {} to {}", assignment.serial, assignment.apel ? "apel" : "daily",
                       assignment.unit.empty() ? "all units" : assignment.unit,
                       assignment.group ? to_string(*assignment.group) : "all groups",
                       format_day(assignment.valid.from), assignment.valid.to ? format_day(*assignment.valid.to) : "…");
}

std::string text_of(const attendance::CalendarDay& holiday) {
    return fmt::format("{} {}: {}", format_day(holiday.day), to_string(holiday.kind), holiday.name);
}

std::string text_of(const attendance::Event& event) {
    return fmt::format("{} {} {}-{}", format_day(event.day), to_string(event.kind), format_time_of_day(event.opens),
                       format_time_of_day(event.closes));
}

constexpr auto described = [](const auto& item) { return text_of(item); };

}  // namespace

storage::OrganisationChanges import_within(storage::Database& database, const attendance::Organisation& organisation,
                                           const ImportAsk& ask) {
    storage::OrganisationChanges changes =
        storage::OrganisationRepository(database).import(organisation, ask.today, ask.at);
    if (ask.dry_run || changes.empty()) return changes;
    storage::append_audit(database, ask.at, ask.by, "organisation.import", "units_file",
                          json::serialize(to_json(changes)));
    return changes;
}

storage::OrganisationChanges import_organisation(storage::Database& database,
                                                 const attendance::Organisation& organisation, const ImportAsk& ask) {
    storage::OrganisationChanges changes;
    try {
        database.transaction([&] {
            changes = import_within(database, organisation, ask);
            if (ask.dry_run) throw OnlyLooked{};
        });
    } catch (const OnlyLooked&) {
        // Rolled back.
    }
    return changes;
}

void tell_of_units(const storage::OrganisationChanges& changes, const config::Settings& settings,
                   TerminalRegistry& registry) {
    if (!changes.empty()) {
        log::info("organisation.imported", "units_file brought something new",
                  {{"units", changes.units_added.size()},
                   {"units_changed", changes.units_changed.size()},
                   {"assignments", changes.assignments_added.size()},
                   {"assignments_ended", changes.assignments_ended.size()},
                   {"holidays", changes.holidays_added.size()},
                   {"events", changes.events_added.size()}});
    }
    for (const auto& remark : changes.remarks)
        log::warn("organisation.differs", "units_file and the store differ", {{"remark", remark}});
    std::set<std::string> unknown;
    for (const auto& assignment : settings.organisation.assignments) {
        if (registry.find(assignment.serial) == nullptr) unknown.insert(assignment.serial);
    }
    for (const auto& serial : unknown) {
        log::warn("organisation.unknown_terminal",
                  "units_file assigns a terminal that nobody knows; is its serial the one on its label?",
                  {{"terminal", serial}});
    }
}

json::object to_json(const storage::OrganisationChanges& changes) {
    json::object out;
    out["units"] = json::object{{"added", list_of(changes.units_added, as_it_is)},
                                {"changed", list_of(changes.units_changed, as_it_is)}};
    out["assignments"] = json::object{{"added", list_of(changes.assignments_added, described)},
                                      {"changed", list_of(changes.assignments_changed, described)},
                                      {"ended", list_of(changes.assignments_ended, described)}};
    out["holidays"] = json::object{{"added", list_of(changes.holidays_added, described)}};
    out["events"] = json::object{{"added", list_of(changes.events_added, described)}};
    out["remarks"] = list_of(changes.remarks, as_it_is);
    return out;
}

}  // namespace presensi::people
