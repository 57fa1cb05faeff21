#include "daemon/people/directory_cache.hpp"

#include <utility>

#include "storage/directory_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi::people {

using attendance::DirectoryPtr;

namespace {

constexpr int most_tries = 3;

struct Loaded {
    std::int64_t version = 0;
    DirectoryPtr directory;
};

// Not torn by a change meanwhile, if that is to be had at all; otherwise the next look finds another version.
Loaded load(storage::Database& database, Loaded known, std::vector<attendance::TerminalPlace> places) {
    storage::DirectoryRepository repository(database);
    const std::int64_t now = repository.version();
    if (known.directory != nullptr && known.version == now) {
        if (known.directory->facts().terminals == places) return known;
        attendance::Facts facts = known.directory->facts();
        facts.terminals = std::move(places);
        return {now, std::make_shared<const attendance::Directory>(std::move(facts))};
    }
    std::int64_t version = now;
    attendance::Facts facts;
    for (int tries = 0; tries < most_tries; ++tries) {
        facts = repository.load();
        const std::int64_t after = repository.version();
        if (after == version) break;
        if (tries + 1 < most_tries) version = after;
    }
    facts.terminals = std::move(places);
    return {version, std::make_shared<const attendance::Directory>(std::move(facts))};
}

}  // namespace

boost::asio::awaitable<DirectoryPtr> DirectoryCache::current() {
    auto read = [known = Loaded{version_, directory_}, places = places()](StoreWorker::Reader reader) mutable {
        return load(reader.database, std::move(known), std::move(places));
    };
    try {
        const Loaded loaded = co_await worker_.read(std::move(read));
        if (loaded.version >= version_) {  // two may have looked at once
            version_ = loaded.version;
            directory_ = loaded.directory;
        }
    } catch (const storage::StoreUnavailable&) {
        if (directory_ == nullptr) throw;
    }
    co_return directory_;
}

std::vector<attendance::TerminalPlace> DirectoryCache::places() const {
    std::vector<attendance::TerminalPlace> places;
    for (const Terminal* terminal : registry_.all()) {
        if (terminal->row.state == storage::TerminalState::seen) continue;  // nobody approved it
        places.push_back({terminal->row.serial, terminal->row.name, terminal->row.unit,
                          terminal->role == config::TerminalRole::apel, terminal->portable,
                          terminal->row.state == storage::TerminalState::retired});
    }
    return places;
}

}  // namespace presensi::people
