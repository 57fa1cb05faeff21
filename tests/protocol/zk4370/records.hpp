#pragma once
// Records of every layout, as terminals write them (protocol-4370 § 4).

#include <string>
#include <string_view>

#include "protocol/zk4370/attendance_record.hpp"
#include "protocol/zk4370/little_endian.hpp"

namespace presensi::test {

// Also of days that the calendar lacks.
inline std::uint32_t packed(int year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second) {
    return ((static_cast<unsigned>(year - 2000) * 12 + month - 1) * 31 + day - 1) * 86400 + hour * 3600 + minute * 60 +
           second;
}

// A table with its prefix (protocol-4370 § 3.7).
inline std::string table(std::string_view records) {
    std::string out;
    zk4370::put_u32(out, static_cast<std::uint32_t>(records.size()));
    return out.append(records);
}

inline std::string padded(std::string_view text, std::size_t width) {
    std::string out(text.substr(0, width));
    out.resize(width);
    return out;
}

// 22, 40 or 49 bytes.
inline std::string text_record(zk4370::AttendanceLayout layout, std::uint16_t slot, std::string_view id,
                               std::uint8_t verify, std::uint32_t time, std::uint8_t state, std::uint32_t work = 0) {
    std::string out;
    zk4370::put_u16(out, slot);
    out += padded(id, layout == zk4370::AttendanceLayout::bytes_22 ? 10 : 24);
    out.push_back(static_cast<char>(verify));
    zk4370::put_u32(out, time);
    out.push_back(static_cast<char>(state));
    zk4370::put_u32(out, work);
    if (layout != zk4370::AttendanceLayout::bytes_22) zk4370::put_u32(out, 0xff);
    if (layout == zk4370::AttendanceLayout::bytes_49) out += std::string("\xff", 1) + padded("255", 8);
    return out;
}

inline std::string record_16(std::uint32_t id, std::uint32_t time, std::uint8_t state, std::uint8_t verify,
                             std::uint32_t work) {
    std::string out;
    zk4370::put_u32(out, id);
    zk4370::put_u32(out, time);
    out.push_back(static_cast<char>(state));
    out.push_back(static_cast<char>(verify));
    zk4370::put_u16(out, 0);
    zk4370::put_u32(out, work);
    return out;
}

inline std::string record_8a(std::uint16_t slot, std::uint8_t verify, std::uint32_t time, std::uint8_t state) {
    std::string out;
    zk4370::put_u16(out, slot);
    out.push_back(static_cast<char>(verify));
    zk4370::put_u32(out, time);
    out.push_back(static_cast<char>(state));
    return out;
}

inline std::string record_8b(std::uint16_t slot, std::uint8_t flags, std::uint32_t time) {
    std::string out;
    zk4370::put_u16(out, slot);
    out.push_back(static_cast<char>(flags));
    out.push_back('\0');
    zk4370::put_u32(out, time);
    return out;
}

// The `i`th of a log: users 1–200 in slots 1–200 with ids 1001–1200, a punch every minute of November 2026.
inline std::string some_record(zk4370::AttendanceLayout layout, std::uint32_t i) {
    const auto slot = static_cast<std::uint16_t>(i * 7 % 200 + 1);
    const auto time = packed(2026, 11, 1 + i / 1440 % 30, i / 60 % 24, i % 60, i % 59);
    const auto state = static_cast<std::uint8_t>(i % 6);
    switch (layout) {
        case zk4370::AttendanceLayout::bytes_8a:
            return record_8a(slot, 1, time, state);
        case zk4370::AttendanceLayout::bytes_8b:
            return record_8b(slot, static_cast<std::uint8_t>(0x28 | state), time);
        case zk4370::AttendanceLayout::bytes_16:
            return record_16(1000u + slot, time, state, 1, i % 3);
        default:
            return text_record(layout, slot, std::to_string(1000 + slot), i % 2 == 0 ? 1 : 15, time, state, i % 3);
    }
}

inline std::string some_records(zk4370::AttendanceLayout layout, std::uint32_t count) {
    std::string out;
    for (std::uint32_t i = 0; i < count; ++i) out += some_record(layout, i);
    return out;
}

// 72 bytes (protocol-4370 § 4.5).
inline std::string user_72(std::uint16_t slot, std::uint8_t privilege, std::string_view password, std::string_view name,
                           std::uint32_t card, std::string_view id) {
    std::string out;
    zk4370::put_u16(out, slot);
    out.push_back(static_cast<char>(privilege));
    out += padded(password, 8) + padded(name, 24);
    zk4370::put_u32(out, card);
    out += std::string("\x01", 1) + std::string(8, '\0');
    return out + padded(id, 24);
}

inline std::string user_28(std::uint16_t slot, std::uint8_t privilege, std::string_view password, std::string_view name,
                           std::uint32_t card, std::uint32_t id) {
    std::string out;
    zk4370::put_u16(out, slot);
    out.push_back(static_cast<char>(privilege));
    out += padded(password, 5) + padded(name, 8);
    zk4370::put_u32(out, card);
    out += std::string("\0\x01\0\0", 4);
    zk4370::put_u32(out, id);
    return out;
}

inline std::string user_16(std::uint16_t slot, std::uint8_t privilege, std::string_view password,
                           std::string_view name) {
    std::string out;
    zk4370::put_u16(out, slot);
    out.push_back(static_cast<char>(privilege));
    return out + padded(password, 5) + padded(name, 8);
}

}  // namespace presensi::test
