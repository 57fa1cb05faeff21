#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "storage/migrate.hpp"
#include "storage/sqlite/connect.hpp"
#include "storage/sqlite/lock_file.hpp"
#include "storage/sqlite/sqlite_database.hpp"
#include "storage/sqlite/sqlite_feed.hpp"
#include "storage/sqlite/sqlite_intake.hpp"
#include "storage/store.hpp"
#include "storage/store_error.hpp"

namespace presensi::storage {
namespace {

namespace fs = std::filesystem;

class SqliteStore final : public Store {
public:
    SqliteStore(std::string path, std::unique_ptr<sqlite::LockFile> lock)
        : path_(std::move(path)), lock_(std::move(lock)) {}

    std::string backend() const override { return "sqlite"; }
    std::unique_ptr<Intake> open_intake() override {
        return std::make_unique<sqlite::SqliteIntake>(sqlite::connect(path_));
    }
    std::unique_ptr<PunchFeed> open_feed() override {
        return std::make_unique<sqlite::SqliteFeed>(sqlite::connect(path_));
    }
    std::unique_ptr<Database> open_database() override {
        return std::make_unique<sqlite::SqliteDatabase>(sqlite::connect(path_));
    }

private:
    std::string path_;
    std::unique_ptr<sqlite::LockFile> lock_;
};

// A file of ours from its first moment, which others cannot read: it holds personal data. SQLite gives its WAL the same
// mode. O_EXCL, because closing any descriptor of an open database would drop SQLite's locks in this process.
void create_file(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (descriptor >= 0) {
        ::close(descriptor);
    } else if (errno != EEXIST) {
        throw StoreUnusable(fmt::format("it cannot be created: {}", std::strerror(errno)));
    }
}

// A daemon that was killed may have left rows in the WAL that were never synced. They are there again for us, and a
// terminal that re-sends them would hear OK without a new sync.
void sync_wal(const std::string& path) {
    const std::string wal = path + "-wal";
    const int descriptor = ::open(wal.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) return;
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced) throw StoreUnusable(fmt::format("{} cannot be synced: {}", wal, std::strerror(error)));
}

// Makes the new file's name durable, without which its content would be nowhere after a power cut.
void sync_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced) {
        throw StoreUnusable(fmt::format("its folder {} cannot be synced: {}", folder.string(), std::strerror(error)));
    }
}

// 0: no tables yet.
int installed_version(Database& database) {
    const std::vector<Row> tables = database.query("SELECT name FROM sqlite_master WHERE type = 'table'");
    if (tables.empty()) return 0;
    int ours = 0;
    for (const Row& table : tables) ours += table.text(0) == "schema_version" || table.text(0) == "store_identity";
    if (ours != 2) throw StoreUnusable("it is a database of another program; choose another storage.sqlite.path");
    const std::vector<Row> rows = database.query("SELECT COALESCE(max(version), 0) FROM schema_version");
    return static_cast<int>(rows.front().integer(0));
}

void bring_schema_up(const SqliteOptions& options, const std::string& path, const std::string& lock_path) {
    sqlite::SqliteDatabase database(
        sqlite::connect(path, options.migrate ? sqlite::OpenMode::create : sqlite::OpenMode::existing));
    const std::span<const Migration> migrations = sqlite_migrations();
    const int installed = installed_version(database);
    refuse_newer_schema(migrations, installed);
    if (installed == migrations.back().version) return;
    if (!options.migrate) {
        throw StoreUnusable(
            fmt::format("it has schema version {}, this presensid needs version {}; run presensid migrate", installed,
                        migrations.back().version));
    }
    // Never change the schema under a running daemon.
    std::optional<sqlite::LockFile> lock;
    if (!options.exclusive) lock.emplace(lock_path);
    migrate(database, migrations, installed_version(database));
}

}  // namespace

std::unique_ptr<Store> open_sqlite(const SqliteOptions& options) {
    std::string reason;
    try {
        // The lock stands beside the file itself, whatever links lead to it.
        const fs::path path = fs::weakly_canonical(fs::absolute(options.path));
        const fs::path folder = path.parent_path();
        const std::string lock_path = path.string() + ".lock";
        if (!fs::is_directory(folder)) {
            throw StoreUnusable(fmt::format("its folder {} does not exist; create it", folder.string()));
        }
        if (fs::exists(path) && !fs::is_regular_file(path)) throw StoreUnusable("it is not a file");
        if (!options.migrate && !fs::exists(path)) {
            throw StoreUnusable("it does not exist yet; run presensid migrate");
        }
        std::unique_ptr<sqlite::LockFile> lock;
        if (options.exclusive) lock = std::make_unique<sqlite::LockFile>(lock_path);
        if (options.migrate) create_file(path);
        bring_schema_up(options, path.string(), lock_path);
        if (options.migrate) sync_folder(folder);
        if (options.exclusive) sync_wal(path.string());
        return std::make_unique<SqliteStore>(path.string(), std::move(lock));
    } catch (const StoreUnusable& error) {
        reason = error.what();
    } catch (const StoreUnavailable& error) {
        reason = error.what();
    } catch (const fs::filesystem_error& error) {
        reason = error.code().message();
    }
    throw StoreUnusable(fmt::format("the database {} cannot be opened: {}", options.path.string(), reason));
}

}  // namespace presensi::storage
