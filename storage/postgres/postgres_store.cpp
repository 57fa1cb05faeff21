#include <fmt/format.h>

#include "storage/migrate.hpp"
#include "storage/postgres/postgres_database.hpp"
#include "storage/postgres/postgres_feed.hpp"
#include "storage/postgres/postgres_intake.hpp"
#include "storage/store.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage {
namespace {

class PostgresStore final : public Store {
public:
    PostgresStore(postgres::SessionOptions options, std::unique_ptr<postgres::Watchdog> dog)
        : options_(std::move(options)), dog_(std::move(dog)) {}

    std::string backend() const override { return "postgres"; }
    bool is_shared() const override { return true; }
    int writers() const override { return 2; }
    std::unique_ptr<Intake> open_intake() override {
        return std::make_unique<postgres::PostgresIntake>(options_, *dog_);
    }
    std::unique_ptr<PunchFeed> open_feed() override {
        return std::make_unique<postgres::PostgresFeed>(options_, *dog_);
    }
    std::unique_ptr<Database> open_database() override {
        return std::make_unique<postgres::PostgresDatabase>(options_, *dog_);
    }

private:
    postgres::SessionOptions options_;
    std::unique_ptr<postgres::Watchdog> dog_;
};

// 0: no tables yet.
int installed_version(Database& database) {
    const std::vector<Row> found = database.query("SELECT to_regclass('presensi.schema_version') IS NOT NULL");
    if (found.at(0).integer(0) == 0) return 0;
    return static_cast<int>(
        database.query("SELECT COALESCE(max(version), 0) FROM presensi.schema_version").at(0).integer(0));
}

void refuse_old_server(Database& database) {
    constexpr std::int64_t oldest = 130000;  // xid8 and pg_current_xact_id
    const std::int64_t version =
        database.query("SELECT CAST(current_setting('server_version_num') AS integer)").at(0).integer(0);
    if (version < oldest) {
        throw StoreUnusable(fmt::format("it is PostgreSQL {}; presensid needs 13 or newer", version / 10000));
    }
}

// A daemon whose role only reads and inserts cannot bring the schema up, and no waiting changes that.
void require_owner(Database& database, int installed) {
    const char* may_change =
        installed == 0 ? "SELECT CAST(has_database_privilege(current_database(), 'CREATE') AS integer), current_user"
                       : "SELECT CAST(pg_has_role(nspowner, 'USAGE') AS integer), current_user FROM pg_namespace"
                         " WHERE nspname = 'presensi'";
    const Row row = database.query(may_change).at(0);
    if (row.integer(0) == 1) return;
    throw StoreUnusable(fmt::format(
        "the role {} may not change its schema; name the owner's connection with storage.postgres.owner_url, or run "
        "presensid migrate with it once",
        row.text(1)));
}

// Two daemons that start at once take turns; the second finds everything done.
void bring_schema_up(Database& database) {
    constexpr auto take_turns = "SELECT pg_advisory_lock(hashtext('presensi.migrate'))";
    constexpr auto next_one = "SELECT pg_advisory_unlock(hashtext('presensi.migrate'))";
    database.query(take_turns);
    migrate(database, postgres_migrations(), installed_version(database));
    database.query("SELECT presensi.grant_to_roles()");
    database.query(next_one);
}

// Transaction ids are data to a dump: a restored punch may bear one that this server reaches in years, and the feed
// would hide it until then.
bool is_restored(Database& database) {
    const std::vector<Row> newest = database.query(
        "SELECT CAST(xid >= pg_snapshot_xmax(pg_current_snapshot()) AS integer) FROM presensi.punch"
        " ORDER BY xid DESC LIMIT 1");
    return !newest.empty() && newest.front().integer(0) == 1;
}

// All that was restored comes first in the feed, in the order of its ids. 3: the first transaction of any server.
void adopt_restored(Database& database) {
    database.transaction([&] {
        database.execute("ALTER TABLE presensi.punch DISABLE TRIGGER punch_never_changes");
        database.execute("UPDATE presensi.punch SET xid = '3' WHERE xid > '3'");
        database.execute("ALTER TABLE presensi.punch ENABLE TRIGGER punch_never_changes");
    });
}

// A migration may rewrite millions of rows, and waits for another daemon that does.
constexpr std::chrono::hours migration_patience{2};

postgres::SessionOptions session_of_owner(const PostgresOptions& options) {
    if (options.owner_url.empty()) return {options.url, options.password, migration_patience};
    return {options.owner_url, std::string(), migration_patience};
}

// Also says what no waiting changes: that only the owner's connection fails.
void change_schema(const PostgresOptions& options, postgres::Watchdog& dog, int installed) {
    postgres::PostgresDatabase schema(session_of_owner(options), dog);
    try {
        require_owner(schema, installed);
    } catch (const StoreUnavailable& error) {
        if (options.owner_url.empty()) throw;
        throw StoreUnusable(
            fmt::format("its schema has to be changed, and storage.postgres.owner_url fails ({}); run "
                        "presensid migrate as a user who can log in there",
                        error.what()));
    }
    if (installed < postgres_migrations().back().version) bring_schema_up(schema);
    if (is_restored(schema)) adopt_restored(schema);
}

}  // namespace

std::unique_ptr<Store> open_postgres(const PostgresOptions& options) {
    auto dog = std::make_unique<postgres::Watchdog>();
    const postgres::SessionOptions session{options.url, options.password, options.patience};
    try {
        postgres::PostgresDatabase database(session, *dog);
        refuse_old_server(database);
        const int ours = postgres_migrations().back().version;
        int installed = installed_version(database);
        refuse_newer_schema(postgres_migrations(), installed);
        const bool restored = installed > 0 && is_restored(database);
        if ((installed < ours || restored) && options.migrate) {
            change_schema(options, *dog, installed);
            installed = installed_version(database);
        } else if (restored) {
            throw StoreUnusable("it was restored from a dump and its feed has to be adopted; run presensid migrate");
        }
        if (installed < ours) {
            throw StoreUnusable(
                fmt::format("it has schema version {}, this presensid needs version {}; run presensid "
                            "migrate",
                            installed, ours));
        }
    } catch (const StoreUnusable& error) {
        throw StoreUnusable(fmt::format("the database {} cannot be used: {}", options.url, error.what()));
    }
    return std::make_unique<PostgresStore>(session, std::move(dog));
}

}  // namespace presensi::storage
