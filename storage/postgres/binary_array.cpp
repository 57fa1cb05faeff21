#include "storage/postgres/binary_array.hpp"

#include <endian.h>

#include <cstring>

namespace presensi::storage::postgres {
namespace {

constexpr std::size_t null_flag_at = 4;
constexpr std::size_t count_at = 12;

// PostgreSQL counts from 2000-01-01.
constexpr auto postgres_day = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
constexpr std::int64_t postgres_epoch =
    std::chrono::duration_cast<std::chrono::microseconds>(postgres_day.time_since_epoch()).count();

}  // namespace

BinaryArray::BinaryArray(Type type) {
    put(1);  // dimensions
    put(0);  // nothing is NULL yet
    put(static_cast<std::uint32_t>(type));
    put(0);  // elements
    put(1);  // lower bound
}

void BinaryArray::put(std::uint32_t word) {
    const std::uint32_t big = htobe32(word);
    bytes_.append(reinterpret_cast<const char*>(&big), sizeof big);
}

void BinaryArray::add(std::string_view bytes) {
    put(static_cast<std::uint32_t>(bytes.size()));
    bytes_.append(bytes);
    ++count_;
}

void BinaryArray::add(bool value) { add(std::string_view(value ? "\1" : "\0", 1)); }

void BinaryArray::add_int2(int value) {
    const std::uint16_t big = htobe16(static_cast<std::uint16_t>(value));
    add(std::string_view(reinterpret_cast<const char*>(&big), sizeof big));
}

void BinaryArray::add_int4(std::int64_t value) {
    const std::uint32_t big = htobe32(static_cast<std::uint32_t>(value));
    add(std::string_view(reinterpret_cast<const char*>(&big), sizeof big));
}

void BinaryArray::add_int8(std::int64_t value) {
    const std::uint64_t big = htobe64(static_cast<std::uint64_t>(value));
    add(std::string_view(reinterpret_cast<const char*>(&big), sizeof big));
}

void BinaryArray::put_time(std::int64_t microseconds_since_1970) { add_int8(microseconds_since_1970 - postgres_epoch); }

void BinaryArray::add(DeviceTime time) { put_time(std::chrono::microseconds(time.time_since_epoch()).count()); }
void BinaryArray::add(Instant time) { put_time(std::chrono::microseconds(time.time_since_epoch()).count()); }
void BinaryArray::add(std::chrono::sys_seconds time) {
    put_time(std::chrono::microseconds(time.time_since_epoch()).count());
}

void BinaryArray::add_null() {
    put(0xffffffff);
    ++count_;
    has_null_ = true;
}

const std::string& BinaryArray::bytes() {
    const std::uint32_t count = htobe32(count_);
    const std::uint32_t flag = htobe32(has_null_ ? 1 : 0);
    std::memcpy(&bytes_[count_at], &count, sizeof count);
    std::memcpy(&bytes_[null_flag_at], &flag, sizeof flag);
    return bytes_;
}

}  // namespace presensi::storage::postgres
