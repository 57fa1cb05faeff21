#include "protocol/zk4370/user_table.hpp"

#include <algorithm>

#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/zk4370/little_endian.hpp"

namespace presensi::zk4370 {

namespace {

constexpr std::size_t prefix_size = 4;
constexpr char template_slot = 0x31;

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Of a name only control characters speak against a layout: its code page is anybody's guess.
bool is_like_name(std::string_view field) {
    const auto name = field.substr(0, field.find('\0'));
    return std::none_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

// `confirmed`: the counter says this size; then a record without a user is its own matter.
bool is_like_user(UserLayout layout, std::string_view bytes, bool confirmed) {
    if (layout != UserLayout::bytes_16 && bytes[2] == template_slot) return true;
    if (!confirmed && u16_at(bytes, 0) == 0) return false;
    switch (layout) {
        case UserLayout::bytes_16:
            return u8_at(bytes, 2) <= 3 && is_like_name(bytes.substr(8, 8));
        case UserLayout::bytes_28:
            return is_like_name(bytes.substr(8, 8)) && (confirmed || u32_at(bytes, 24) > 0);
        case UserLayout::bytes_72:
            break;
    }
    const auto field = bytes.substr(48, 24);
    const auto id = field.substr(0, field.find('\0'));
    if (!is_like_name(bytes.substr(11, 24)) || !is_printable_ascii(id)) return false;
    return confirmed || (!id.empty() && field.find_first_not_of('\0', id.size()) == field.npos);
}

bool all_like_users(UserLayout layout, std::string_view records, bool confirmed) {
    const std::size_t size = record_size(layout);
    for (std::size_t at = 0; at < records.size(); at += size) {
        if (!is_like_user(layout, records.substr(at, size), confirmed)) return false;
    }
    return true;
}

void take_record(UserTable& table, std::string_view bytes, std::uint32_t position) {
    auto user = decode_user(*table.layout, bytes);
    if (!user) {
        ++table.template_slots;
        return;
    }
    const bool nobody = trim_blanks(user->user_id).empty();
    if (nobody || !is_printable_ascii(user->user_id)) {
        table.rejects.push_back({position, nobody ? RejectReason::no_user : RejectReason::bad_pin, std::string(bytes),
                                 sha256(bytes), bytes.size()});
        return;
    }
    table.ids.try_emplace(user->slot, user->user_id);
    table.people.push_back({position, user->user_id, pin_key(user->user_id), user->name});
    table.users.push_back(std::move(*user));
}

}  // namespace

std::optional<UserLayout> detect_users(std::string_view records, std::optional<std::uint32_t> counted) {
    std::optional<UserLayout> only;
    std::size_t possible = 0;
    for (const auto layout : all_user_layouts) {
        if (records.size() % record_size(layout) != 0) continue;
        const bool confirmed = counted && std::uint64_t{*counted} * record_size(layout) == records.size();
        if (confirmed && all_like_users(layout, records, true)) return layout;
        if (!all_like_users(layout, records, false)) continue;
        only = layout;
        ++possible;
    }
    return possible == 1 ? only : std::nullopt;
}

std::variant<UserTable, TableProblem> take_users(std::string buffer, std::optional<std::uint32_t> counted) {
    const auto remains = [&] {
        return " Of its " + std::to_string(buffer.size()) +
               " bytes, which may hold passwords, only their SHA-256 is kept: " + hex(sha256(buffer)) + ".";
    };
    const auto body = split_table(buffer);
    if (!body) return TableProblem{TableProblemKind::truncated, "The user table is cut off." + remains()};
    UserTable table;
    if (body->records.empty()) {
        if (counted.value_or(0) == 0) return table;
        return TableProblem{TableProblemKind::truncated, "The user table came empty, but the terminal counts " +
                                                             std::to_string(*counted) + " users."};
    }
    table.layout = detect_users(body->records, counted);
    if (!table.layout) {
        return TableProblem{TableProblemKind::unknown_layout,
                            "The user table has records of no known layout." + remains()};
    }
    std::string redacted(body->records);
    redact_users(redacted, *table.layout);
    if (detect_users(redacted, counted) != table.layout) {
        return TableProblem{TableProblemKind::unknown_layout,
                            "Without its passwords the user table could be read in another way." + remains()};
    }
    table.raw = buffer.substr(0, prefix_size) + redacted;
    const std::string_view records = std::string_view(table.raw).substr(prefix_size);
    const std::size_t size = record_size(*table.layout);
    for (std::size_t i = 0; i < records.size() / size; ++i)
        take_record(table, records.substr(i * size, size), static_cast<std::uint32_t>(i + 1));
    return table;
}

}  // namespace presensi::zk4370
