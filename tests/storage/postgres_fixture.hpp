#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "tests/storage/fresh_store.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace presensi::storage {

// As in production: presensi_owner brings the schema up, presensid works.
class FreshPostgres : public FreshStore {
public:
    FreshPostgres() : FreshPostgres("presensid") {}
    Store& store() override { return *store_; }
    void settle() override {
        const auto database = store_->open_database();
        const auto settled = [&] {
            return database
                       ->query(
                           "SELECT COALESCE(bool_and(xid < pg_snapshot_xmin(pg_current_snapshot())), true) FROM punch")
                       .at(0)
                       .integer(0) == 1;
        };
        while (!settled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const PostgresDatabaseOfTest& database() const { return database_; }

protected:
    explicit FreshPostgres(const std::string& role)
        : store_(open_postgres({.url = database_.url_of(role), .owner_url = database_.owner_url()})) {}

private:
    PostgresDatabaseOfTest database_;
    std::unique_ptr<Store> store_;
};

// One role is everything.
class FreshPostgresOfOneRole final : public FreshPostgres {
public:
    FreshPostgresOfOneRole() : FreshPostgres("presensi_owner") {}
};

}  // namespace presensi::storage
