// Every engine keeps the same promises.

#include <doctest/doctest.h>

#include "tests/storage/access_contract.hpp"
#include "tests/storage/database_contract.hpp"
#include "tests/storage/feed_contract.hpp"
#include "tests/storage/intake_contract.hpp"
#include "tests/storage/organisation_contract.hpp"
#include "tests/storage/people_contract.hpp"
#include "tests/storage/period_contract.hpp"
#include "tests/storage/postgres_fixture.hpp"
#include "tests/storage/pull_contract.hpp"
#include "tests/storage/sqlite_fixture.hpp"
#include "tests/storage/talk_contract.hpp"
#include "tests/storage/terminal_log_contract.hpp"
#include "tests/storage/upload_contract.hpp"

namespace presensi::storage {
namespace {

template <typename Fresh>
void check(std::span<const Contract> contracts) {
    for (const Contract& contract : contracts) {
        SUBCASE(contract.name) {
            Fresh fresh;
            contract.check(fresh);
        }
    }
}

}  // namespace

TEST_CASE("sqlite keeps the contract of intake") { check<FreshSqlite>(intake_contract()); }
TEST_CASE("sqlite keeps the contract of the feed") { check<FreshSqlite>(feed_contract()); }
TEST_CASE("sqlite keeps the contract of the database") { check<FreshSqlite>(database_contract()); }
TEST_CASE("sqlite keeps the contract of terminal logs") { check<FreshSqlite>(terminal_log_contract()); }
TEST_CASE("sqlite keeps the contract of pulls") { check<FreshSqlite>(pull_contract()); }
TEST_CASE("sqlite keeps the contract of talking back") { check<FreshSqlite>(talk_contract()); }
TEST_CASE("sqlite keeps the contract of people") { check<FreshSqlite>(people_contract()); }
TEST_CASE("sqlite keeps the contract of uploads") { check<FreshSqlite>(upload_contract()); }
TEST_CASE("sqlite keeps the contract of months") { check<FreshSqlite>(period_contract()); }
TEST_CASE("sqlite keeps the contract of the organisation") { check<FreshSqlite>(organisation_contract()); }
TEST_CASE("sqlite keeps the contract of access") { check<FreshSqlite>(access_contract()); }

TEST_CASE("postgres keeps the contract of intake") { check<FreshPostgres>(intake_contract()); }
TEST_CASE("postgres keeps the contract of the feed") { check<FreshPostgres>(feed_contract()); }
TEST_CASE("postgres keeps the contract of the database") { check<FreshPostgresOfOneRole>(database_contract()); }
TEST_CASE("postgres keeps the contract of terminal logs") { check<FreshPostgresOfOneRole>(terminal_log_contract()); }
TEST_CASE("postgres keeps the contract of pulls") { check<FreshPostgres>(pull_contract()); }
TEST_CASE("postgres keeps the contract of talking back") { check<FreshPostgres>(talk_contract()); }
TEST_CASE("postgres keeps the contract of people") { check<FreshPostgres>(people_contract()); }
TEST_CASE("postgres keeps the contract of uploads") { check<FreshPostgres>(upload_contract()); }
TEST_CASE("postgres keeps the contract of months") { check<FreshPostgres>(period_contract()); }
TEST_CASE("postgres keeps the contract of the organisation") { check<FreshPostgres>(organisation_contract()); }
TEST_CASE("postgres keeps the contract of access") { check<FreshPostgres>(access_contract()); }

}  // namespace presensi::storage
