#include "protocol/adms/facts.hpp"

#include <charconv>

#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::size_t longest_fact = 128;

std::string fact(std::string_view text) {
    std::string stored = to_stored_text(trim_blanks(text).substr(0, longest_fact / 4));
    return stored;
}

std::optional<std::int64_t> count(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

void take(TerminalFacts& facts, std::string_view key, std::string_view value) {
    if (key.starts_with('~')) key.remove_prefix(1);
    if (equals_ignoring_case(key, "FWVersion")) facts.firmware = fact(value);
    if (equals_ignoring_case(key, "PushVersion")) facts.push_version = fact(value);
    if (equals_ignoring_case(key, "DeviceName")) facts.model = fact(value);
    if (equals_ignoring_case(key, "Platform")) facts.platform = fact(value);
    if (equals_ignoring_case(key, "MAC")) facts.mac = fact(value);
    if (equals_ignoring_case(key, "UserCount")) facts.users = count(trim_blanks(value));
    if (equals_ignoring_case(key, "TransactionCount") || equals_ignoring_case(key, "AttLogCount")) {
        if (const auto records = count(trim_blanks(value))) facts.records = records;
    }
}

}  // namespace

TerminalFacts decode_info(std::string_view value) {
    TerminalFacts facts;
    for (int field = 0; field < 4; ++field) {
        const auto end = value.find(',');
        const auto text = value.substr(0, end);
        if (field == 0) facts.firmware = fact(text);
        if (field == 1) facts.users = count(text);
        if (field == 3) facts.records = count(text);
        if (end == value.npos) break;
        value.remove_prefix(end + 1);
    }
    return facts;
}

TerminalFacts decode_options(std::string_view body) {
    TerminalFacts facts;
    std::string_view key;
    std::string_view value;
    while (!body.empty()) {
        const auto end = body.find_first_of(",\n&");
        auto piece = body.substr(0, end);
        const auto equals = piece.find('=');
        if (equals != piece.npos) {
            key = piece.substr(0, equals);
            while (!key.empty() && (key.front() == '\r' || key.front() == ' ')) key.remove_prefix(1);
            value = piece.substr(equals + 1);
        } else if (!key.empty() && !piece.empty() && piece.data() > value.data()) {
            // § 3.6: a piece without '=' belongs to the value before it.
            value =
                std::string_view(value.data(), static_cast<std::size_t>(piece.data() + piece.size() - value.data()));
        }
        auto clean = value;
        while (!clean.empty() && (clean.back() == '\r' || clean.back() == '\0')) clean.remove_suffix(1);
        if (!key.empty()) take(facts, key, clean);
        if (end == body.npos) break;
        if (body[end] == '\n') key = {};
        body.remove_prefix(end + 1);
    }
    return facts;
}

}  // namespace presensi::adms
