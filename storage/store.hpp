#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "storage/database.hpp"
#include "storage/intake.hpp"

namespace presensi::storage {

// A store that is open, locked for us and on our schema. Thread-safe; what it opens belongs to the thread that uses it
// and must not outlive it.
class Store {
public:
    virtual ~Store() = default;
    virtual std::string backend() const = 0;  // "sqlite", "postgres"
    // True if other daemons may write to it beside us.
    virtual bool is_shared() const { return false; }
    // How many intakes may append at once with gain.
    virtual int writers() const { return 1; }
    virtual std::unique_ptr<Intake> open_intake() = 0;
    virtual std::unique_ptr<PunchFeed> open_feed() = 0;
    virtual std::unique_ptr<Database> open_database() = 0;
};

struct SqliteOptions {
    std::filesystem::path path;
    bool migrate = true;    // false: a schema older than ours is StoreUnusable
    bool exclusive = true;  // take the lock of `run` and `migrate`; false: beside a running daemon (doctor)
};

// Opens or creates the file, checks journal_mode=WAL and synchronous=FULL, brings the schema up. Throws StoreUnusable
// with a sentence: locked by another daemon (with its pid), newer schema, not a database, folder missing.
std::unique_ptr<Store> open_sqlite(const SqliteOptions& options);

struct PostgresOptions {
    std::string url;          // connection URL, without a password
    std::string password{};   // empty: none, as with peer log-in
    std::string owner_url{};  // for the migration, without a password of ours; empty: `url` does it
    bool migrate = true;      // false: a schema older than ours is StoreUnusable
    // The longest that a statement or a commit may take, the wait for a synchronous standby included.
    // Shorter than the 10 s that a terminal waits (protocol-adms § 1.1), so that it hears 503.
    std::chrono::milliseconds patience{8'000};
};

// Checks the server and brings the schema up. Throws StoreUnusable with a sentence (newer schema, too old a server), or
// StoreUnavailable while the server cannot be reached. Any number of daemons may use one database.
std::unique_ptr<Store> open_postgres(const PostgresOptions& options);

}  // namespace presensi::storage
