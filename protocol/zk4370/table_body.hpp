#pragma once
// What every bulk read brings: a size, and then records of one size (protocol-4370 § 3.7).

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace presensi::zk4370 {

struct TableBody {
    std::string_view records;  // as many bytes as the prefix says; points into the buffer
    std::size_t surplus = 0;   // bytes behind them: reported, not read
};

// Nothing if fewer bytes came than the prefix says, or not even the prefix. A buffer without a single byte is an empty
// table (protocol-4370 § 3.7).
std::optional<TableBody> split_table(std::string_view buffer);

// Why a table was not taken.
enum class TableProblemKind : std::uint8_t { truncated, unknown_layout, count_mismatch };

struct TableProblem {
    TableProblemKind kind = TableProblemKind::truncated;
    std::string sentence;  // English, for the operator; no part of the buffer in it
};

// User id (verbatim) by slot, from the user table of the same session: slots are given to somebody else later
// (protocol-4370 § 0.7, § 4.5).
using UserIds = std::map<std::uint16_t, std::string>;

// What stands for a slot without a user: "uid:7". No person's PIN.
std::string slot_pin(std::uint16_t slot);

}  // namespace presensi::zk4370
