#include "daemon/open_store.hpp"

#include <chrono>
#include <thread>

#include "daemon/log.hpp"
#include "storage/store_error.hpp"

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

std::unique_ptr<storage::Store> wait_for_store(const config::Settings& settings) {
    for (bool told = false;;) {
        try {
            return open_store(settings, settings.storage.migrate);
        } catch (const storage::StoreUnavailable& error) {
            if (!told) log::warn("waiting for the database", {{"reason", error.what()}});
            told = true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

std::string place_of_store(const config::Settings& settings) {
    const bool embedded = settings.storage.backend == config::Backend::sqlite;
    return embedded ? settings.database_path().string() : settings.storage.postgres_url;
}

}  // namespace presensi
