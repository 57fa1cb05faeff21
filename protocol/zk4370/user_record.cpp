#include "protocol/zk4370/user_record.hpp"

#include <algorithm>
#include <cassert>

#include "protocol/text_fields.hpp"
#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

constexpr char template_slot = 0x31;  // a privilege that is none: AK3750 keeps templates in this table

struct Range {
    std::size_t begin = 0;
    std::size_t size = 0;
};

// The columns of protocol-4370 § 4.5.
struct Columns {
    Range password;
    Range name;
    Range card;
};

Columns columns(UserLayout layout) {
    switch (layout) {
        case UserLayout::bytes_16:
            return {{3, 5}, {8, 8}, {}};
        case UserLayout::bytes_28:
            return {{3, 5}, {8, 8}, {16, 5}};
        case UserLayout::bytes_72:
            break;
    }
    return {{3, 8}, {11, 24}, {35, 4}};
}

std::string_view level_of(UserLayout layout, std::uint8_t privilege) {
    if (layout == UserLayout::bytes_16) {
        constexpr std::string_view levels[] = {"user", "enroller", "manager", "super"};
        return privilege < std::size(levels) ? levels[privilege] : "unknown";
    }
    switch (privilege >> 1 & 7) {
        case 0:
            return "user";
        case 1:
            return "enroller";
        case 3:
            return "manager";
        case 5:
            return "role";
        case 7:
            return "super";
        default:
            return "unknown";
    }
}

// A name that fills its field may have been cut inside a character: then only the broken tail goes.
std::string_view without_cut_character(std::string_view name) {
    for (std::size_t tail = 1; tail <= 3 && tail <= name.size(); ++tail) {
        const auto lead = static_cast<unsigned char>(name[name.size() - tail]);
        if (lead < 0x80) break;
        if (lead < 0xc0) continue;
        const std::size_t needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        const auto rest = name.substr(0, name.size() - tail);
        return needed > tail && is_valid_utf8(rest) ? rest : name;
    }
    return name;
}

std::string name_of(std::string_view field) {
    const auto name = field.substr(0, field.find('\0'));
    if (name.size() == field.size() && !is_valid_utf8(name)) return to_stored_text(without_cut_character(name));
    return to_stored_text(name);
}

}  // namespace

std::size_t record_size(UserLayout layout) {
    switch (layout) {
        case UserLayout::bytes_16:
            return 16;
        case UserLayout::bytes_28:
            return 28;
        case UserLayout::bytes_72:
            return 72;
    }
    return 72;
}

std::string_view to_string(UserLayout layout) {
    switch (layout) {
        case UserLayout::bytes_16:
            return "16";
        case UserLayout::bytes_28:
            return "28";
        case UserLayout::bytes_72:
            return "72";
    }
    return "72";
}

void redact_users(std::span<char> records, UserLayout layout) {
    const std::size_t size = record_size(layout);
    assert(records.size() % size == 0);
    const Columns at = columns(layout);
    const auto blank = [](std::span<char> bytes) { std::fill(bytes.begin(), bytes.end(), '\0'); };
    for (; !records.empty(); records = records.subspan(size)) {
        const auto record = records.first(size);
        if (record[2] == template_slot) {
            blank(record.subspan(3));
        } else {
            blank(record.subspan(at.password.begin, at.password.size));
            blank(record.subspan(at.card.begin, at.card.size));
        }
    }
}

std::optional<User> decode_user(UserLayout layout, std::string_view bytes) {
    assert(bytes.size() == record_size(layout));
    if (bytes[2] == template_slot) return std::nullopt;
    User user;
    user.slot = u16_at(bytes, 0);
    user.privilege = u8_at(bytes, 2);
    user.enabled = layout == UserLayout::bytes_16 || (user.privilege & 1) == 0;
    user.level = level_of(layout, user.privilege);
    const Range name = columns(layout).name;
    user.name = name_of(bytes.substr(name.begin, name.size));
    const auto number = [](std::uint32_t id) { return id == 0 ? std::string() : std::to_string(id); };
    switch (layout) {
        case UserLayout::bytes_16:
            user.user_id = number(user.slot);
            break;
        case UserLayout::bytes_28:
            user.group = u8_at(bytes, 21);
            user.time_zone_mask = u16_at(bytes, 22);
            user.user_id = number(u32_at(bytes, 24));
            break;
        case UserLayout::bytes_72:
            user.group = u8_at(bytes, 39);
            user.own_time_zones = u16_at(bytes, 40) != 0;
            for (std::size_t i = 0; i < user.time_zones.size(); ++i) user.time_zones[i] = u16_at(bytes, 42 + 2 * i);
            user.user_id = bytes.substr(48, 24);
            user.user_id.resize(std::min(user.user_id.find('\0'), user.user_id.size()));
            break;
    }
    return user;
}

}  // namespace presensi::zk4370
