// The roles of production, and what other applications see.

#include <doctest/doctest.h>

#include <pqxx/connection>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/result>
#include <set>

#include "storage/rights.hpp"
#include "storage/store_error.hpp"
#include "tests/storage/postgres_fixture.hpp"
#include "tests/storage/samples.hpp"

namespace presensi::storage {
namespace {

const std::string no_privilege = "42501";
const std::string our_trigger = "P0001";

// The SQLSTATE that the database answers to this role; empty: it did it.
std::string refusal(const std::string& url, const std::string& sql) {
    pqxx::connection connection(url);
    pqxx::nontransaction direct(connection);
    try {
        direct.exec(sql);
    } catch (const pqxx::insufficient_privilege&) {
        return no_privilege;  // libpqxx 6 drops its code
    } catch (const pqxx::sql_error& error) {
        return error.sqlstate();
    }
    return {};
}

std::vector<std::vector<std::string>> ask(const std::string& url, const std::string& sql) {
    pqxx::connection connection(url);
    pqxx::nontransaction direct(connection);
    std::vector<std::vector<std::string>> rows;
    for (const pqxx::row& row : direct.exec(sql)) {
        std::vector<std::string> columns;
        for (const auto& field : row) columns.emplace_back(field.is_null() ? "NULL" : field.c_str());
        rows.push_back(std::move(columns));
    }
    return rows;
}

// A punch, a later sighting by another road, a reject and an unread table.
void fill(Store& store) {
    const auto database = store.open_database();
    const auto terminal = add_terminal(*database, "TST7240100001");
    const auto intake = store.open_intake();
    Delivery delivery = make_delivery(terminal, {make_punch("0042", 1), make_punch("A12", 2)});
    delivery.rejects.push_back(make_reject("nonsense", 3));
    append(*intake, delivery);
    append(*intake, make_delivery(terminal, {make_punch("42", 1)}, Road::upload));
    append(*intake, make_unread(terminal, "OPTIONS", "x=1"));
    database->execute("INSERT INTO audit (at, actor, action, subject, detail) VALUES ($1, 'a', 'b', 'c', 'd')",
                      {std::string("2026-11-20T00:00:00Z")});
}

}  // namespace

TEST_CASE("roles: nobody changes or deletes what was delivered, the daemon's role cannot even try") {
    FreshPostgres fresh;
    fill(fresh.store());
    const std::pair<const char*, const char*> columns[] = {{"punch", "pin"},     {"sighting", "road"},
                                                           {"delivery", "body"}, {"reject", "bytes"},
                                                           {"audit", "actor"},   {"terminal_event", "kind"}};
    for (const std::pair<const char*, const char*>& table : columns) {
        const std::string name = std::string("presensi.") + table.first;
        const std::string column = table.second;
        const std::string changes[] = {"UPDATE " + name + " SET " + column + " = " + column, "DELETE FROM " + name,
                                       "TRUNCATE " + name};
        for (const std::string& sql : changes) {
            CAPTURE(sql);
            CHECK(refusal(fresh.database().url(), sql) == no_privilege);
            CHECK(refusal(fresh.database().owner_url(), sql) == our_trigger);
            CHECK(refusal(fresh.database().superuser_url(), sql) == our_trigger);
        }
        CHECK(refusal(fresh.database().url(), "SELECT * FROM " + name).empty());
    }
    for (const char* sql : {"DELETE FROM presensi.terminal", "DELETE FROM presensi.terminal_stamp",
                            "UPDATE presensi.schema_version SET version = 1", "DROP TABLE presensi.punch",
                            "ALTER TABLE presensi.punch DISABLE TRIGGER ALL", "CREATE TABLE presensi.mine (x int)",
                            "DROP VIEW sikep_v1.punch"}) {
        CAPTURE(sql);
        CHECK(refusal(fresh.database().url(), sql) == no_privilege);
    }
}

TEST_CASE("roles: what a role may do is told") {
    FreshPostgres fresh;
    const auto rights_of = [](const std::string& url) {
        const auto store = open_postgres({.url = url, .migrate = false});
        return load_rights(*store->open_database());
    };
    const StoreRights daemon = rights_of(fresh.database().url());
    CHECK(daemon.role == "presensid");
    CHECK(daemon.may_add);
    CHECK_FALSE(daemon.may_change);
    CHECK(rights_of(fresh.database().owner_url()).may_change);
    const std::string owner = fresh.database().owner_url();
    REQUIRE(refusal(owner, "REVOKE INSERT ON presensi.upload FROM presensid").empty());
    CHECK_FALSE(rights_of(fresh.database().url()).may_add);
}

TEST_CASE("roles: a table of a later migration is covered without a word about roles in it") {
    FreshPostgres fresh;
    const std::string owner = fresh.database().owner_url();
    REQUIRE(refusal(owner,
                    "CREATE TABLE presensi.later (x int); CREATE TABLE presensi.later_fact (x int);"
                    "CREATE TRIGGER t BEFORE UPDATE OR DELETE OR TRUNCATE ON presensi.later_fact"
                    " FOR EACH STATEMENT EXECUTE FUNCTION presensi.refuse_change()")
                .empty());
    REQUIRE(refusal(owner, "SELECT presensi.grant_to_roles()").empty());
    const std::string daemon = fresh.database().url();
    CHECK(refusal(daemon, "INSERT INTO presensi.later VALUES (1); UPDATE presensi.later SET x = 2").empty());
    CHECK(refusal(daemon, "INSERT INTO presensi.later_fact VALUES (1)").empty());
    CHECK(refusal(daemon, "UPDATE presensi.later_fact SET x = 2") == no_privilege);
}

TEST_CASE("roles: a reader sees the views and nothing else, every column of them is explained") {
    FreshPostgres fresh;
    fill(fresh.store());
    const std::string superuser = fresh.database().superuser_url();
    REQUIRE(refusal(superuser,
                    "DO $$ BEGIN CREATE ROLE reader_of_test LOGIN IN ROLE sikep_reader;"
                    " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")
                .empty());
    const std::string reader = fresh.database().url_of("reader_of_test");
    for (const char* sql : {"SELECT * FROM presensi.punch", "SELECT * FROM presensi.delivery",
                            "SELECT * FROM presensi.reject", "UPDATE sikep_v1.terminal SET name = 'x'"}) {
        CAPTURE(sql);
        CHECK(refusal(reader, sql) == no_privilege);
    }
    const auto punches = ask(reader,
                             "SELECT terminal, pin, pin_key, device_time, zone, punched_at AT TIME ZONE 'UTC', state,"
                             " work_code, roads, counted FROM sikep_v1.punch ORDER BY id");
    REQUIRE(punches.size() == 2);
    CHECK(punches[0] == std::vector<std::string>{"TST7240100001", "0042", "42", "2026-11-20 07:00:01", "Asia/Makassar",
                                                 "2026-11-19 23:00:01", "0", "NULL", "{push,upload}", "t"});
    CHECK(punches[1][8] == "{push}");
    CHECK(ask(reader, "SELECT serial, state FROM sikep_v1.terminal") ==
          std::vector<std::vector<std::string>>{{"TST7240100001", "approved"}});
    const auto uncommented =
        ask(superuser,
            "SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE c.relnamespace = 'sikep_v1'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
            " AND COALESCE(col_description(c.oid, a.attnum), '') = ''");
    CHECK(uncommented.empty());
    CHECK(ask(superuser,
              "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
              " WHERE c.relnamespace = 'sikep_v1'::regnamespace AND a.attnum > 0")[0][0] != "0");
}

TEST_CASE("views: a punch has the name of whose PIN it was on that terminal on that day") {
    FreshPostgres fresh;
    fill(fresh.store());
    // The fleet's 42 is Ana's; there is another 42 at this terminal only, from a day on; A12 is claimed by two.
    REQUIRE(refusal(fresh.database().owner_url(), R"(
        SET search_path = presensi;
        INSERT INTO person (uuid, nip, name, kind, created_at) VALUES ('u-ana', NULL, 'Ana Uji', 'pns', now()),
            ('u-budi', NULL, 'Budi Uji', 'none', now());
        INSERT INTO unit_membership (person_id, unit, echelon, golongan, jabatan, valid_from)
            SELECT id, 'dinsos', 'staff', '', '', '2020-05-04' FROM person WHERE uuid = 'u-ana';
        INSERT INTO pin_assignment (person_id, serial, pin, pin_key, valid_from, valid_to, reason, assigned_by, assigned_at)
            SELECT id, '', '42', '42', DATE '2020-05-04', NULL::date, 'x', 'x', now() FROM person WHERE uuid = 'u-ana' UNION ALL
            SELECT id, 'TST7240100001', '42', '42', '2026-11-21', NULL, 'x', 'x', now() FROM person WHERE uuid = 'u-budi' UNION ALL
            SELECT id, '', 'A12', 'A12', '2020-05-04', NULL, 'x', 'x', now() FROM person)")
                .empty());
    const std::string url = fresh.database().superuser_url();
    const auto named = [&] { return ask(url, "SELECT pin, person, name, unit FROM sikep_v1.punch ORDER BY id"); };
    CHECK(named() == std::vector<std::vector<std::string>>{{"0042", "u-ana", "Ana Uji", "dinsos"},
                                                           {"A12", "NULL", "NULL", "NULL"}});
    REQUIRE(refusal(fresh.database().owner_url(),
                    "UPDATE presensi.pin_assignment SET valid_from = '2026-11-20' WHERE serial <> ''")
                .empty());
    CHECK(named()[0] == std::vector<std::string>{"0042", "u-budi", "Budi Uji", "NULL"});
}

TEST_CASE("punches_after: every punch once, in the feed's order, with the feed's cursors") {
    FreshPostgres fresh;
    FreshPostgres other;
    fill(fresh.store());
    fill(other.store());
    fresh.settle();
    other.settle();
    const std::string url = fresh.database().superuser_url();
    std::vector<std::string> pins;
    std::string cursor = "0";
    for (;;) {
        const auto rows =
            ask(url, "SELECT next_cursor, pin, terminal, roads FROM sikep_v1.punches_after('" + cursor + "', 1)");
        if (rows.empty()) break;
        REQUIRE(rows.size() == 1);
        pins.push_back(rows[0][1]);
        // The API takes the same cursor.
        cursor = rows[0][0];
        FeedQuery query;
        query.after = cursor;
        const FeedPage rest = fresh.store().open_feed()->read(query);
        CHECK(rest.rows.size() == 2 - pins.size());
    }
    CHECK(pins == std::vector<std::string>{"0042", "A12"});
    CHECK(ask(url, "SELECT * FROM sikep_v1.punches_after()").size() == 2);
    CHECK(fresh.store().open_feed()->read({}).next == cursor);

    const std::string foreign = other.store().open_feed()->read({}).next;
    constexpr auto invalid = "22023";
    for (const std::string& bad : {foreign, std::string("7"), cursor.substr(0, 17) + "99999999999-1"}) {
        CAPTURE(bad);
        CHECK(refusal(url, "SELECT * FROM sikep_v1.punches_after('" + bad + "')") == invalid);
    }
}

TEST_CASE("roles: one role may be everything, and a daemon that may not change its schema says what to do") {
    const PostgresDatabaseOfTest bare;
    CHECK_THROWS_WITH_AS(open_postgres({.url = bare.url()}), doctest::Contains("storage.postgres.owner_url"),
                         StoreUnusable);
    const auto store = open_postgres({.url = bare.owner_url()});
    fill(*store);
    CHECK(open_postgres({.url = bare.url()})->open_feed()->read({}).next.size() > 16);
}

}  // namespace presensi::storage
