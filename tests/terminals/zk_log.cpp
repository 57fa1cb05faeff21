#include "tests/terminals/zk_log.hpp"

#include <algorithm>

namespace presensi::terminals {

namespace {

std::string padded(std::string text, std::size_t width) {
    text.resize(width, '\0');
    return text;
}

char byte(int value) { return static_cast<char>(static_cast<unsigned char>(value)); }

// Bits 0–2 state, bits 3–4 verify, bit 5 full time.
char flags_of(const ZkPunch& punch) { return byte((punch.state & 7) | (punch.verify & 3) << 3 | 1 << 5); }

}  // namespace

std::optional<ZkLayout> zk_layout(std::string_view name) {
    if (name == "8a") return ZkLayout::a8;
    if (name == "8b") return ZkLayout::b8;
    if (name == "16") return ZkLayout::r16;
    if (name == "22") return ZkLayout::r22;
    if (name == "40") return ZkLayout::r40;
    if (name == "49") return ZkLayout::r49;
    return std::nullopt;
}

std::size_t size_of(ZkLayout layout) {
    switch (layout) {
        case ZkLayout::a8:
        case ZkLayout::b8:
            return 8;
        case ZkLayout::r16:
            return 16;
        case ZkLayout::r22:
            return 22;
        case ZkLayout::r40:
            return 40;
        case ZkLayout::r49:
            return 49;
    }
    return 0;
}

std::string le16(std::uint32_t value) { return {static_cast<char>(value), static_cast<char>(value >> 8)}; }

std::string le32(std::uint32_t value) { return le16(value) + le16(value >> 16); }

std::uint32_t pack_time(std::chrono::local_seconds time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::uint32_t months =
        static_cast<std::uint32_t>(static_cast<int>(date.year()) % 100) * 12 + static_cast<unsigned>(date.month()) - 1;
    const std::uint32_t days = months * 31 + static_cast<unsigned>(date.day()) - 1;
    return days * 86400 + static_cast<std::uint32_t>((time - day).count());
}

std::string encode(ZkLayout layout, const ZkPunch& punch) {
    const std::string time = le32(pack_time(punch.time));
    switch (layout) {
        case ZkLayout::a8:
            return le16(punch.slot) + byte(punch.verify) + time + byte(punch.state);
        case ZkLayout::b8:
            return le16(punch.slot) + flags_of(punch) + '\0' + time;
        case ZkLayout::r16:
            return le32(static_cast<std::uint32_t>(std::stoul(punch.pin))) + time + byte(punch.state) +
                   byte(punch.verify) + le16(0) + le32(punch.work_code);
        case ZkLayout::r22:
            return le16(punch.slot) + padded(punch.pin, 10) + byte(punch.verify) + time + byte(punch.state) +
                   le32(punch.work_code);
        case ZkLayout::r40:
        case ZkLayout::r49:
            break;
    }
    const std::string head = le16(punch.slot) + padded(punch.pin, 24) + byte(punch.verify) + time + byte(punch.state) +
                             le32(punch.work_code) + le32(0);
    return layout == ZkLayout::r40 ? head : head + byte(255) + padded("255", 8);
}

std::string encode_user72(const ZkUser& user) {
    return le16(user.slot) + byte(0) + padded(user.password, 8) + padded(user.name, 24) + le32(user.card) + byte(1) +
           le16(0) + padded("", 6) + padded(user.pin, 24);
}

std::string encode_user28(const ZkUser& user) {
    return le16(user.slot) + byte(0) + padded(user.password, 5) + padded(user.name, 8) + le32(user.card) + byte(0) +
           byte(1) + le16(0) + le32(static_cast<std::uint32_t>(std::stoul(user.pin)));
}

std::string with_length(const std::string& records) {
    return le32(static_cast<std::uint32_t>(records.size())) + records;
}

}  // namespace presensi::terminals
