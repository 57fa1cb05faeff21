#include "protocol/zk4370/attendance_record.hpp"

#include <cassert>

#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

std::string text_at(std::string_view bytes, std::size_t at, std::size_t width) {
    const auto field = bytes.substr(at, width);
    return std::string(field.substr(0, field.find('\0')));
}

// protocol-4370 § 4.3: 40 bytes, and 49 that begin with them; 22 is the same with an id of 10 bytes.
AttendanceRecord decode_text_record(std::string_view bytes, std::size_t id_width) {
    AttendanceRecord record;
    record.slot = u16_at(bytes, 0);
    record.user_id = text_at(bytes, 2, id_width);
    const std::size_t rest = 2 + id_width;
    record.verify = u8_at(bytes, rest);
    record.packed_time = u32_at(bytes, rest + 1);
    record.state = u8_at(bytes, rest + 5);
    record.work_code = u32_at(bytes, rest + 6);
    return record;
}

AttendanceRecord decode_16(std::string_view bytes) {
    AttendanceRecord record;
    const std::uint32_t id = u32_at(bytes, 0);
    if (id != 0) record.user_id = std::to_string(id);
    record.packed_time = u32_at(bytes, 4);
    // State first, then verify: the vendor's order, which some clients turn round (protocol-4370 § 4.3).
    record.state = u8_at(bytes, 8);
    record.verify = u8_at(bytes, 9);
    record.work_code = u32_at(bytes, 12);
    return record;
}

AttendanceRecord decode_8a(std::string_view bytes) {
    AttendanceRecord record;
    record.slot = u16_at(bytes, 0);
    record.verify = u8_at(bytes, 2);
    record.packed_time = u32_at(bytes, 3);
    record.state = u8_at(bytes, 7);
    return record;
}

AttendanceRecord decode_8b(std::string_view bytes) {
    AttendanceRecord record;
    record.slot = u16_at(bytes, 0);
    // Bits 0–2 state, 3–4 verify; bit 5 says that the full time follows, and is not always set.
    const std::uint8_t flags = u8_at(bytes, 2);
    record.state = flags & 7;
    record.verify = flags >> 3 & 3;
    record.packed_time = u32_at(bytes, 4);
    return record;
}

}  // namespace

std::size_t record_size(AttendanceLayout layout) {
    switch (layout) {
        case AttendanceLayout::bytes_8a:
        case AttendanceLayout::bytes_8b:
            return 8;
        case AttendanceLayout::bytes_16:
            return 16;
        case AttendanceLayout::bytes_22:
            return 22;
        case AttendanceLayout::bytes_40:
            return 40;
        case AttendanceLayout::bytes_49:
            return 49;
    }
    return 40;
}

std::string_view to_string(AttendanceLayout layout) {
    switch (layout) {
        case AttendanceLayout::bytes_8a:
            return "8A";
        case AttendanceLayout::bytes_8b:
            return "8B";
        case AttendanceLayout::bytes_16:
            return "16";
        case AttendanceLayout::bytes_22:
            return "22";
        case AttendanceLayout::bytes_40:
            return "40";
        case AttendanceLayout::bytes_49:
            return "49";
    }
    return "40";
}

bool carries_only_slots(AttendanceLayout layout) {
    return layout == AttendanceLayout::bytes_8a || layout == AttendanceLayout::bytes_8b;
}

AttendanceRecord decode_attendance_record(AttendanceLayout layout, std::string_view bytes) {
    assert(bytes.size() == record_size(layout));
    switch (layout) {
        case AttendanceLayout::bytes_8a:
            return decode_8a(bytes);
        case AttendanceLayout::bytes_8b:
            return decode_8b(bytes);
        case AttendanceLayout::bytes_16:
            return decode_16(bytes);
        case AttendanceLayout::bytes_22:
            return decode_text_record(bytes, 10);
        case AttendanceLayout::bytes_40:
        case AttendanceLayout::bytes_49:
            break;
    }
    AttendanceRecord record = decode_text_record(bytes, 24);
    if (layout == AttendanceLayout::bytes_49) {
        record.mask_flag = u8_at(bytes, 40);
        record.temperature = text_at(bytes, 41, 8);
    }
    return record;
}

}  // namespace presensi::zk4370
