#pragma once

#include <string>

#include "tests/storage/fresh_store.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace presensi::storage {

// As in production: presensi_owner brings the schema up, presensid works.
class FreshPostgres : public FreshStore {
public:
    // server: as PostgresDatabaseOfTest.
    explicit FreshPostgres(const std::string& server = shared_postgres()) : FreshPostgres("presensid", server) {}
    Store& store() override { return *store_; }
    void settle() override { database_.settle(); }
    const PostgresDatabaseOfTest& database() const { return database_; }

protected:
    FreshPostgres(const std::string& role, const std::string& server)
        : database_(server),
          store_(open_postgres({.url = database_.url_of(role), .owner_url = database_.owner_url()})) {}

private:
    PostgresDatabaseOfTest database_;
    std::unique_ptr<Store> store_;
};

// One role is everything.
class FreshPostgresOfOneRole final : public FreshPostgres {
public:
    FreshPostgresOfOneRole() : FreshPostgres("presensi_owner", shared_postgres()) {}
};

}  // namespace presensi::storage
