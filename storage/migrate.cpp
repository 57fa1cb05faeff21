#include "storage/migrate.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage {
namespace {

std::string now() {
    return format_utc(std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()));
}

}  // namespace

void migrate(Database& database, std::span<const Migration> migrations, int installed) {
    refuse_newer_schema(migrations, installed);
    for (const Migration& migration : migrations) {
        if (migration.version <= installed) continue;
        database.transaction([&] {
            database.execute(migration.sql);
            database.execute("INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)",
                             {std::int64_t{migration.version}, std::string(migration.name), now()});
        });
    }
}

void refuse_newer_schema(std::span<const Migration> migrations, int installed) {
    const int known = migrations.empty() ? 0 : migrations.back().version;
    if (installed <= known) return;
    throw StoreUnusable(fmt::format(
        "it has schema version {}, but this presensid knows schemas only up to version {}; install the newer presensid "
        "again, or restore the backup made before the upgrade",
        installed, known));
}

}  // namespace presensi::storage
