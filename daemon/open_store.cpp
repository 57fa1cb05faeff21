#include "daemon/open_store.hpp"

namespace presensi {

std::unique_ptr<storage::Store> open_store(const config::Settings& settings, bool migrate, StoreUse use) {
    const auto& chosen = settings.storage;
    if (chosen.backend == config::Backend::sqlite) {
        return storage::open_sqlite({settings.database_path(), migrate, use == StoreUse::alone});
    }
    storage::PostgresOptions options;
    options.url = chosen.postgres_url;
    options.password = chosen.postgres_password.reveal();
    options.owner_url = chosen.postgres_owner_url;
    options.migrate = migrate;
    return storage::open_postgres(options);
}

std::string place_of_store(const config::Settings& settings) {
    const bool embedded = settings.storage.backend == config::Backend::sqlite;
    return embedded ? settings.database_path().string() : settings.storage.postgres_url;
}

}  // namespace presensi
