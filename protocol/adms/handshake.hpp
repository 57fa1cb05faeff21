#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace presensi::adms {

enum class TransFlagForm { text, digits };  // protocol-adms § 2.5

struct HandshakeOptions {
    std::string serial;
    std::string attlog_stamp;            // last durable one; empty: none yet
    std::string operlog_stamp;           // likewise
    std::chrono::minutes utc_offset{0};  // of the terminal's zone now
    TransFlagForm trans_flag = TransFlagForm::text;
    std::string push_version;     // the terminal's pushver as sent; absent, unreadable or < 2.2.14: the short block
    bool plain_protocol = false;  // the terminal called /exchange: announce 2.2.14 (§ 5.6)
};

// The option block of protocol-adms § 2.3, every line ended by LF.
std::string encode_handshake(const HandshakeOptions& options);

// Hours when whole and at most 12, else minutes (protocol-adms § 2.6).
std::string encode_time_zone(std::chrono::minutes utc_offset);

}  // namespace presensi::adms
