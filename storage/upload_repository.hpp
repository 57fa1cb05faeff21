#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"
#include "storage/database.hpp"

namespace presensi::storage {

// What people are told of a file that is not whole; the board looks for it, too.
inline constexpr std::string_view remark_of_cut_file =
    "Its last line is not whole: the file was cut; read the terminal once more.";

// A file that somebody brought, each time (protocol-4370 § 8).
struct UploadRow {
    std::int64_t id = 0;
    std::int64_t terminal_id = 0;
    std::int64_t delivery_id = 0;  // 0: it brought nothing new
    std::string uploaded_at;       // RFC 3339 UTC
    std::string uploaded_by;
    Sha256 sha256{};  // of the file as it was brought
    std::int64_t bytes = 0;
    std::string kind;             // usb::to_string(FileKind), or "pulled"
    std::string terminal_number;  // as its column says; empty: it says nothing
    std::int64_t lines = 0;
    std::int64_t new_punches = 0;
    std::int64_t known_punches = 0;
    std::int64_t rejects = 0;
    std::string first;  // device times, 2026-11-02T07:00:00; empty: it has no punch
    std::string last;
    std::string remarks = "[]";  // JSON list of English sentences
    // taking: not to its end yet. waiting, refused: it brought nothing.
    std::string state = "taken";
    std::string waits_for;   // why a second person has to look at it; empty: nobody has to
    std::string decided_at;  // by that person; empty: nobody did
    std::string decided_by;
    std::string reason;  // of a refusal
    std::string serial;  // of the terminal; only read
    std::string said;    // JSON: how whoever brought it said that it is to be read; only written
};

// A file that waits, or that was approved and is not taken to its end.
struct KeptUpload {
    UploadRow row;
    std::string content;  // redacted, as it would be stored
    std::string said;     // JSON: how it is to be read
};

// Of the punches of a file, each counted once, what is stored already.
struct Spread {
    struct Other {
        std::string serial;
        std::string name;
        std::string unit;
        std::int64_t punches = 0;  // of all
        std::int64_t unknown = 0;  // of those that the terminal itself does not have
    };
    std::int64_t punches = 0;
    std::int64_t known = 0;              // of that terminal
    std::int64_t unknown_elsewhere = 0;  // of the others, of any terminal
    std::vector<Other> others;           // only where they have enough to matter; the most first
    // In order, of those that the terminal itself does not have.
    std::vector<std::chrono::local_days> new_days;
};

class UploadRepository {
public:
    explicit UploadRepository(Database& database) : database_(database) {}

    std::int64_t add(const UploadRow& row);
    // A file that waits; the id of the same one, to be read in the same way, if it waits already. Inside a transaction.
    std::int64_t add_waiting(const UploadRow& row, const std::string& content, const std::string& said);
    std::optional<UploadRow> find(std::int64_t id);
    std::optional<KeptUpload> find_kept(std::int64_t id);
    // Ends the waiting, in one direction or the other; false: it does not wait. Inside a transaction.
    bool begin_waiting(const UploadRow& row);  // from now on it is being taken: its counts, decided_at and decided_by
    bool refuse_waiting(std::int64_t id, const std::string& at, const std::string& by, const std::string& reason);
    // One that was being taken is: its counts, delivery_id and remarks. Inside a transaction.
    void finish(const UploadRow& row);
    // Ids of those that were approved and are not taken to their end.
    std::vector<std::int64_t> list_unfinished();
    // The latest first.
    struct Filter {
        std::optional<std::vector<std::int64_t>> terminals;  // nothing: all
        std::string state;                                   // empty: all
        std::int64_t before = 0;                             // an id; 0: from the latest
        int limit = 1000;
    };
    std::vector<UploadRow> list(const Filter& filter);
    bool was_taken(std::int64_t terminal_id, const Sha256& sha256);

    // The terminal number of the latest file of this kind that had one and brought something new.
    std::optional<std::string> latest_terminal_number(std::int64_t terminal_id, const std::string& kind);

    Spread find_spread(std::int64_t terminal_id, std::span<const Punch> punches);

private:
    std::vector<UploadRow> list_some(const Filter& filter, std::span<const std::int64_t> terminals);

    Database& database_;
};

}  // namespace presensi::storage
