#include "protocol/zk4370/attendance.hpp"

#include <algorithm>

#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/zk4370/packed_time.hpp"

namespace presensi::zk4370 {

namespace {

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

class Decoder {
public:
    Decoder(AttendanceLayout layout, const UserIds& users, AttendanceBatch& batch)
        : layout_(layout), users_(users), batch_(batch) {}

    // Nothing, or why the record is no punch.
    std::optional<RejectReason> take(std::string_view bytes, std::uint32_t position) {
        AttendanceRecord record = decode_attendance_record(layout_, bytes);
        if (record.packed_time == no_time) return RejectReason::time_unknown;
        const auto time = decode_packed_time(record.packed_time);
        if (!time) return RejectReason::bad_time;
        if (carries_only_slots(layout_)) record.user_id = user_of(*record.slot);
        if (trim_blanks(record.user_id).empty()) return RejectReason::no_user;
        if (!is_printable_ascii(record.user_id)) return RejectReason::bad_pin;
        Punch& punch = batch_.punches.emplace_back();
        punch.pin_key = pin_key(record.user_id);
        punch.pin = std::move(record.user_id);
        punch.device_time = *time;
        punch.state = record.state;
        punch.verify = record.verify;
        if (record.work_code) punch.work_code = std::to_string(*record.work_code);
        punch.line = position;
        if (slot_unknown_) ++batch_.unknown_slots;
        return std::nullopt;
    }

private:
    std::string user_of(std::uint16_t slot) {
        slot_unknown_ = false;
        if (slot == 0) return {};
        const auto found = users_.find(slot);
        if (found != users_.end()) return found->second;
        slot_unknown_ = true;
        return slot_pin(slot);
    }

    AttendanceLayout layout_;
    const UserIds& users_;
    AttendanceBatch& batch_;
    bool slot_unknown_ = false;
};

}  // namespace

AttendanceBatch decode_attendance(const AttendanceLog& log, const UserIds& users) {
    AttendanceBatch batch;
    if (!log.layout) return batch;
    batch.punches.reserve(log.count);
    Decoder decoder(*log.layout, users, batch);
    const std::size_t size = record_size(*log.layout);
    for (std::size_t i = 0; i < log.count; ++i) {
        const auto bytes = log.records.substr(i * size, size);
        const auto position = static_cast<std::uint32_t>(i + 1);
        if (const auto problem = decoder.take(bytes, position))
            batch.rejects.push_back({position, *problem, std::string(bytes), sha256(bytes), bytes.size()});
    }
    return batch;
}

}  // namespace presensi::zk4370
