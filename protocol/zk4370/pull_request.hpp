#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "protocol/zk4370/packet.hpp"

namespace presensi::zk4370 {

// protocol-4370 § 3.4: what one request for a piece may ask.
inline constexpr std::uint32_t largest_piece_tcp = 65472;
inline constexpr std::uint32_t largest_piece_udp = 16384;

// What a pull shall bring, and how. With no table wanted it only asks who the terminal is (a probe).
struct PullRequest {
    Transport transport = Transport::tcp;
    int this_year = 0;  // required, 2000 or later: ours. A log whose years run ahead of it speaks against a layout

    // The number typed at the terminal's menu; sent only if asked for. A secret: never in a sentence or a note.
    std::uint32_t comm_key = 0;
    std::string expected_serial;  // empty: any terminal will do

    bool attendance = false;
    bool users = false;       // read also without being wanted where the log carries only slots
    bool operations = false;  // the terminal's own log

    // Disable the terminal while reading, for boards that corrupt a read while somebody punches. Nobody can punch
    // meanwhile; it enables itself after lock_time, 1 s to 1 h (protocol-4370 § 2.5).
    bool lock = false;
    std::chrono::seconds lock_time{120};
    // An earlier pull may have left it disabled: enable it before anything else.
    bool enable_first = false;

    std::uint32_t piece = 0;                    // bytes per request; 0, or more than the transport's largest: that
    std::size_t most_bytes = 64 * 1024 * 1024;  // of one table, users and operations less; more is refused
    std::size_t most_records = 1'000'000;       // of attendance; each takes about 200 bytes once decoded
    std::chrono::milliseconds patience{5000};   // for simple answers; 10 s over slow links (protocol-4370 § 3.9)
};

}  // namespace presensi::zk4370
