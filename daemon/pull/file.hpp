#pragma once
// A pull as a file: made at a laptop on an SKPD's own network, taken in later (presensid import). In it:
//
//     presensi-pull 1
//     {"serial": …, "pulled_at": …, "clock": …, "counted_before": …, "attendance_bytes": …, "users_bytes": …, …}
//     the attendance log and the redacted user table as the terminal sent them
//     sha256 <64 digits>            of everything before this line
//
// The first line and the last make a file that was cut, or that something has edited, recognisable.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/pull/visit.hpp"
#include "protocol/zk4370/pull_result.hpp"

namespace presensi::pull {

// Of a pull that brought a log. `computer` is the zone that the clock difference in the file is told by.
std::string encode_file(const Outcome& outcome, Instant pulled_at, Zone& computer);

// A file whose log passed the same checks as a pull's.
struct FileContent {
    std::string serial;
    Instant pulled_at{};
    std::string how;  // where and when it was pulled, for people
    zk4370::PulledAttendance attendance;
    std::optional<zk4370::UserTable> users;
};

// The same file with the users as they may be kept: who sealed it need not have redacted them. `content` is of it.
std::string redacted_file(std::string_view bytes, const FileContent& content);

bool is_pulled_file(std::string_view bytes);

// The sentence says why nothing of the file can be taken.
std::variant<FileContent, std::string> decode_file(std::string_view bytes);

}  // namespace presensi::pull
