#include "protocol/zk4370/comm_key.hpp"

#include <array>

namespace presensi::zk4370 {

namespace {

std::uint32_t reversed_bits(std::uint32_t value) {
    std::uint32_t out = 0;
    for (int bit = 0; bit < 32; ++bit) {
        out = out << 1 | (value & 1);
        value >>= 1;
    }
    return out;
}

}  // namespace

// The steps are those of protocol-4370 § 2.2, in their order.
std::string scramble_comm_key(std::uint32_t key, std::uint16_t session, std::uint8_t ticks) {
    const std::uint32_t sum = reversed_bits(key) + session;
    std::array<std::uint8_t, 4> x{};
    constexpr std::array<std::uint8_t, 4> letters{'Z', 'K', 'S', 'O'};
    for (unsigned i = 0; i < 4; ++i) x[i] = static_cast<std::uint8_t>((sum >> 8 * i & 0xff) ^ letters[i]);
    const std::array<std::uint8_t, 4> y{x[2], x[3], x[0], x[1]};
    const auto with_ticks = [&](std::uint8_t byte) { return static_cast<char>(byte ^ ticks); };
    // The third byte is `ticks` itself: the low byte of the session drops out, and that is right.
    return {with_ticks(y[0]), with_ticks(y[1]), static_cast<char>(ticks), with_ticks(y[3])};
}

}  // namespace presensi::zk4370
