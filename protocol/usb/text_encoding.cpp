#include "protocol/usb/text_encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace presensi::usb {

namespace {

enum class ByteOrder { little, big };

// ASCII text in UTF-16 has a NUL in every second place.
std::optional<ByteOrder> order_by_nuls(std::string_view bytes) {
    const auto head = bytes.substr(0, 512);
    if (head.size() < 4) return std::nullopt;
    std::size_t even = 0;
    std::size_t odd = 0;
    for (std::size_t i = 0; i < head.size(); ++i) {
        if (head[i] == '\0') ++(i % 2 == 0 ? even : odd);
    }
    const auto most = head.size() / 2 * 9 / 10;
    if (odd >= most && even == 0) return ByteOrder::little;
    if (even >= most && odd == 0) return ByteOrder::big;
    return std::nullopt;
}

void append_utf8(std::string& text, std::uint32_t code) {
    const auto add = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xc0 | code >> 6);
        add(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        add(0xe0 | code >> 12);
        add(0x80 | (code >> 6 & 0x3f));
        add(0x80 | (code & 0x3f));
    } else {
        add(0xf0 | code >> 18);
        add(0x80 | (code >> 12 & 0x3f));
        add(0x80 | (code >> 6 & 0x3f));
        add(0x80 | (code & 0x3f));
    }
}

std::string from_utf16(std::string_view bytes, ByteOrder order) {
    constexpr std::uint32_t replacement = 0xfffd;
    const auto unit_at = [&](std::size_t i) {
        const auto first = static_cast<unsigned char>(bytes[i]);
        const auto second = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<std::uint32_t>(order == ByteOrder::little ? first | second << 8 : first << 8 | second);
    };
    const auto is_high = [](std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; };
    const auto is_low = [](std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; };
    std::string text;
    text.reserve(bytes.size() / 2);
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2) {
        const auto unit = unit_at(i);
        if (is_high(unit) && i + 3 < bytes.size() && is_low(unit_at(i + 2))) {
            append_utf8(text, 0x10000 + ((unit - 0xd800) << 10) + (unit_at(i + 2) - 0xdc00));
            i += 2;
        } else {
            append_utf8(text, is_high(unit) || is_low(unit) ? replacement : unit);
        }
    }
    if (i < bytes.size()) append_utf8(text, replacement);  // half a character: the file was cut
    return text;
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
    std::string text;  // what `rest` is of, once something was converted
    std::string_view rest = bytes;
    // Until nothing is left to take off: some programs write a mark before the mark, and what is kept is read again.
    while (true) {
        if (rest.starts_with("\xef\xbb\xbf")) {
            rest.remove_prefix(3);
            continue;
        }
        if (rest.starts_with("\xff\xfe")) {
            text = from_utf16(rest.substr(2), ByteOrder::little);
        } else if (rest.starts_with("\xfe\xff")) {
            text = from_utf16(rest.substr(2), ByteOrder::big);
        } else if (const auto order = order_by_nuls(rest)) {
            text = from_utf16(rest, *order);
        } else {
            return std::string(rest);
        }
        rest = text;
    }
}

}  // namespace presensi::usb
