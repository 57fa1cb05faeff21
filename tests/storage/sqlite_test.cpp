#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "storage/sqlite/lock_file.hpp"
#include "storage/store_error.hpp"
#include "tests/storage/child_process.hpp"
#include "tests/storage/samples.hpp"
#include "tests/storage/sqlite_fixture.hpp"

namespace presensi::storage {
namespace {

namespace fs = std::filesystem;

// The sentence with which opening is refused; empty if it is not.
std::string refusal(const SqliteOptions& options) {
    try {
        open_sqlite(options);
        return {};
    } catch (const StoreUnusable& error) {
        return error.what();
    }
}

unsigned mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777u;
}

void write_file(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

}  // namespace

TEST_CASE("sqlite: durable and checked on every connection") {
    FreshSqlite fresh;
    CHECK(fresh.store().backend() == "sqlite");
    for (int connection = 0; connection < 2; ++connection) {
        const std::unique_ptr<Database> database = fresh.store().open_database();
        CHECK(rows_of(*database, "PRAGMA journal_mode") == std::vector<std::string>{"wal"});
        CHECK(rows_of(*database, "PRAGMA synchronous") == std::vector<std::string>{"2"});
        CHECK(rows_of(*database, "PRAGMA foreign_keys") == std::vector<std::string>{"1"});
        CHECK(rows_of(*database, "PRAGMA busy_timeout") == std::vector<std::string>{"5000"});
    }
}

TEST_CASE("sqlite: not even REPLACE gets past insert-only") {
    FreshSqlite fresh;
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::unique_ptr<Intake> intake = fresh.store().open_intake();
    append(*intake, make_delivery(add_terminal(*database, "TST1"), {make_punch("1", 0)}));
    const std::vector<std::string> before = rows_of(*database, "SELECT * FROM punch");
    CHECK_THROWS_AS(database->execute("INSERT OR REPLACE INTO punch SELECT id, terminal_id, device_time, '2', pin_key,"
                                      " road, state, verify, work_code, punched_at, received_at, grade, delivery_id,"
                                      " line FROM punch"),
                    ContentRefused);
    CHECK(rows_of(*database, "SELECT * FROM punch") == before);
}

TEST_CASE("sqlite: wrong use of a statement is our mistake, not the store's") {
    FreshSqlite fresh;
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const Value one = std::int64_t{1};
    CHECK_THROWS_AS(database->query("SELECT $1"), std::logic_error);
    CHECK_THROWS_AS(database->query("SELECT $1", {one, one}), std::logic_error);
    CHECK_THROWS_AS(database->query("SELECT $2", {one}), std::logic_error);
    CHECK_THROWS_AS(database->query("SELECT ?", {one}), std::logic_error);
    CHECK_THROWS_AS(database->query("SELECT 1; SELECT 2"), std::logic_error);
    CHECK_THROWS_AS(database->execute("SELECT $1; SELECT 2", {one}), std::logic_error);
    CHECK_THROWS_AS(database->query("-- nothing"), std::logic_error);
    CHECK_THROWS_AS(database->query("SELECT * FROM no_such_table"), std::logic_error);
    CHECK(database->query("SELECT 1; -- the end").size() == 1);
}

TEST_CASE("sqlite: others cannot read the files") {
    const mode_t mask = ::umask(0);
    FreshSqlite fresh;
    const std::unique_ptr<Database> database = fresh.store().open_database();
    add_terminal(*database, "TST1");
    ::umask(mask);
    for (const std::string suffix : {"", "-wal", "-shm", ".lock"}) {
        CAPTURE(suffix);
        CHECK(mode_of(fresh.path().string() + suffix) == 0640);
    }
}

TEST_CASE("sqlite: a second daemon is refused with the pid of the first") {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "presensi.db";
    ChildProcess first([&](const ChildProcess::Ready& ready) {
        const std::unique_ptr<Store> store = open_sqlite({.path = path});
        ready();
    });
    const std::string sentence = "is in use by presensid with pid " + std::to_string(first.pid()) + "; stop it first";
    CHECK_MESSAGE(refusal({.path = path}).find(sentence) != std::string::npos, refusal({.path = path}));
    CHECK(refusal({.path = path}).find(path.string()) != std::string::npos);
    fs::create_symlink(path, folder.path() / "link.db");
    CHECK(refusal({.path = folder.path() / "link.db"}).find(sentence) != std::string::npos);

    const std::unique_ptr<Store> beside = open_sqlite({.path = path, .exclusive = false});
    add_terminal(*beside->open_database(), "TST1");
    first.kill();
    const std::unique_ptr<Store> second = open_sqlite({.path = path});
    CHECK(count(*second->open_database(), "terminal") == 1);
    CHECK(!refusal({.path = path}).empty());
}

TEST_CASE("sqlite: a schema is not changed under a running daemon") {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "presensi.db";
    {
        const sqlite::LockFile daemon(path.string() + ".lock");
        CHECK(refusal({.path = path, .exclusive = false}).find("is in use by presensid") != std::string::npos);
    }
    CHECK(refusal({.path = path, .exclusive = false}).empty());
    CHECK(refusal({.path = path, .migrate = false, .exclusive = false}).empty());
}

TEST_CASE("sqlite: what cannot be opened is refused with a sentence") {
    struct Case {
        std::string_view name;
        void (*prepare)(const fs::path& path);
        bool migrate;
        const char* sentence;
    };
    const Case cases[] = {
        {"folder missing", [](const fs::path& path) { fs::remove(path.parent_path()); }, true, "does not exist"},
        {"a folder", [](const fs::path& path) { fs::create_directory(path); }, true, "not a file"},
        {"not a database", [](const fs::path& path) { write_file(path, std::string(5000, 'x')); }, true,
         "not a database"},
        {"damaged",
         [](const fs::path& path) {
             open_sqlite({.path = path});
             std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
             file.seekp(100);
             file << std::string(3996, 'x');
         },
         true, "restore a backup"},
        {"of another program",
         [](const fs::path& path) {
             // Started as ours, so that it is a database at all.
             const std::unique_ptr<Store> store = open_sqlite({.path = path});
             store->open_database()->execute("DROP TABLE store_identity");
         },
         true, "another program"},
        {"newer schema",
         [](const fs::path& path) {
             const std::unique_ptr<Store> store = open_sqlite({.path = path});
             store->open_database()->execute(
                 "INSERT INTO schema_version (version, name, applied_at) VALUES (99, 'x', 'y')");
         },
         true, "schema version 99"},
        {"newer schema, not to be migrated",
         [](const fs::path& path) {
             const std::unique_ptr<Store> store = open_sqlite({.path = path});
             store->open_database()->execute(
                 "INSERT INTO schema_version (version, name, applied_at) VALUES (99, 'x', 'y')");
         },
         false, "schema version 99"},
        {"not there, not to be migrated", [](const fs::path&) {}, false, "presensid migrate"},
        {"older schema, not to be migrated", [](const fs::path& path) { write_file(path, ""); }, false,
         "run presensid migrate"},
    };
    for (const Case& c : cases) {
        for (const bool exclusive : {true, false}) {
            CAPTURE(c.name);
            CAPTURE(exclusive);
            const TemporaryFolder folder;
            const fs::path path = folder.path() / "state" / "presensi.db";
            fs::create_directory(path.parent_path());
            c.prepare(path);
            const std::string sentence = refusal({.path = path, .migrate = c.migrate, .exclusive = exclusive});
            CHECK_MESSAGE(sentence.find(c.sentence) != std::string::npos, sentence);
            CHECK(sentence.find(path.string()) != std::string::npos);
        }
    }
}

TEST_CASE("sqlite: without migration nothing is created") {
    const TemporaryFolder folder;
    CHECK(!refusal({.path = folder.path() / "presensi.db", .migrate = false, .exclusive = false}).empty());
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("sqlite: a folder that may not be written is refused with a sentence") {
    const TemporaryFolder folder;
    fs::permissions(folder.path(),
                    fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
    // Root may write everywhere, so another user tries.
    ChildProcess child([&](const ChildProcess::Ready& ready) {
        constexpr uid_t nobody = 65534;
        if (::getuid() == 0 && ::setuid(nobody) != 0) return;
        if (refusal({.path = folder.path() / "presensi.db"}).find("Permission denied") != std::string::npos) ready();
    });
    fs::permissions(folder.path(), fs::perms::owner_all);
}

TEST_CASE("sqlite: cursors are of one file and one form") {
    FreshSqlite fresh;
    const std::unique_ptr<Database> database = fresh.store().open_database();
    const std::unique_ptr<Intake> intake = fresh.store().open_intake();
    const std::unique_ptr<PunchFeed> feed = fresh.store().open_feed();
    append(*intake, make_delivery(add_terminal(*database, "TST1"), {make_punch("1", 0), make_punch("2", 0)}));
    const auto read = [&](const std::string& after) {
        FeedQuery query;
        query.after = after;
        query.limit = 1;
        return feed->read(query);
    };

    const std::string next = read("").next;
    REQUIRE(next.size() == 10);
    CHECK(next.substr(8) == "-1");
    const std::string epoch = next.substr(0, 8);
    CHECK(read(epoch + "-0").rows.size() == 1);
    CHECK(read(epoch + "-2").rows.empty());
    // What a restored backup does not hold would come anew under ids that the reader has passed.
    CHECK_THROWS_AS(read(epoch + "-3"), CursorExpired);
    CHECK_THROWS_AS(read(epoch + "-9223372036854775807"), CursorExpired);

    for (const std::string tail : {"", "-", "-01", "--1", "-+1", "- 1", "-1 ", "-1x", "-9223372036854775808", "1"}) {
        CAPTURE(tail);
        CHECK_THROWS_AS(read(epoch + tail), BadCursor);
    }
    CHECK_THROWS_AS(read("ABCDEFAB-1"), BadCursor);
    std::string other = next;
    other[0] = other[0] == '0' ? '1' : '0';
    CHECK_THROWS_AS(read(other), CursorExpired);
    CHECK_THROWS_AS(read(other.substr(0, 8) + "-x"), BadCursor);
}

TEST_CASE("sqlite: an epoch lasts as long as its file") {
    const TemporaryFolder folder;
    const auto epoch = [&](const char* name) {
        return open_sqlite({.path = folder.path() / name})->open_feed()->read({}).next;
    };
    const std::string first = epoch("first.db");
    CHECK(epoch("first.db") == first);
    CHECK(epoch("second.db") != first);
}

TEST_CASE("sqlite: a file that was removed or replaced takes nothing any more") {
    for (const bool replaced : {false, true}) {
        CAPTURE(replaced);
        FreshSqlite fresh;
        const std::unique_ptr<Intake> intake = fresh.store().open_intake();
        const std::int64_t terminal = add_terminal(*fresh.store().open_database(), "TST1");
        append(*intake, make_delivery(terminal, {make_punch("1", 0)}));
        if (replaced) {
            fs::copy_file(fresh.path(), fresh.path().string() + ".copy");
            fs::rename(fresh.path().string() + ".copy", fresh.path());
        } else {
            fs::remove(fresh.path());
        }
        CHECK_THROWS_AS(append(*intake, make_delivery(terminal, {make_punch("2", 0)})), StoreUnavailable);
    }
}

TEST_CASE("sqlite: rows outlive SIGKILL from the moment append returns") {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "presensi.db";
    std::int64_t terminal = 0;
    {
        const std::unique_ptr<Store> store = open_sqlite({.path = path});
        terminal = add_terminal(*store->open_database(), "TST1");
    }
    for (int round = 1; round <= 5; ++round) {
        CAPTURE(round);
        ChildProcess child([&](const ChildProcess::Ready& ready) {
            const std::unique_ptr<Store> store = open_sqlite({.path = path});
            const std::unique_ptr<Intake> intake = store->open_intake();
            Delivery delivery = make_delivery(terminal, {make_punch("1", round), make_punch("2", round)});
            delivery.rejects = {make_reject("odd " + std::to_string(round))};
            delivery.stamp = StampMove{"ATTLOG", std::to_string(round)};
            append(*intake, delivery);
            ready();
        });
        child.kill();
        const std::unique_ptr<Store> store = open_sqlite({.path = path});
        const std::unique_ptr<Database> database = store->open_database();
        CHECK(count(*database, "punch") == 2 * round);
        CHECK(count(*database, "delivery") == round);
        CHECK(count(*database, "reject") == round);
        CHECK(rows_of(*database, "SELECT stamp FROM terminal_stamp") ==
              std::vector<std::string>{std::to_string(round)});
    }
}

}  // namespace presensi::storage
