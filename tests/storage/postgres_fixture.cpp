#include "tests/storage/postgres_fixture.hpp"

#include <unistd.h>

#include <pqxx/connection>
#include <pqxx/nontransaction>

#include "tests/support/postgres_cluster.hpp"

namespace presensi::storage {
namespace {

void as_superuser(const std::string& sql) {
    pqxx::connection connection(shared_postgres());
    pqxx::nontransaction(connection).exec(sql);
}

}  // namespace

PostgresDatabaseOfTest::PostgresDatabaseOfTest() {
    static int made = 0;
    name_ = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
    as_superuser("CREATE DATABASE " + name_);
    url_ = with_database(shared_postgres(), name_);
}

PostgresDatabaseOfTest::~PostgresDatabaseOfTest() { as_superuser("DROP DATABASE " + name_ + " WITH (FORCE)"); }

}  // namespace presensi::storage
