#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attendance/organisation.hpp"
#include "storage/database.hpp"

namespace presensi::storage {

// What an import did, or would do. Lists hold codes and days, not names of people.
struct OrganisationChanges {
    std::vector<std::string> units_added;    // codes
    std::vector<std::string> units_changed;  // code: field "old" → "new", …
    std::vector<attendance::Assignment> assignments_added;
    std::vector<attendance::Assignment> assignments_changed;  // their end or source, as they are now
    std::vector<attendance::Assignment> assignments_ended;    // no longer named
    std::vector<attendance::CalendarDay> holidays_added;
    std::vector<attendance::Event> events_added;
    // Sentences about what is stored and says otherwise; it stays.
    std::vector<std::string> remarks;

    bool empty() const;  // remarks are no change
};

// Units and which terminals are for whom come from one text (units_file); holidays and events also one by one. Nothing
// is deleted. Changes count the directory's version up; they belong into one transaction with their audit row.
class OrganisationRepository {
public:
    explicit OrganisationRepository(Database& database) : database_(database) {}

    // Makes units and assignments what `organisation` says: an assignment that it does not name ends today, a unit that
    // it does not name stays as it is. Its holidays and events are added once: one that was cancelled stays so, a
    // weekly one is left out on a stored holiday.
    OrganisationChanges import(const attendance::Organisation& organisation, attendance::Day today,
                               const std::string& at);

    // Returns the id; nothing: there is such a one already (calendar_day_once, event_once).
    std::optional<std::int64_t> add(const attendance::CalendarDay& holiday, const std::string& at);
    std::optional<std::int64_t> add(const attendance::Event& event, const std::string& at);

    // With the reason why it is none after all.
    enum class Cancelled { done, was_already, unknown };
    Cancelled cancel_holiday(std::int64_t id, const std::string& reason, const std::string& at);
    Cancelled cancel_event(std::int64_t id, const std::string& reason, const std::string& at);

private:
    void import_units(const std::vector<attendance::Unit>& units, OrganisationChanges& changes);
    void import_assignments(const std::vector<attendance::Assignment>& assignments, attendance::Day today,
                            OrganisationChanges& changes);
    void import_holiday(const attendance::CalendarDay& holiday, const std::string& at, OrganisationChanges& changes);
    void import_event(const attendance::Event& event, const std::string& at, OrganisationChanges& changes);
    std::optional<std::int64_t> insert(const attendance::CalendarDay& holiday, const std::string& at);
    std::optional<std::int64_t> insert(const attendance::Event& event, const std::string& at);
    Cancelled cancel(const std::string& table, std::int64_t id, const std::string& reason, const std::string& at);

    Database& database_;
};

}  // namespace presensi::storage
