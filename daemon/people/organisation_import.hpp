#pragma once

#include <boost/json/object.hpp>

#include <string>

#include "attendance/organisation.hpp"
#include "config/settings.hpp"
#include "daemon/terminal_registry.hpp"
#include "storage/organisation_repository.hpp"

namespace presensi::people {

struct ImportAsk {
    attendance::Day today{};
    std::string at;  // RFC 3339 UTC
    std::string by;
    bool dry_run = false;  // says what would be, changes nothing
};

// Brings units, assignments, holidays and events into the store, in one transaction with the audit row
// "organisation.import"; none if nothing changed.
storage::OrganisationChanges import_organisation(storage::Database& database,
                                                 const attendance::Organisation& organisation, const ImportAsk& ask);

// The same inside a transaction of the caller's.
storage::OrganisationChanges import_within(storage::Database& database, const attendance::Organisation& organisation,
                                           const ImportAsk& ask);

// To the log: what units_file brought, where it and the store differ, and which terminals of it nobody knows.
void tell_of_units(const storage::OrganisationChanges& changes, const config::Settings& settings,
                   TerminalRegistry& registry);

// For the audit and the API: {"units":{"added":[…],"changed":[…]},"assignments":{…},"holidays":…,"events":…}.
boost::json::object to_json(const storage::OrganisationChanges& changes);

}  // namespace presensi::people
