#include "config/text_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "config/printable.hpp"

namespace presensi::config {
namespace {

struct Unit {
    std::string_view suffix;
    std::uint64_t factor;
};

constexpr std::array<Unit, 4> size_units{{{"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB}, {"", 1}}};
constexpr std::array<Unit, 4> duration_units{{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}};

std::optional<std::uint64_t> decode_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The product of the number and its unit; what does not fit 64 bits becomes the largest number, for the range to
// refuse.
std::optional<std::uint64_t> decode_measure(std::string_view text, const std::array<Unit, 4>& units) {
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    const std::size_t letters = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const Unit& candidate) { return candidate.suffix == text.substr(letters); });
    if (unit == units.end() || letters == 0) return std::nullopt;
    const auto number = decode_number(text.substr(0, letters));
    return number && *number <= largest / unit->factor ? *number * unit->factor : largest;
}

std::string encode_measure(std::uint64_t value, const std::array<Unit, 4>& units) {
    for (const Unit& unit : units) {
        if (value >= unit.factor && value % unit.factor == 0) {
            return fmt::format("{}{}", value / unit.factor, unit.suffix);
        }
    }
    return fmt::format("0{}", units.back().suffix);
}

Decoded<std::uint16_t> port_from(std::string_view text, std::uint64_t least, std::string_view range) {
    const auto number = decode_number(text);
    if (!number || *number < least || *number > 65535) {
        return Problem{fmt::format("{} is not a port ({})", shown(text), range)};
    }
    return static_cast<std::uint16_t>(*number);
}

// Minutes since midnight of "HH:MM".
std::optional<std::chrono::minutes> decode_clock(std::string_view text) {
    if (text.size() != 5 || text[2] != ':' || !is_digits(text.substr(0, 2)) || !is_digits(text.substr(3))) {
        return std::nullopt;
    }
    const auto hours = *decode_number(text.substr(0, 2));
    const auto minutes = *decode_number(text.substr(3));
    if (hours > 23 || minutes > 59) return std::nullopt;
    return std::chrono::minutes(hours * 60 + minutes);
}

std::string percent_decoded(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned byte = 0;
        const char* const digits = text.data() + at + 1;
        if (text[at] == '%' && at + 2 < text.size() &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            result += static_cast<char>(byte);
            at += 2;
        } else {
            result += text[at];
        }
    }
    return result;
}

// Finds the word password (sslpassword too) with a value, in the query of a URL as in a list of `key = value`.
bool sets_password(std::string_view url) {
    const std::string plain = percent_decoded(url);
    constexpr std::string_view word = "password";
    for (std::size_t at = plain.find(word); at != std::string::npos; at = plain.find(word, at + 1)) {
        const std::size_t next = plain.find_first_not_of(" \t", at + word.size());
        if (next != std::string::npos && plain[next] == '=') return true;
    }
    return false;
}

// libpq, "Connection URIs": user:password stands before the first @, unless a / comes earlier.
bool names_password(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::string_view rest = url.substr(scheme + 3);
    const std::size_t end = rest.find_first_of("@/");
    if (end == std::string_view::npos || rest[end] != '@') return false;
    return rest.substr(0, end).find(':') != std::string_view::npos;
}

}  // namespace

Decoded<std::string> decode_text(std::string_view text) {
    if (text.empty()) return Problem{"is empty"};
    if (has_control_character(text)) return Problem{fmt::format("{} holds control characters", shown(text))};
    if (find_invalid_utf8(text) != std::string_view::npos) return Problem{fmt::format("{} is not UTF-8", shown(text))};
    return std::string(text);
}

Decoded<std::string> decode_serial(std::string_view text) {
    const bool fits = !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (fits) return std::string(text);
    return Problem{fmt::format("{} is not a serial number (1–32 letters, digits, _ or -)", shown(text))};
}

Decoded<std::string> decode_address(std::string_view text) {
    if (text.find('/') == std::string_view::npos && Network::decode(text)) return std::string(text);
    return Problem{fmt::format("{} is not an IP address (such as 10.20.0.14 or fd00::14)", shown(text))};
}

Decoded<Network> decode_network(std::string_view text) {
    if (const auto network = Network::decode(text)) return *network;
    if (const auto network = Network::around(text)) {
        return Problem{
            fmt::format("{} is an address inside a network; did you mean {}?", shown(text), network->text())};
    }
    return Problem{fmt::format("{} is not a network (such as 10.20.0.0/16 or 10.20.0.14)", shown(text))};
}

Decoded<std::uint16_t> decode_port(std::string_view text) { return port_from(text, 1, "1–65535"); }

Decoded<std::uint16_t> decode_listen_port(std::string_view text) {
    return port_from(text, 0, "1–65535, or 0 for any free one");
}

Decoded<QuietHours> decode_quiet_hours(std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const auto from = decode_clock(text.substr(0, dash));
    const auto to = dash < text.size() ? decode_clock(text.substr(dash + 1)) : std::nullopt;
    if (!from || !to) return Problem{fmt::format("{} is not a span of hours (such as 07:00-08:30)", shown(text))};
    if (*from == *to) return Problem{fmt::format("{} begins and ends at the same minute", shown(text))};
    return QuietHours{*from, *to};
}

Decoded<std::chrono::minutes> decode_time_of_day(std::string_view text) {
    const auto time = decode_clock(text);
    if (!time) return Problem{fmt::format("{} is not a time of day (such as 01:30)", shown(text))};
    return *time;
}

Decoded<Secret> decode_path_secret(const Secret& secret) {
    const std::string_view text = secret.reveal();
    const bool fits =
        text.size() >= 8 && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
    if (fits) return secret;
    return Problem{"does not hold a path segment (8 to 64 letters, digits, - and _)"};
}

Decoded<std::string> decode_postgres_url(std::string_view text) {
    // The text itself is in no message: it may hold a password.
    if (sets_password(text) || names_password(text)) {
        return Problem{
            "holds a password; take it out and put it into a file of its own (mode 640), named with password_file"};
    }
    const bool is_url = text.substr(0, 13) == "postgresql://" || text.substr(0, 11) == "postgres://";
    if (!is_url && text.find('=') == std::string_view::npos) {
        return Problem{
            fmt::format("{} is not a connection to PostgreSQL (such as postgresql://host/presensi)", shown(text))};
    }
    return decode_text(text);
}

Decoded<Secret> decode_comm_key(const Secret& secret) {
    // protocol-4370.md § 2.2: the comm key is an unsigned number of 32 bits.
    const auto number = decode_number(secret.reveal());
    if (number && *number <= std::numeric_limits<std::uint32_t>::max()) return secret;
    return Problem{"does not hold a comm key (digits only, at most 4294967295)"};
}

Decoded<std::size_t> decode_count(std::string_view text, std::size_t least, std::size_t most) {
    if (!is_digits(text)) return Problem{fmt::format("{} is not a whole number", shown(text))};
    const auto number = decode_number(text);
    if (!number || *number < least || *number > most) {
        return Problem{fmt::format("{} is out of range ({}–{})", shown(text), least, most)};
    }
    return static_cast<std::size_t>(*number);
}

Decoded<std::size_t> decode_size(std::string_view text, std::size_t least, std::size_t most) {
    const auto bytes = decode_measure(text, size_units);
    if (!bytes) return Problem{fmt::format("{} is not a size (bytes as 8192, or 8KiB, 16MiB, 1GiB)", shown(text))};
    if (*bytes < least || *bytes > most) {
        return Problem{fmt::format("{} is out of range ({}–{})", shown(text), encode_size(least), encode_size(most))};
    }
    return static_cast<std::size_t>(*bytes);
}

Decoded<std::chrono::seconds> decode_duration(std::string_view text, std::chrono::seconds least,
                                              std::chrono::seconds most) {
    const auto seconds = decode_measure(text, duration_units);
    if (!seconds) return Problem{fmt::format("{} is not a duration (such as 7d, 12h, 30m, 45s)", shown(text))};
    if (*seconds < static_cast<std::uint64_t>(least.count()) || *seconds > static_cast<std::uint64_t>(most.count())) {
        return Problem{
            fmt::format("{} is out of range ({}–{})", shown(text), encode_duration(least), encode_duration(most))};
    }
    return std::chrono::seconds(*seconds);
}

std::string encode_size(std::size_t bytes) { return encode_measure(bytes, size_units); }

std::string encode_duration(std::chrono::seconds duration) {
    return encode_measure(static_cast<std::uint64_t>(duration.count()), duration_units);
}

std::string encode_time_of_day(std::chrono::minutes time) {
    return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60);
}

std::string encode_quiet_hours(const QuietHours& hours) {
    return encode_time_of_day(hours.from) + "-" + encode_time_of_day(hours.to);
}

}  // namespace presensi::config
