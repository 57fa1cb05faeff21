#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <exception>

#include "daemon/access/access_log.hpp"
#include "storage/store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace presensi;

TEST_CASE("a look is recorded once for each viewer, person and day of the place, and written once") {
    const test::TemporaryFolder folder;
    const auto store = storage::open_sqlite({.path = folder.path() / "presensi.db"});
    const auto database = store->open_database();
    std::vector<std::int64_t> people;
    for (int i = 0; i < 3; ++i) {
        people.push_back(database
                             ->query("INSERT INTO person (uuid, name, kind, created_at) VALUES ($1, 'Orang Contoh',"
                                     " 'pns', '2026-01-01T00:00:00Z') RETURNING id",
                                     {fmt::format("uuid-{}", i)})
                             .at(0)
                             .integer(0));
    }
    boost::asio::io_context io{1};
    StoreWorker worker(io, *store, {});
    Instant now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + std::chrono::hours(15);  // 23:00 WITA
    access::AccessLog log(worker, "Asia/Makassar", [&] { return now; });
    const auto look = [&](const std::string& viewer, const std::vector<std::int64_t>& persons) {
        std::exception_ptr error;
        access::Viewer who;
        who.name = viewer;
        boost::asio::co_spawn(io, log.record(who, persons), [&](const std::exception_ptr& thrown) { error = thrown; });
        io.run();
        io.restart();
        if (error) std::rethrow_exception(error);
    };
    const auto rows = [&](const std::string& of) {
        return database->query("SELECT person_id FROM access_record WHERE " + of).size();
    };
    look("account:adi", {people[0], people[1], people[0]});
    look("account:adi", {people[1], people[2]});
    look("account:adi", {});
    look("anonymous@127.0.0.1", {people[0]});
    CHECK(rows("viewer = 'account:adi'") == 3);
    CHECK(rows("viewer = 'anonymous@127.0.0.1'") == 1);
    CHECK(rows("day = '2026-11-20'") == 4);

    now += std::chrono::hours(2);  // the next day there
    look("account:adi", {people[0]});
    CHECK(rows("day = '2026-11-21'") == 1);

    // Who is known to be recorded is not written again; who is not cannot be shown.
    database->execute("ALTER TABLE access_record RENAME TO gone");
    CHECK_NOTHROW(look("account:adi", {people[0]}));
    CHECK_THROWS(look("account:adi", {people[1]}));
    database->execute("ALTER TABLE gone RENAME TO access_record");
    look("account:adi", {people[1]});
    CHECK(rows("day = '2026-11-21'") == 2);
}
