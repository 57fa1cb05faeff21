#pragma once
// The text of a line of the log. Pure.

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/log.hpp"
#include "protocol/records.hpp"

namespace presensi::log {

enum class Level { error, warning, info, debug };
std::string_view to_string(Level level);

// Without line end. What a peer sends can neither break nor forge a line: control characters, line and paragraph
// separators, marks that turn the direction of text and what is no UTF-8 are escaped, and no value is longer than 256
// bytes.
std::string encode_line(config::LogFormat format, Level level, Instant at, std::string_view id,
                        std::string_view message, Fields fields);

// As it stands in key=value: in quotes where needed.
std::string quote(std::string_view value);
std::string quote(std::string_view value, std::size_t longest);

// sd-daemon(3): what stands in front of a line that journald reads.
std::string_view journal_prefix(Level level);

// systemd.exec(5), $JOURNAL_STREAM: whether this descriptor is the journal's.
bool is_journal(int descriptor, const char* journal_stream);

}  // namespace presensi::log
