#include "storage/migrate.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "storage/sqlite/connect.hpp"
#include "storage/sqlite/sqlite_database.hpp"
#include "storage/store_error.hpp"
#include "tests/storage/child_process.hpp"
#include "tests/storage/samples.hpp"
#include "tests/storage/sqlite_fixture.hpp"

namespace presensi::storage {
namespace {

std::unique_ptr<Database> open(const TemporaryFolder& folder) {
    return std::make_unique<sqlite::SqliteDatabase>(
        sqlite::connect((folder.path() / "presensi.db").string(), sqlite::OpenMode::create));
}

std::vector<std::string> split_statements(std::string_view script) {
    std::vector<std::string> statements;
    std::string statement;
    for (const char c : script) {
        statement += c;
        if (c == ';' && sqlite3_complete(statement.c_str()) != 0) {
            statements.push_back(statement);
            statement.clear();
        }
    }
    return statements;
}

struct Interrupted : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Runs scripts statement by statement and calls `interrupt` before statement number `at`, counted from 0, or before the
// commit that follows the last one.
class InterruptedDatabase final : public Database {
public:
    InterruptedDatabase(Database& database, int at, std::function<void()> interrupt)
        : database_(database), at_(at), interrupt_(std::move(interrupt)) {}

    std::int64_t execute(std::string_view sql, const Values& parameters) override {
        if (!parameters.empty()) {
            step();
            return database_.execute(sql, parameters);
        }
        std::int64_t changed = 0;
        for (const std::string& statement : split_statements(sql)) {
            step();
            changed += database_.execute(statement);
        }
        return changed;
    }
    std::vector<Row> query(std::string_view sql, const Values& parameters) override {
        return database_.query(sql, parameters);
    }
    void transaction(const std::function<void()>& work) override {
        database_.transaction([&] {
            work();
            step();
        });
    }

private:
    void step() {
        if (steps_++ == at_) interrupt_();
    }

    Database& database_;
    int at_;
    int steps_ = 0;
    std::function<void()> interrupt_;
};

// Statements of the first migration, its schema_version row, its commit.
int first_migration_steps() { return static_cast<int>(split_statements(sqlite_migrations()[0].sql).size()) + 2; }

std::vector<std::string> schema(Database& database) {
    return rows_of(database, "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'");
}

std::vector<std::string> complete_schema() {
    const TemporaryFolder folder;
    const std::unique_ptr<Database> database = open(folder);
    migrate(*database, sqlite_migrations(), 0);
    return schema(*database);
}

}  // namespace

TEST_CASE("the migrations of the folder are compiled in byte for byte") {
    const std::span<const Migration> migrations = sqlite_migrations();
    REQUIRE(!migrations.empty());
    CHECK(migrations[0].version == 1);
    CHECK(migrations[0].name == "initial");
    std::ifstream file(PRESENSI_SOURCE_DIR "/storage/schema/sqlite/0001_initial.sql", std::ios::binary);
    CHECK(migrations[0].sql == std::string(std::istreambuf_iterator<char>(file), {}));
    for (std::size_t i = 0; i < migrations.size(); ++i) CHECK(migrations[i].version == static_cast<int>(i) + 1);
}

TEST_CASE("a migration is recorded with its number, name and time") {
    const TemporaryFolder folder;
    const std::unique_ptr<Database> database = open(folder);
    migrate(*database, sqlite_migrations(), 0);
    const std::vector<Row> rows = database->query("SELECT version, name, applied_at FROM schema_version");
    REQUIRE(rows.size() == sqlite_migrations().size());
    CHECK(rows[0].integer(0) == 1);
    CHECK(rows[0].text(1) == "initial");
    CHECK(rows[0].text(2).size() == std::string_view("2026-11-20T01:00:00Z").size());
    CHECK(rows[0].text(2).ends_with('Z'));
}

TEST_CASE("uploads and what waits come through the migration that builds their tables anew") {
    const TemporaryFolder folder;
    const std::unique_ptr<Database> database = open(folder);
    migrate(*database, sqlite_migrations().first(10), 0);
    const auto terminal = add_terminal(*database, "TST1");
    for (const char* state : {"taken", "waiting"}) {
        database->execute(
            "INSERT INTO upload (id, terminal_id, uploaded_at, uploaded_by, sha256, bytes, kind, terminal_number, "
            "lines,"
            " new_punches, known_punches, rejects, state, waits_for) VALUES ($1, $2, 'at', 'by', zeroblob(32), 1, "
            "'attlog',"
            " '7', 2, 3, 4, 5, $3, 'why')",
            {std::int64_t{state == std::string("taken") ? 5 : 9}, terminal, std::string(state)});
    }
    database->execute("INSERT INTO waiting_upload (upload_id, content, said) VALUES (9, x'00', '{}')");
    migrate(*database, sqlite_migrations(), 10);
    CHECK(rows_of(*database,
                  "SELECT id, terminal_id, uploaded_by, lines, new_punches, known_punches, rejects, state,"
                  " waits_for, said FROM upload") ==
          std::vector<std::string>{"5|1|by|2|3|4|5|taken|why|", "9|1|by|2|3|4|5|waiting|why|"});
    CHECK(rows_of(*database, "SELECT upload_id, length(content), said FROM waiting_upload") ==
          std::vector<std::string>{"9|1|{}"});
    CHECK(rows_of(*database, "PRAGMA foreign_key_check").empty());
    CHECK_THROWS(database->execute("DELETE FROM upload WHERE id = 9"));
}

TEST_CASE("every table is strict") {
    const TemporaryFolder folder;
    const std::unique_ptr<Database> database = open(folder);
    migrate(*database, sqlite_migrations(), 0);
    CHECK(rows_of(*database,
                  "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
                  " AND name NOT LIKE 'sqlite_%'")
              .empty());
}

TEST_CASE("a migration that fails at any statement leaves nothing and runs again") {
    const std::vector<std::string> complete = complete_schema();
    REQUIRE(complete.size() > 10);
    REQUIRE(first_migration_steps() > 10);
    for (int at = 0; at < first_migration_steps(); ++at) {
        CAPTURE(at);
        const TemporaryFolder folder;
        const std::unique_ptr<Database> database = open(folder);
        InterruptedDatabase interrupted(*database, at, [] { throw Interrupted("here"); });
        CHECK_THROWS_AS(migrate(interrupted, sqlite_migrations(), 0), Interrupted);
        CHECK(schema(*database).empty());
        migrate(*database, sqlite_migrations(), 0);
        CHECK(schema(*database) == complete);
    }
}

TEST_CASE("a migration killed at any statement leaves nothing and runs again") {
    const std::vector<std::string> complete = complete_schema();
    for (int at = 0; at < first_migration_steps(); ++at) {
        CAPTURE(at);
        const TemporaryFolder folder;
        ChildProcess child([&](const ChildProcess::Ready& ready) {
            const std::unique_ptr<Database> database = open(folder);
            InterruptedDatabase interrupted(*database, at, ready);
            migrate(interrupted, sqlite_migrations(), 0);
        });
        child.kill();
        const std::unique_ptr<Database> database = open(folder);
        CHECK(schema(*database).empty());
        migrate(*database, sqlite_migrations(), 0);
        CHECK(schema(*database) == complete);
    }
}

TEST_CASE("a later migration that fails leaves the version before it") {
    const TemporaryFolder folder;
    const std::unique_ptr<Database> database = open(folder);
    const Migration first = sqlite_migrations()[0];
    const Migration broken[] = {
        first,
        {2, "second", "CREATE TABLE second (n INTEGER) STRICT; UPDATE terminal SET no_such_column = 1;"},
        {3, "third", "CREATE TABLE third (n INTEGER) STRICT;"},
    };
    CHECK_THROWS(migrate(*database, broken, 0));
    CHECK(rows_of(*database, "SELECT version FROM schema_version") == std::vector<std::string>{"1"});
    CHECK(rows_of(*database, "SELECT name FROM sqlite_master WHERE name IN ('second', 'third')").empty());

    const Migration mended[] = {first, {2, "second", "CREATE TABLE second (n INTEGER) STRICT;"}, broken[2]};
    migrate(*database, mended, 1);
    CHECK(rows_of(*database, "SELECT version, name FROM schema_version") ==
          std::vector<std::string>{"1|initial", "2|second", "3|third"});
    migrate(*database, mended, 3);
}

TEST_CASE("a newer schema is refused with both versions") {
    const int known = sqlite_migrations().back().version;
    CHECK_NOTHROW(refuse_newer_schema(sqlite_migrations(), known));
    const std::string newer = "schema version " + std::to_string(known + 6);
    const std::string ours = "up to version " + std::to_string(known);
    CHECK_THROWS_WITH_AS(refuse_newer_schema(sqlite_migrations(), known + 6), doctest::Contains(newer.c_str()),
                         StoreUnusable);
    CHECK_THROWS_WITH_AS(refuse_newer_schema(sqlite_migrations(), known + 6), doctest::Contains(ours.c_str()),
                         StoreUnusable);
}

}  // namespace presensi::storage
