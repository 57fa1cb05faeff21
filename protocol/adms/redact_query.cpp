#include <string>
#include <string_view>
#include <utility>

#include "protocol/adms/percent.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/adms/redact_pairs.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

// What is encoded more often than this is garbage, and is redacted as a whole.
constexpr int most_encodings = 3;

std::string without_pairs(std::string_view text) {
    std::string out;
    redact_pairs(text, Cut::whole, false, out);
    return out;
}

bool holds_pair(std::string text) {
    for (int layer = 0; layer < most_encodings; ++layer) {
        if (without_pairs(text) != text) return true;
        std::string inner = percent_decoded(text);
        if (inner == text) return false;
        text = std::move(inner);
    }
    return true;
}

// The key as the last of its decoders would see it.
std::string plain_key(std::string_view raw) {
    std::string key(raw);
    for (int layer = 0; layer < most_encodings; ++layer) key = percent_decoded(key);
    return key;
}

// protocol-adms § 1.6: `key` and `token` are additions of some servers.
bool is_secret_parameter(std::string_view key) {
    return secrecy_of(key) != Secrecy::none || equals_ignoring_case(key, "key") || equals_ignoring_case(key, "token");
}

std::string redact_value(std::string_view key, std::string_view raw) {
    const std::string value = percent_decoded(raw);
    if (names_photo(key)) {
        const auto number = photo_number(value, false);
        if (!number.empty()) {
            const auto begin = static_cast<std::size_t>(number.data() - value.data());
            return percent_encoded(value.substr(0, begin))
                .append(redacted)
                .append(percent_encoded(value.substr(begin + number.size())));
        }
    }
    const std::string clean = without_pairs(value);
    if (holds_pair(clean)) return std::string(redacted);
    return clean == value ? printable(raw) : percent_encoded(clean);
}

std::string redact_once(std::string_view query) {
    std::string out;
    for (;;) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        const std::string key = plain_key(pair.substr(0, equals));
        // Without '=' a pair may hide in the key: "Passwd%3D1".
        const std::string clean_key = redact_value({}, pair.substr(0, equals));
        const bool hidden = holds_pair(key);
        out.append(!hidden && is_secret_parameter(key) ? percent_encoded(key) : clean_key);
        if (equals != pair.npos) {
            const auto value = pair.substr(equals + 1);
            const bool whole = !value.empty() && (hidden || is_secret_parameter(key));
            out.append("=").append(whole ? std::string(redacted) : redact_value(key, value));
        }
        if (end == query.npos) return out;
        out.push_back('&');
        query.remove_prefix(end + 1);
    }
}

}  // namespace

std::string redact_query(std::string_view query) {
    std::string kept = redact_once(query);
    // What was decoded and taken out may show another secret beside it, as in a body.
    constexpr int most_passes = 4;
    for (int pass = 1; pass < most_passes; ++pass) {
        std::string next = redact_once(kept);
        if (next == kept) break;
        kept = std::move(next);
    }
    return kept;
}

}  // namespace presensi::adms
