#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace presensi::adms {

// What a terminal says about itself, in INFO, options or a command result. All text is to_stored_text, at most 128
// bytes.
struct TerminalFacts {
    std::string firmware;
    std::string push_version;
    std::string model;     // ~DeviceName
    std::string platform;  // ~Platform
    std::string mac;
    std::optional<std::int64_t> users;
    std::optional<std::int64_t> records;  // attendance records in the terminal's memory
    // Everything else worth knowing, by our name: ip_address, fingerprints, faces, face_algorithm, max_records, …
    // Values as sent.
    std::vector<std::pair<std::string, std::string>> more;
};

// The INFO parameter of a poll: firmware, users, fingerprints, records, address, algorithms, faces, flags
// (protocol-adms § 3.8).
TerminalFacts decode_info(std::string_view value);

// k=v pairs separated by commas or lines; a piece without '=' belongs to the value before it (protocol-adms § 3.6).
TerminalFacts decode_options(std::string_view body);

}  // namespace presensi::adms
