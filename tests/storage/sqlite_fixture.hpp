#pragma once

#include <filesystem>

#include "tests/storage/fresh_store.hpp"

namespace presensi::storage {

// An empty folder of its own, removed with the object.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

class FreshSqlite final : public FreshStore {
public:
    FreshSqlite() : store_(open_sqlite({.path = path()})) {}
    Store& store() override { return *store_; }
    std::filesystem::path path() const { return folder_.path() / "presensi.db"; }

private:
    TemporaryFolder folder_;
    std::unique_ptr<Store> store_;
};

}  // namespace presensi::storage
