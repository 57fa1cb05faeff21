#pragma once
// Files that people bring, into the corridor (architecture 1; protocol-4370 § 8.4).

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attendance/directory.hpp"
#include "config/settings.hpp"
#include "daemon/http/spool.hpp"
#include "daemon/ingest.hpp"
#include "daemon/store_worker.hpp"
#include "protocol/usb/attendance_file.hpp"

namespace presensi::upload {

// The window of a month's duty (attendance/month.hpp), as it is configured.
struct Duty {
    std::string zone;
    int enough_working_days = 3;
    bool refuses = false;  // files before or after it; otherwise they are taken and marked
};

struct Corridor {
    Ingest& ingest;
    StoreWorker& worker;
    Now now;
    std::size_t line_limit;
    config::SecondApproval second_approval = config::SecondApproval::off;
    attendance::DirectoryPtr directory{};  // null: nobody is looked up, and no window known
    Duty duty{};
    std::function<bool(const std::string&)> knows{};  // a terminal by its serial; null: none but the one that is meant
};

struct Brought {
    std::string bytes;
    std::shared_ptr<const http::Spool> spool{};  // set: the bytes are there
    std::string content_type{};                  // a form: its first file is meant
    std::string by;                              // who, for the records
    std::string peer;                            // address; empty: at this computer
    usb::Said said{};
    bool dry_run = false;    // only say what would be
    bool confirmed = false;  // it is of this terminal, whatever it looks like
};

struct Taken {
    // Of a report at most so many rejects are shown; all are in the store.
    static constexpr std::size_t most_rejects = 1000;
    static constexpr std::size_t most_pins = 100;

    std::string refusal;         // a sentence: nothing of the file was taken; empty: all of it
    std::string waits_for;       // a sentence: nothing of it counts until a second person approves it
    std::int64_t upload_id = 0;  // 0: a dry run
    std::int64_t delivery_id = 0;
    std::string kind;             // usb::to_string(FileKind), or "pulled"
    std::string terminal_number;  // as the file says; empty: it says nothing
    std::size_t lines = 0;        // records in it
    std::int64_t new_punches = 0;
    std::int64_t known_punches = 0;
    std::size_t rejected = 0;
    std::size_t left_out = 0;  // rows of a table that are of other terminals
    std::vector<Reject> rejects;
    std::string first;  // device times of the oldest and the newest punch; empty: none
    std::string last;
    std::vector<std::string> remarks;  // sentences
    // PINs that are nobody's on the day of a punch: how many, and the first of them. Nothing: nobody was looked up.
    std::optional<std::size_t> pins_without_person;
    std::vector<std::string> without_person;
};

// A file of `presensid pull --to`, of a USB stick, or a table, of this terminal. The same file again changes nothing
// but the list of uploads. Throws storage::StoreUnavailable.
boost::asio::awaitable<Taken> take_file(const Corridor& corridor, Terminal& terminal, Brought brought);

// A file that waits, approved by `by`; or one that somebody approved before and that was not taken to its end. Refused
// if it is neither (any more). Throws storage::StoreUnavailable.
boost::asio::awaitable<Taken> take_waiting(const Corridor& corridor, Terminal& terminal, std::int64_t upload_id,
                                           std::string by);

}  // namespace presensi::upload
