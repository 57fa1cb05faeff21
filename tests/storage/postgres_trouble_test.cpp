// What happens to a PostgreSQL in its life: restores, standbys that go, log-ins that fail.

#include <doctest/doctest.h>

#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <future>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <thread>

#include "storage/postgres/watchdog.hpp"
#include "storage/store_error.hpp"
#include "tests/storage/postgres_fixture.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

pqxx::result ask(const std::string& url, const std::string& sql) {
    pqxx::connection connection(url);
    return pqxx::nontransaction(connection).exec(sql);
}

}  // namespace

TEST_CASE("a restored dump, whose transactions are yet to come: refused without the owner, adopted with it") {
    FreshPostgres fresh;
    const auto terminal = add_terminal(*fresh.store().open_database(), "TST7240100001");
    const auto intake = fresh.store().open_intake();
    append(*intake, make_delivery(terminal, {make_punch("1", 1), make_punch("2", 2)}));
    ask(fresh.database().superuser_url(),
        "ALTER TABLE presensi.punch DISABLE TRIGGER USER;"
        "UPDATE presensi.punch SET xid = '900000000000' WHERE pin = '1';"
        "UPDATE presensi.punch SET xid = '900000000007' WHERE pin = '2';"
        "ALTER TABLE presensi.punch ENABLE TRIGGER USER");
    CHECK(fresh.store().open_feed()->read({}).rows.empty());  // what it is about

    CHECK_THROWS_WITH_AS(open_postgres({.url = fresh.database().url(), .migrate = false}),
                         doctest::Contains("presensid migrate"), StoreUnusable);
    const auto adopted = open_postgres({.url = fresh.database().url(), .owner_url = fresh.database().owner_url()});
    append(*adopted->open_intake(), make_delivery(terminal, {make_punch("3", 3)}));
    fresh.settle();
    const FeedPage page = adopted->open_feed()->read({});
    REQUIRE(page.rows.size() == 3);
    CHECK(page.rows[0].pin == "1");
    CHECK(page.rows[2].pin == "3");
    CHECK(open_postgres({.url = fresh.database().url(), .migrate = false})->open_feed()->read({}).rows.size() == 3);
    CHECK_THROWS(ask(fresh.database().owner_url(), "UPDATE presensi.punch SET pin = 'x'"));
}

TEST_CASE("an operator who cancels the wait for a standby does not make it an OK") {
    const PostgresCluster cluster({"fsync = off"});
    FreshPostgres fresh(cluster.url());
    const auto terminal = add_terminal(*fresh.store().open_database(), "TST7240100001");
    const auto intake = fresh.store().open_intake();
    append(*intake, make_delivery(terminal, {make_punch("1", 1)}));
    ask(cluster.url(), "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    ask(cluster.url(), "SELECT pg_reload_conf()");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));

    auto answer = std::async(std::launch::async, [&] {
        try {
            append(*intake, make_delivery(terminal, {make_punch("2", 2)}));
            return std::string("OK");
        } catch (const StoreUnavailable& error) {
            return std::string(error.what());
        }
    });
    const auto is_over = [&] { return answer.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready; };
    int cancelled = 0;
    while (!is_over()) {
        cancelled += ask(cluster.url(),
                         "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                         .at(0)[0]
                         .as<int>();
    }
    CHECK(cancelled > 0);
    CHECK(answer.get() == "the wait for the synchronous standby was cancelled");
    ask(cluster.url(), "ALTER SYSTEM RESET synchronous_standby_names");
    ask(cluster.url(), "SELECT pg_reload_conf()");
}

TEST_CASE("a server that is frozen hears no cancel, and that stops no other deadline") {
    const PostgresCluster cluster({"fsync = off"});
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(cluster.url().c_str()), &PQfinish);
    REQUIRE(PQstatus(connection.get()) == CONNECTION_OK);
    const postgres::Cancel cancel(PQgetCancel(connection.get()), postgres::FreeCancel());
    postgres::Watchdog dog;
    // The other end of a socket that a watch is to shut down.
    const auto ends_in_time = [&](std::chrono::milliseconds patience) {
        std::array<int, 2> ends{};
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
        const timeval limit{5, 0};
        setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        bool ended = false;
        {
            const auto watch = dog.watch(ends[0], cancel, patience);
            char byte = 0;
            ended = recv(ends[1], &byte, 1, 0) == 0;
        }
        for (const int end : ends) close(end);
        return ended;
    };
    cluster.freeze();
    CHECK(ends_in_time(std::chrono::milliseconds(50)));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK(ends_in_time(std::chrono::milliseconds(50)));
    cluster.thaw();
}

TEST_CASE("an owner who cannot log in is said, not waited for") {
    const PostgresDatabaseOfTest bare;
    CHECK_THROWS_WITH_AS(open_postgres({.url = bare.url(), .owner_url = bare.url_of("nobody_of_test")}),
                         doctest::Contains("presensid migrate as a user who can log in"), StoreUnusable);
}

}  // namespace presensi::storage
