#include "protocol/zk4370/counters.hpp"

#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

constexpr std::size_t shortest = 36;  // protocol-4370 § 5.2: shorter answers say nothing

std::optional<std::uint32_t> word(std::string_view data, std::size_t at) {
    return at + 4 <= data.size() ? std::optional(u32_at(data, at)) : std::nullopt;
}

}  // namespace

bool Counters::add_up() const {
    if (!records_capacity || !records_free) return true;
    return std::uint64_t{records} + *records_free == *records_capacity;
}

std::optional<Counters> decode_counters(std::string_view data) {
    if (data.size() < shortest) return std::nullopt;
    Counters counters;
    counters.users = u32_at(data, 16);
    counters.fingers = u32_at(data, 24);
    counters.records = u32_at(data, 32);
    counters.operations = word(data, 40);
    counters.admins = word(data, 48);
    counters.passwords = word(data, 52);
    counters.fingers_capacity = word(data, 56);
    counters.users_capacity = word(data, 60);
    counters.records_capacity = word(data, 64);
    counters.fingers_free = word(data, 68);
    counters.users_free = word(data, 72);
    counters.records_free = word(data, 76);
    counters.faces = word(data, 80);
    counters.faces_capacity = word(data, 88);
    return counters;
}

}  // namespace presensi::zk4370
