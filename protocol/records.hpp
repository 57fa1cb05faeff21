#pragma once
// The records that every door produces and every store keeps. Plain values, standard library only.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace presensi {

// The terminal's wall clock to the second, without a zone (architecture 3.1). Never compared with an Instant.
using DeviceTime = std::chrono::local_seconds;

// Our UTC clock, in milliseconds.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

using Sha256 = std::array<std::uint8_t, 32>;

// The way a delivery travelled (architecture 3.2).
enum class Road : std::uint8_t { push, pull, upload };

// What a punch is worth as evidence (architecture 3.13). Only `suspect` does not count.
enum class Grade : std::uint8_t { live, late, pulled, file, late_online, pull_only, suspect };

enum class RejectReason : std::uint8_t {
    too_few_fields,  // a punch needs a PIN and a time
    empty_pin,
    bad_pin,  // control characters, not UTF-8, or longer than 64 bytes
    bad_time,
    line_too_long,
    store_refused,   // the store would not take the line although it decoded well
    no_user,         // a record without a user: deleted since, or an event of the door (protocol-4370 § 4.5)
    time_unknown,    // the terminal had no clock (protocol-4370 § 4.1)
    bad_row,         // of a table: quotes that do not close, no text, more cells than its header
    other_terminal,  // of a table: its column says another terminal
};

// The names used in tables, logs and the API.
std::string_view to_string(Road road);
std::string_view to_string(Grade grade);
std::string_view to_string(RejectReason reason);

// One attendance record.
struct Punch {
    std::string pin;      // verbatim, valid UTF-8, 1–64 bytes, no control characters
    std::string pin_key;  // what the PIN is compared by; see protocol/pin.hpp
    DeviceTime device_time{};
    std::optional<int> state;              // the wire's status, 0–255 (protocol-adms § 3.2)
    std::optional<int> verify;             // verification code (protocol-adms § 3.3)
    std::optional<std::string> work_code;  // valid UTF-8; empty on the wire = none
    std::uint32_t line = 0;                // physical line in the delivery's body, from 1

    // Derived by Ingest from the terminal's zone and its history; recomputable.
    std::chrono::sys_seconds punched_at{};
    Grade grade = Grade::live;
};

// A line that is not a punch, kept so that nothing unreadable vanishes (promise P4).
struct Reject {
    std::uint32_t line = 0;  // from 1
    RejectReason reason = RejectReason::bad_time;
    std::string bytes;       // the redacted line; of an over-long line its first 256 bytes
    Sha256 sha256{};         // of the whole redacted line
    std::size_t length = 0;  // of the whole redacted line, in bytes
};

// Something that happened at the terminal itself (protocol-adms § 3.4). Text is valid UTF-8 without control characters.
struct TerminalEvent {
    std::uint32_t line = 0;                 // from 1
    std::string kind;                       // "clock_set", "records_deleted", …; "operation" without a name; "error"
    std::optional<int> operation;           // the wire's code; none for an error
    std::string operator_pin;               // who was at the menu; empty: nobody
    std::optional<DeviceTime> device_time;  // an error has none
    std::string detail;  // what it was about, as sent: up to four objects, or an error's code and text
    Sha256 sha256{};     // of all that, but not the line: the same event again has the same
};

// A user as the terminal knows it: a hint for people who match PINs to persons, and nothing secret.
struct TerminalUser {
    std::uint32_t line = 0;
    std::string pin;  // verbatim
    std::string pin_key;
    std::string name;  // as far as the terminal keeps it; may be empty
};

// A push terminal's own cursor, opaque to us: 1–20 digits (protocol-adms § 2.4).
struct StampMove {
    std::string table;  // "ATTLOG", "OPERLOG", …
    std::string stamp;
};

// What arrived by any door: the one thing that Ingest::record takes (architecture 3.3).
struct Delivery {
    std::int64_t terminal_id = 0;
    Road road = Road::push;
    std::string table;  // wire name in upper case, e.g. "ATTLOG"; valid UTF-8
    std::string query;  // redacted, valid UTF-8
    std::string peer;   // address of the sender
    Instant received_at{};
    std::string body;  // redacted; any bytes
    std::vector<Punch> punches;
    std::vector<Reject> rejects;
    std::optional<StampMove> stamp;  // moves in the same transaction
    bool unread = false;             // a table that nobody decodes yet: kept once per content
};

// What the commit made of a delivery.
struct Receipt {
    std::int64_t delivery_id = 0;  // 0: brought nothing new, so it was not kept
    std::uint32_t new_punches = 0;
    std::uint32_t known_punches = 0;
    std::uint32_t new_sightings = 0;
    std::uint32_t new_rejects = 0;
    bool stamp_stored = true;  // false: the store took only the bytes
};

}  // namespace presensi
