#pragma once

#include <span>
#include <string_view>

#include "storage/database.hpp"

namespace presensi::storage {

struct Migration {
    int version;  // from 1, without gaps
    std::string_view name;
    std::string_view sql;  // one or more statements; none that begins or ends a transaction
};

// The scripts of storage/schema/, compiled in.
std::span<const Migration> sqlite_migrations();
std::span<const Migration> postgres_migrations();

// Brings a store of schema `installed` (0: empty) up to the last migration, each in a transaction of its own whose last
// statement records it in schema_version: a migration that was interrupted has left nothing and runs again.
void migrate(Database& database, std::span<const Migration> migrations, int installed);

// Throws StoreUnusable, with a sentence that names both versions, if `installed` is newer than the last migration.
void refuse_newer_schema(std::span<const Migration> migrations, int installed);

}  // namespace presensi::storage
