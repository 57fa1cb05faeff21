#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/records.hpp"

namespace presensi::storage::postgres {

// Types by their number in pg_type, which never changes.
enum class Type : std::uint32_t {
    boolean = 16,
    bytea = 17,
    int8 = 20,
    int2 = 21,
    int4 = 23,
    text = 25,
    timestamp = 1114,
    timestamptz = 1184,
};

// One column of a batch: a one-dimensional array in the binary form of array_send (PostgreSQL 15, arrayfuncs.c), which
// the server reads several times faster than text.
class BinaryArray {
public:
    explicit BinaryArray(Type type);

    void add(bool value);
    void add_int2(int value);
    void add_int4(std::int64_t value);
    void add_int8(std::int64_t value);
    void add(std::string_view bytes);  // text or bytea
    void add(DeviceTime time);         // timestamp
    void add(Instant time);            // timestamptz
    void add(std::chrono::sys_seconds time);
    void add_null();

    // The finished array; the object is done with.
    const std::string& bytes();

private:
    void put(std::uint32_t word);
    void put_time(std::int64_t microseconds_since_1970);

    std::string bytes_;
    std::uint32_t count_ = 0;
    bool has_null_ = false;
};

}  // namespace presensi::storage::postgres
