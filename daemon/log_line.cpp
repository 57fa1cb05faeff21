#include "daemon/log_line.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "protocol/text_fields.hpp"

namespace presensi::log {

namespace {

constexpr std::size_t longest_value = 256;
constexpr std::size_t longest_message = 1024;  // what a start that fails has to say

// U+2028 and U+2029 end a line for some readers; the others turn the direction in which text is read, so that a line
// looks like another one.
constexpr std::array<std::string_view, 13> deceptive{
    "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac",
    "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9"};

void escape_deceptive(std::string& text) {
    for (auto at = text.find('\xe2'); at != text.npos; at = text.find('\xe2', at + 1)) {
        for (const auto mark : deceptive) {
            if (text.compare(at, mark.size(), mark) != 0) continue;
            const auto low = (static_cast<unsigned>(mark[1] & 0x3f) << 6) | static_cast<unsigned>(mark[2] & 0x3f);
            text.replace(at, mark.size(), fmt::format("\\u{:04X}", 0x2000 | low));
            break;
        }
    }
}

// Short, on one line, and harmless to a screen.
std::string printable(std::string_view value, std::size_t longest) {
    std::size_t length = std::min(value.size(), longest);
    // Not in the middle of a character.
    while (length < value.size() && length > 0 && (value[length] & 0xc0) == 0x80) --length;
    std::string text = to_stored_text(value.substr(0, length));
    escape_deceptive(text);
    if (length < value.size()) text += "…";
    return text;
}

std::string in_quotes(std::string_view printable_text) {
    std::string out = "\"";
    for (const char c : printable_text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace

std::string_view to_string(Level level) {
    switch (level) {
        case Level::error:
            return "error";
        case Level::warning:
            return "warning";
        case Level::info:
            return "info";
        case Level::debug:
            return "debug";
    }
    return "";
}

std::string quote(std::string_view value) { return quote(value, longest_value); }

std::string quote(std::string_view value, std::size_t longest) {
    const std::string text = printable(value, longest);
    const bool plain = !text.empty() && text.find_first_of(" =\"\\") == text.npos && text.size() == value.size();
    return plain ? text : in_quotes(text);
}

std::string encode_line(config::LogFormat format, Level level, Instant at, std::string_view id,
                        std::string_view message, Fields fields) {
    std::string line;
    if (format == config::LogFormat::text) {
        line = fmt::format("time={} level={} id={} msg={}", format_utc(at), to_string(level), id,
                           quote(message, longest_message));
        for (const auto& field : fields) line += fmt::format(" {}={}", field.name, quote(field.value));
        return line;
    }
    line = fmt::format(R"({{"time":"{}","level":"{}","id":"{}","msg":{})", format_utc(at), to_string(level), id,
                       in_quotes(printable(message, longest_message)));
    for (const auto& field : fields) {
        line += fmt::format(R"(,"{}":{})", field.name,
                            field.is_number ? field.value : in_quotes(printable(field.value, longest_value)));
    }
    return line + '}';
}

std::string_view journal_prefix(Level level) {
    switch (level) {
        case Level::error:
            return "<3>";
        case Level::warning:
            return "<4>";
        case Level::info:
            return "<6>";
        case Level::debug:
            return "<7>";
    }
    return "";
}

bool is_journal(int descriptor, const char* journal_stream) {
    struct stat file {};
    if (journal_stream == nullptr || fstat(descriptor, &file) != 0) return false;
    return fmt::format("{}:{}", file.st_dev, file.st_ino) == journal_stream;
}

}  // namespace presensi::log
