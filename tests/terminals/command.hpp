#pragma once
// What a terminal makes of the answer to a poll (protocol-adms § 4); of its own reading, so that a line which a real
// terminal would misread is a fault here, too.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace presensi::terminals {

struct HeardCommand {
    std::string id;
    std::string verb;   // "DATA QUERY ATTLOG"
    std::string first;  // of a period: "2026-11-20 00:00:00"; of an option: its key
    std::string last;
};

// Empty after an "OK". A fault of the answer goes to `complaint`: another verb, a line without its end, too many.
std::vector<HeardCommand> read_commands(const std::string& answer, std::string& complaint);

// It may be done again without harm.
bool is_harmless_twice(const HeardCommand& command);

}  // namespace presensi::terminals
