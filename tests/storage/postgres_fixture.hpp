#pragma once

#include <string>

#include "tests/storage/fresh_store.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace presensi::storage {

class FreshPostgres final : public FreshStore {
public:
    FreshPostgres() : store_(open_postgres({.url = database_.url()})) {}
    Store& store() override { return *store_; }
    const std::string& url() const { return database_.url(); }

private:
    PostgresDatabaseOfTest database_;
    std::unique_ptr<Store> store_;
};

}  // namespace presensi::storage
