#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"
#include "protocol/zk4370/attendance.hpp"
#include "protocol/zk4370/counters.hpp"
#include "protocol/zk4370/event.hpp"
#include "protocol/zk4370/operation_log.hpp"
#include "protocol/zk4370/request.hpp"
#include "protocol/zk4370/user_table.hpp"

namespace presensi::zk4370 {

enum class FailureKind : std::uint8_t {
    no_answer,         // connected, and silence: another client holds its only session, or another service
    not_a_terminal,    // what answers does not speak this protocol
    timed_out,         // it stopped answering
    disconnected,      // the connection ended, or could not be made again
    unauthorized,      // no comm key, or the wrong one: never tried again by itself
    wrong_terminal,    // another serial number than expected, or none
    refused,           // it will not give the table
    protocol_error,    // answers that make no sense
    too_big,           // more than PullRequest::most_bytes or most_records
    truncated,         // fewer bytes than announced
    unknown_layout,    // records of no known layout, or of more than one
    count_mismatch,    // not as many records as the terminal counts
    users_unreadable,  // the log carries only slots, and the user table could not be had
    stopped,           // by stop()
};

std::string_view to_string(FailureKind kind);  // "no_answer", …: for tables, logs and the API

// Why something was not taken. The bytes are kept so that nothing unreadable vanishes (promise P4).
struct PullFailure {
    FailureKind kind = FailureKind::protocol_error;
    std::string sentence;        // English, for the operator
    std::optional<Table> table;  // of which table, if of any
    // What had come of the table, with its prefix. Of users always empty, for it could not be redacted; of a whole
    // table the sentence has length and SHA-256 (protocol-4370 § 4.5).
    std::string raw;
};

// A whole log: every record is in `punches` or `rejects`.
struct PulledAttendance {
    std::string raw;                         // as it came, prefix included, without surplus
    std::optional<AttendanceLayout> layout;  // nothing: an empty log
    AttendanceBatch batch;
};

struct PulledOperations {
    std::string raw;  // likewise
    OperationBatch batch;
};

struct PullStatistics {
    std::uint64_t bytes_received = 0;
    std::uint32_t late_replies = 0;     // to another request than the last: dropped
    std::uint32_t damaged_packets = 0;  // wrong checksum, or shorter than a header
    std::uint32_t events = 0;           // came in between: answered
    std::uint32_t repeats = 0;          // requests sent again, in the same or another form
    std::uint32_t reconnects = 0;
};

// What a pull brought. Each table is there in whole or not at all; what is known of the terminal stays also after a
// failure. Texts of the terminal are valid UTF-8 without control characters, empty if it does not say.
struct PullResult {
    std::string serial;
    std::string platform;
    std::string model;
    std::string firmware;
    std::string mac;
    std::optional<std::uint32_t> clock_raw;  // as it came, see packed_time.hpp
    std::optional<DeviceTime> clock;         // nothing if not asked, or no time that can be
    std::optional<Counters> before;          // nothing: unknown, not zero
    std::optional<Counters> after;           // asked only when the attendance log was read

    std::optional<PulledAttendance> attendance;
    std::optional<UserTable> users;
    std::optional<PulledOperations> operations;

    std::optional<PullFailure> failure;        // of the pull; then `attendance` is empty
    std::vector<PullFailure> lesser_failures;  // of users and operations, which the pull survived
    std::vector<std::string> notes;            // English: what was unusual and accepted
    std::vector<Event> events;                 // at most 100 of those in between
    bool may_be_disabled = false;              // told to disable itself, and did not confirm being enabled again
    PullStatistics statistics;
};

}  // namespace presensi::zk4370
