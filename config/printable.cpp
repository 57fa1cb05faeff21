#include "config/printable.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace presensi::config {
namespace {

constexpr std::size_t shown_bytes = 80;

// The bytes of the character at the start of `text`, or 0 where none starts (RFC 3629, section 4).
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
    const auto follows = [&](std::size_t at, std::uint8_t low = 0x80, std::uint8_t high = 0xBF) {
        return at < text.size() && byte(at) >= low && byte(at) <= high;
    };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
        const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
        const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

bool starts_with_control(std::string_view text) {
    const auto first = static_cast<std::uint8_t>(text[0]);
    if (first < 0x20 || first == 0x7F) return true;
    // U+0080 to U+009F: a terminal may take them for escape sequences.
    return first == 0xC2 && text.size() > 1 && static_cast<std::uint8_t>(text[1]) < 0xA0;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_length(text.substr(at));
        if (length == 0) return at;
        at += length;
    }
    return std::string_view::npos;
}

bool has_control_character(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (starts_with_control(text.substr(at))) return true;
    }
    return false;
}

namespace {

std::string printable(std::string_view text, std::size_t most_bytes) {
    std::string result;
    bool quotes = text.empty();
    for (std::size_t at = 0; at < text.size();) {
        if (result.size() >= most_bytes) {
            result += "…";
            break;
        }
        const std::string_view rest = text.substr(at);
        const std::size_t length = character_length(rest);
        if (length == 0 || starts_with_control(rest)) {
            result += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(rest[0]));
            at += 1;
            if (length == 2) {
                result += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(rest[1]));
                at += 1;
            }
            continue;
        }
        if (rest[0] == ' ') quotes = true;
        result += rest.substr(0, length);
        at += length;
    }
    return quotes ? '"' + result + '"' : result;
}

}  // namespace

std::string shown(std::string_view text) { return printable(text, shown_bytes); }

std::string shown_path(std::string_view path) { return printable(path, std::string_view::npos); }

}  // namespace presensi::config
