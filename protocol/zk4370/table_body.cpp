#include "protocol/zk4370/table_body.hpp"

#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

std::optional<TableBody> split_table(std::string_view buffer) {
    constexpr std::size_t prefix = 4;
    if (buffer.empty()) return TableBody{};
    if (buffer.size() < prefix) return std::nullopt;
    const std::size_t size = u32_at(buffer, 0);
    buffer.remove_prefix(prefix);
    if (buffer.size() < size) return std::nullopt;
    return TableBody{buffer.substr(0, size), buffer.size() - size};
}

std::string slot_pin(std::uint16_t slot) { return "uid:" + std::to_string(slot); }

}  // namespace presensi::zk4370
