#pragma once

#include <cstdint>
#include <string>

namespace presensi::zk4370 {

// The four bytes that prove a comm key in session `session`. `key` is the number typed at the terminal's menu
// (0–999999 on most); `ticks` any byte, 50 in every client known (protocol-4370 § 2.2). No protection: whoever sees
// them and the session can undo it, so they are as secret as the key and never logged.
std::string scramble_comm_key(std::uint32_t key, std::uint16_t session, std::uint8_t ticks = 50);

}  // namespace presensi::zk4370
