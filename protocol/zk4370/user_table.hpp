#pragma once
// The user table: who stands behind a slot, and names for people who match PINs to persons (protocol-4370 § 4.5).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/records.hpp"
#include "protocol/zk4370/table_body.hpp"
#include "protocol/zk4370/user_record.hpp"

namespace presensi::zk4370 {

struct UserTable {
    std::optional<UserLayout> layout;  // nothing: an empty table
    std::string raw;                   // redacted, prefix and records without surplus: the only form that may be kept
    std::vector<User> users;           // in the order of the table
    std::vector<TerminalUser> people;  // the same as every road gives them; `line` is the position, from 1
    UserIds ids;                       // of a slot that stands twice, the first
    std::vector<Reject> rejects;       // redacted: no_user without an id, bad_pin for one that is no printable text
    std::size_t template_slots = 0;    // skipped
};

// Which layout the records (without prefix) have: the one that the terminal's count of users says if all records can
// be such, else the only one that all can be (protocol-4370 § 4.5). Nothing: not settled. `records` is not empty.
std::optional<UserLayout> detect_users(std::string_view records, std::optional<std::uint32_t> counted);

// Takes the whole buffer of a read, prefix included, and gives back nothing that is not redacted. Of a table that
// cannot be redacted because its layout is not settled, only length and SHA-256 are told, in the sentence. Problems:
// truncated, unknown_layout.
std::variant<UserTable, TableProblem> take_users(std::string buffer, std::optional<std::uint32_t> counted);

}  // namespace presensi::zk4370
