#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "tests/storage/fresh_store.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace presensi::storage {

class FreshPostgres final : public FreshStore {
public:
    FreshPostgres() : store_(open_postgres({.url = database_.url(), .owner_url = database_.owner_url()})) {}
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

private:
    PostgresDatabaseOfTest database_;
    std::unique_ptr<Store> store_;
};

}  // namespace presensi::storage
