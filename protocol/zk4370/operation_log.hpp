#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/records.hpp"
#include "protocol/zk4370/table_body.hpp"

namespace presensi::zk4370 {

inline constexpr std::size_t operation_record_size = 16;

// One record as it stands there (protocol-4370 § 4.6).
struct OperationRecord {
    std::uint16_t admin_slot = 0;  // 0: nobody
    std::uint8_t operation = 0;    // see operation_name()
    std::uint32_t packed_time = 0;
    std::array<std::uint16_t, 4> parameters{};
};

// `bytes` must be exactly one record.
OperationRecord decode_operation_record(std::string_view bytes);

struct OperationBatch {
    std::vector<TerminalEvent> events;  // in the order of the records; `line` is the position, from 1
    std::vector<Reject> rejects;        // bad_time
};

// Of a whole buffer with its prefix. The administrator is the PIN that `users` has for the slot, else "uid:N"; a clock
// that was not set leaves the time out. Problems: truncated, unknown_layout (not records of 16 bytes).
std::variant<OperationBatch, TableProblem> decode_operations(std::string_view buffer, const UserIds& users);

}  // namespace presensi::zk4370
