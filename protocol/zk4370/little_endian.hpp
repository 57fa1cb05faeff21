#pragma once
// All integers of the protocol are little-endian (protocol-4370 § 1).

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace presensi::zk4370 {

// The byte at `at`, which must be inside `bytes`; likewise below.
inline std::uint8_t u8_at(std::string_view bytes, std::size_t at) {
    assert(at < bytes.size());
    return static_cast<std::uint8_t>(bytes[at]);
}

inline std::uint16_t u16_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(u8_at(bytes, at) | u8_at(bytes, at + 1) << 8);
}

inline std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
    return u16_at(bytes, at) | static_cast<std::uint32_t>(u16_at(bytes, at + 2)) << 16;
}

inline void put_u16(std::string& out, std::uint16_t value) {
    out.push_back(static_cast<char>(value & 0xff));
    out.push_back(static_cast<char>(value >> 8));
}

inline void put_u32(std::string& out, std::uint32_t value) {
    put_u16(out, static_cast<std::uint16_t>(value & 0xffff));
    put_u16(out, static_cast<std::uint16_t>(value >> 16));
}

}  // namespace presensi::zk4370
