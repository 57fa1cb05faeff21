#pragma once
// Files that people bring, into the corridor (architecture 1; protocol-4370 § 8.4).

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/ingest.hpp"
#include "daemon/store_worker.hpp"
#include "protocol/usb/attendance_file.hpp"

namespace presensi::upload {

struct Corridor {
    Ingest& ingest;
    StoreWorker& worker;
    Now now;
    std::size_t line_limit;
};

struct Brought {
    std::string bytes;
    std::string by;    // who, for the records
    std::string peer;  // address; empty: at this computer
    usb::DateOrder date_order = usb::DateOrder::by_the_file;
    bool dry_run = false;    // only say what would be
    bool confirmed = false;  // it is of this terminal, whatever it looks like
};

struct Taken {
    // Of a report at most so many rejects are shown; all are in the store.
    static constexpr std::size_t most_rejects = 1000;

    std::string refusal;         // a sentence: nothing of the file was taken; empty: all of it
    std::int64_t upload_id = 0;  // 0: a dry run
    std::int64_t delivery_id = 0;
    std::string kind;             // usb::to_string(FileKind), or "pulled"
    std::string terminal_number;  // as the file says; empty: it says nothing
    std::size_t lines = 0;        // records in it
    std::int64_t new_punches = 0;
    std::int64_t known_punches = 0;
    std::size_t rejected = 0;
    std::vector<Reject> rejects;
    std::string first;  // device times of the oldest and the newest punch; empty: none
    std::string last;
    std::vector<std::string> remarks;  // sentences
};

// A file of `presensid pull --to` or of a USB stick, of this terminal. The same file again changes nothing but the list
// of uploads. Throws storage::StoreUnavailable.
boost::asio::awaitable<Taken> take_file(const Corridor& corridor, Terminal& terminal, Brought brought);

}  // namespace presensi::upload
