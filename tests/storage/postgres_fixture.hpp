#pragma once

#include <string>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// A database of its own in the run's cluster, dropped with the object.
class PostgresDatabaseOfTest {
public:
    PostgresDatabaseOfTest();
    ~PostgresDatabaseOfTest();
    PostgresDatabaseOfTest(const PostgresDatabaseOfTest&) = delete;
    PostgresDatabaseOfTest& operator=(const PostgresDatabaseOfTest&) = delete;

    const std::string& url() const { return url_; }

private:
    std::string name_;
    std::string url_;
};

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
