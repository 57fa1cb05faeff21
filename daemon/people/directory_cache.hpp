#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>

#include "attendance/directory.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/terminal_registry.hpp"

namespace presensi::people {

// The directory in memory. Lives on the I/O thread; what it gives out may go to any thread, because it never changes.
class DirectoryCache {
public:
    DirectoryCache(StoreWorker& worker, const TerminalRegistry& registry) : worker_(worker), registry_(registry) {}

    // As it is stored now (directory_version says whether it changed) with the terminals as they are known now. While
    // the store cannot be read, as it was last; throws storage::StoreUnavailable if it never was.
    boost::asio::awaitable<attendance::DirectoryPtr> current();
    // As it was last, without asking the store; null: it never was.
    attendance::DirectoryPtr last() const { return directory_; }

private:
    std::vector<attendance::TerminalPlace> places() const;

    StoreWorker& worker_;
    const TerminalRegistry& registry_;
    std::int64_t version_ = 0;
    attendance::DirectoryPtr directory_;
};

}  // namespace presensi::people
