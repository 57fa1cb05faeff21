#include "protocol/zk4370/operation_log.hpp"

#include <cassert>

#include "protocol/sha256.hpp"
#include "protocol/terminal_event.hpp"
#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/packed_time.hpp"

namespace presensi::zk4370 {

namespace {

std::string operator_of(std::uint16_t slot, const UserIds& users) {
    if (slot == 0) return {};
    const auto found = users.find(slot);
    return found == users.end() ? slot_pin(slot) : found->second;
}

// Nothing if its time cannot be.
std::optional<TerminalEvent> to_event(const OperationRecord& record, const UserIds& users) {
    TerminalEvent event;
    event.kind = operation_name(record.operation);
    event.operation = record.operation;
    event.operator_pin = operator_of(record.admin_slot, users);
    if (record.packed_time != no_time) {
        event.device_time = decode_packed_time(record.packed_time);
        if (!event.device_time) return std::nullopt;
    }
    for (const auto parameter : record.parameters) {
        if (!event.detail.empty()) event.detail += ' ';
        event.detail += std::to_string(parameter);
    }
    return event;
}

}  // namespace

OperationRecord decode_operation_record(std::string_view bytes) {
    assert(bytes.size() == operation_record_size);
    OperationRecord record;
    record.admin_slot = u16_at(bytes, 0);
    record.operation = u8_at(bytes, 2);
    record.packed_time = u32_at(bytes, 4);
    for (std::size_t i = 0; i < record.parameters.size(); ++i) record.parameters[i] = u16_at(bytes, 8 + 2 * i);
    return record;
}

std::variant<OperationBatch, TableProblem> decode_operations(std::string_view buffer, const UserIds& users) {
    const auto body = split_table(buffer);
    if (!body) return TableProblem{TableProblemKind::truncated, "The operation log is cut off."};
    if (body->records.size() % operation_record_size != 0) {
        return TableProblem{TableProblemKind::unknown_layout, "The operation log of " +
                                                                  std::to_string(body->records.size()) +
                                                                  " bytes does not hold records of 16 bytes."};
    }
    OperationBatch batch;
    for (std::size_t i = 0; i < body->records.size() / operation_record_size; ++i) {
        const auto bytes = body->records.substr(i * operation_record_size, operation_record_size);
        const auto position = static_cast<std::uint32_t>(i + 1);
        auto event = to_event(decode_operation_record(bytes), users);
        if (!event) {
            batch.rejects.push_back(
                {position, RejectReason::bad_time, std::string(bytes), sha256(bytes), bytes.size()});
            continue;
        }
        event->line = position;
        event->sha256 = event_digest(*event);
        batch.events.push_back(std::move(*event));
    }
    return batch;
}

}  // namespace presensi::zk4370
