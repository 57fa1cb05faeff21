#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace presensi::adms {

// protocol-adms § 4.3. Values are never percent-decoded.
struct CommandResult {
    std::string id;                  // as sent: 1–20 of [A-Za-z0-9]; empty if unreadable
    std::optional<int> return_code;  // missing or garbled: not a success
    std::string command;             // the echoed first words, e.g. "DATA QUERY"; at most 64 bytes, stored text
    std::string serial;              // SN= beside it, if any
    std::string content;             // dump or content lines that belong to it; raw bytes, may hold secrets
};

// We offer at most 20 commands a reply; no terminal has more to answer at once.
constexpr std::size_t most_results = 256;

// Every body shape of § 4.3: one result per line, dump lines below a result, the line form of Shell and GetFile. What
// follows the first `most_results` is not read.
std::vector<CommandResult> decode_command_results(std::string_view body);

}  // namespace presensi::adms
