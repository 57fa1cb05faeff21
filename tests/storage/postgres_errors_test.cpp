// What may become of an append on PostgreSQL: each kind of error, sessions that end, answers that are lost.

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <thread>

#include "storage/store_error.hpp"
#include "tests/storage/postgres_fixture.hpp"
#include "tests/storage/samples.hpp"
#include "tests/support/fault_proxy.hpp"

namespace presensi::storage {
namespace {

using namespace std::chrono_literals;
using test::FaultProxy;
using Texts = std::vector<std::string>;

// A store with one terminal, its intake, and a superuser beside them.
struct Desk {
    Desk() { superuser.exec("SET search_path = presensi"); }

    // So often the next inserts into `table` fail with this code.
    void set_trap(const std::string& table, const std::string& sqlstate, int times) {
        superuser.exec(
            "CREATE SCHEMA IF NOT EXISTS trap; GRANT USAGE ON SCHEMA trap TO PUBLIC;"
            "CREATE SEQUENCE IF NOT EXISTS trap.inserts;"
            "CREATE OR REPLACE FUNCTION trap.strike() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
            " IF nextval('trap.inserts') <= " +
            std::to_string(times) + " THEN RAISE EXCEPTION 'of a test' USING ERRCODE = '" + sqlstate +
            "'; END IF; RETURN NULL; END $$;"
            "ALTER SEQUENCE trap.inserts RESTART;"
            "CREATE OR REPLACE TRIGGER trap BEFORE INSERT ON presensi." +
            table + " FOR EACH STATEMENT EXECUTE FUNCTION trap.strike()");
    }
    void end_sessions() {
        superuser.exec(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'presensid'");
    }
    bool is_somebody_waiting_for_a_lock() {
        return superuser
            .exec(
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock'")
            .at(0)[0]
            .as<bool>();
    }
    // False: nobody does within half a minute.
    bool await_lock(bool wanted) {
        for (int i = 0; i < 3000 && is_somebody_waiting_for_a_lock() != wanted; ++i) std::this_thread::sleep_for(10ms);
        return is_somebody_waiting_for_a_lock() == wanted;
    }
    Texts stored() { return rows_of(*database, "SELECT pin FROM punch"); }

    FreshPostgres fresh;
    std::unique_ptr<Database> database = fresh.store().open_database();
    std::int64_t terminal = add_terminal(*database, "TST7240100001");
    std::unique_ptr<Intake> intake = fresh.store().open_intake();
    pqxx::connection connection{fresh.database().superuser_url()};
    pqxx::nontransaction superuser{connection};
};

// Holds the punches for itself, on a connection of its own.
class Intruder {
public:
    explicit Intruder(const Desk& desk) : connection_(desk.fresh.database().superuser_url()), session_(connection_) {
        session_.exec("BEGIN; LOCK TABLE presensi.punch IN ACCESS EXCLUSIVE MODE");
    }
    void go() { session_.exec("ROLLBACK"); }

private:
    pqxx::connection connection_;
    pqxx::nontransaction session_;
};

// With a stamp, which must not move where the punch is not stored.
Delivery delivery_of(std::int64_t terminal, int number) {
    Delivery delivery = make_delivery(terminal, {make_punch(std::to_string(number), number)});
    delivery.stamp = StampMove{"ATTLOG", std::to_string(number)};
    return delivery;
}

}  // namespace

TEST_CASE("postgres: each kind of error in an append is refused content, another try, or a store that is away") {
    enum class Outcome { stored, refused, away };
    const struct {
        const char* name;
        const char* sqlstate;
        int times;
        Outcome outcome;
    } cases[] = {
        {"serialization failure, once", "40001", 1, Outcome::stored},
        {"serialization failure, again", "40001", 2, Outcome::away},
        {"deadlock, once", "40P01", 1, Outcome::stored},
        {"deadlock, again", "40P01", 2, Outcome::away},
        {"shut down by an administrator, once", "57P01", 1, Outcome::stored},
        {"shut down by an administrator, again", "57P01", 2, Outcome::away},
        {"connection failure, once", "08006", 1, Outcome::stored},
        {"connection failure, again", "08006", 2, Outcome::away},
        {"disk full", "53100", 1, Outcome::away},
        {"out of memory", "53200", 1, Outcome::away},
        {"read-only", "25006", 1, Outcome::away},
        {"insufficient privilege", "42501", 1, Outcome::away},
        {"no such table", "42P01", 1, Outcome::away},
        {"cancelled", "57014", 1, Outcome::away},
        {"internal error", "XX000", 1, Outcome::away},
        {"what no list has", "99999", 1, Outcome::away},
        {"cardinality", "21000", 1, Outcome::refused},
        {"too long a text", "22001", 1, Outcome::refused},
        {"a constraint", "23514", 1, Outcome::refused},
        {"too large for an index", "54000", 1, Outcome::refused},
        {"a trigger of ours", "P0001", 1, Outcome::refused},
    };
    Desk desk;
    Texts expected;
    int number = 0;
    for (const auto& c : cases) {
        CAPTURE(c.name);
        desk.set_trap("punch", c.sqlstate, 0);
        append(*desk.intake, delivery_of(desk.terminal, ++number));  // so that there is a session
        expected.push_back(std::to_string(number));
        desk.set_trap("punch", c.sqlstate, c.times);
        const Delivery delivery = delivery_of(desk.terminal, ++number);
        Outcome outcome = Outcome::stored;
        try {
            append(*desk.intake, delivery);
        } catch (const ContentRefused&) {
            outcome = Outcome::refused;
        } catch (const StoreUnavailable&) {
            outcome = Outcome::away;
        }
        CHECK(outcome == c.outcome);
        const bool is_stored = outcome == Outcome::stored;
        CHECK(desk.stored().size() == expected.size() + (is_stored ? 1 : 0));
        CHECK(count(*desk.database, "delivery") == static_cast<std::int64_t>(desk.stored().size()));
        CHECK(rows_of(*desk.database, "SELECT stamp FROM terminal_stamp") ==
              Texts{std::to_string(is_stored ? number : number - 1)});
        // It comes again.
        CHECK(append(*desk.intake, delivery).known_punches == (is_stored ? 1u : 0u));
        expected.push_back(std::to_string(number));
        CHECK(desk.stored().size() == expected.size());
    }
}

TEST_CASE("postgres: an append that fails between its two statements is finished by the next one") {
    Desk desk;
    append(*desk.intake, delivery_of(desk.terminal, 1));
    desk.set_trap("sighting", "53100", 1);
    // One that is known, by another road, and one that is new.
    Delivery both = make_delivery(desk.terminal, {make_punch("1", 1), make_punch("2", 2)}, Road::pull);
    both.stamp = StampMove{"ATTLOG", "2"};
    CHECK_THROWS_AS(append(*desk.intake, both), StoreUnavailable);
    CHECK(desk.stored() == Texts{"1", "2"});
    CHECK(rows_of(*desk.database, "SELECT stamp FROM terminal_stamp") == Texts{"1"});
    const Receipt receipt = append(*desk.intake, both);
    CHECK(receipt.new_punches == 0);
    CHECK(receipt.known_punches == 2);
    CHECK(receipt.new_sightings == 1);
    CHECK(rows_of(*desk.database, "SELECT stamp FROM terminal_stamp") == Texts{"2"});
    CHECK(count(*desk.database, "sighting") == 1);
    CHECK(desk.stored() == Texts{"1", "2"});
}

TEST_CASE("postgres: a session that was ended, idle or in the middle of an append, is another try on a new one") {
    Desk desk;
    append(*desk.intake, delivery_of(desk.terminal, 1));
    desk.end_sessions();
    CHECK(append(*desk.intake, delivery_of(desk.terminal, 2)).new_punches == 1);
    desk.end_sessions();
    CHECK_THROWS_AS(desk.intake->announce(), StoreUnavailable);
    append(*desk.intake, delivery_of(desk.terminal, 3));

    Intruder intruder(desk);
    auto answer = std::async(std::launch::async, [&] { return append(*desk.intake, delivery_of(desk.terminal, 4)); });
    CHECK(desk.await_lock(true));
    desk.end_sessions();
    CHECK(desk.await_lock(true));
    intruder.go();
    CHECK(answer.get().new_punches == 1);
    // This one is not repeatable by itself, so it says so, and the next is right.
    CHECK_THROWS_AS(desk.stored(), StoreUnavailable);
    CHECK(desk.stored() == Texts{"1", "2", "3", "4"});
}

TEST_CASE("postgres: a commit whose answer is lost is in doubt, and the same delivery again is known") {
    Desk desk;
    FaultProxy line(test::port_of(desk.fresh.database().url()));
    const auto store = open_postgres({.url = test::with_port(desk.fresh.database().url(), line.port())});
    const auto intake = store->open_intake();
    append(*intake, delivery_of(desk.terminal, 1));
    line.set({.down_bytes = 0});
    CHECK_THROWS_AS(append(*intake, delivery_of(desk.terminal, 2)), StoreUnavailable);
    line.heal();
    CHECK(desk.stored() == Texts{"1", "2"});  // what it is about
    std::this_thread::sleep_for(300ms);       // a moment after a connection that failed none is tried
    const Receipt receipt = append(*intake, delivery_of(desk.terminal, 2));
    CHECK(receipt.new_punches == 0);
    CHECK(receipt.known_punches == 1);
    CHECK(desk.stored() == Texts{"1", "2"});
    CHECK(count(*desk.database, "delivery") == 2);
}

TEST_CASE("postgres: a server that is not reached is tried again after a moment, and until then it is said at once") {
    Desk desk;
    FaultProxy line(test::port_of(desk.fresh.database().url()));
    const auto store = open_postgres({.url = test::with_port(desk.fresh.database().url(), line.port())});
    const auto intake = store->open_intake();
    append(*intake, delivery_of(desk.terminal, 1));
    line.refuse(true);
    line.end_all(test::Fault::End::close);
    const auto try_it = [&] { append(*intake, delivery_of(desk.terminal, 2)); };
    CHECK_THROWS_WITH_AS(try_it(), doctest::Contains("PostgreSQL cannot be reached"), StoreUnavailable);
    CHECK_THROWS_WITH_AS(try_it(), "PostgreSQL was not reached a moment ago", StoreUnavailable);
    line.refuse(false);
    std::this_thread::sleep_for(300ms);
    CHECK(append(*intake, delivery_of(desk.terminal, 2)).new_punches == 1);
}

TEST_CASE("postgres: an append that takes too long is given up and cancelled: nothing of it is stored later") {
    Desk desk;
    const auto store = open_postgres({.url = desk.fresh.database().url(), .patience = 2s});
    const auto intake = store->open_intake();
    append(*intake, delivery_of(desk.terminal, 1));
    Intruder intruder(desk);
    const auto begun = std::chrono::steady_clock::now();
    CHECK_THROWS_WITH_AS(append(*intake, delivery_of(desk.terminal, 2)), "PostgreSQL did not answer in time",
                         StoreUnavailable);
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
    CHECK(desk.await_lock(false));
    intruder.go();
    CHECK(desk.stored() == Texts{"1"});
    CHECK(append(*intake, delivery_of(desk.terminal, 2)).new_punches == 1);
}

}  // namespace presensi::storage
