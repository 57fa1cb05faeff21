#pragma once
// Files that people bring, into the corridor.

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>

#include "daemon/ingest.hpp"
#include "daemon/store_worker.hpp"

namespace presensi::pull {

struct Corridor {
    Ingest& ingest;
    StoreWorker& worker;
    Now now;
};

struct Imported {
    std::string refusal;  // a sentence: nothing of the file was taken; empty: all of it
    std::int64_t delivery_id = 0;
    std::size_t lines = 0;  // records in it
    std::uint32_t new_punches = 0;
    std::uint32_t known_punches = 0;
    std::size_t rejects = 0;
    std::string first;  // device times of the oldest and the newest punch; empty: none
    std::string last;
};

// A file of `presensid pull --to`, of this terminal. The same file again changes nothing. Throws
// storage::StoreUnavailable.
boost::asio::awaitable<Imported> import_file(const Corridor& corridor, Terminal& terminal, std::string bytes,
                                             std::string peer);

}  // namespace presensi::pull
