#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "attendance/directory.hpp"
#include "attendance/organisation.hpp"
#include "daemon/access/viewer.hpp"
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

// For the audit and the API: {"units":{"added":[…],"changed":[…]},"assignments":{…},"holidays":…,"events":…}.
boost::json::object to_json(const storage::OrganisationChanges& changes);

// Whether the unit is one of the viewer's, or below one.
bool sees_unit(const access::Viewer& viewer, const attendance::Directory& directory, std::string_view unit,
               attendance::Day day);

}  // namespace presensi::people
