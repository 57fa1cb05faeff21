#pragma once

#include <string>

#include "storage/database.hpp"

namespace presensi::storage {

// What the role that we log in to PostgreSQL as may do with our tables.
struct StoreRights {
    std::string role;
    bool may_add = true;      // read and add, in every table
    bool may_change = false;  // change or delete punches, but for the triggers that refuse it
};

// Of a PostgreSQL database with our schema; an embedded one knows no roles.
StoreRights load_rights(Database& database);

}  // namespace presensi::storage
