#include "protocol/text_fields.hpp"

#include <algorithm>
#include <charconv>

namespace presensi {

namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Length of the valid UTF-8 sequence at `at` (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF), or 0.
std::size_t sequence_length(std::string_view bytes, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
    const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
        return at + i < bytes.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return follows(1, 0x80, 0xbf) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = first == 0xed ? 0x9f : 0xbf;
        return follows(1, low, high) && follows(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
        return follows(1, low, high) && follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

// C0, DEL and C1 (U+0080–U+009F, in UTF-8 C2 80 – C2 9F).
bool is_control(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
    return sequence.size() == 2 && first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
}

// Takes 1 to `most` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t most) {
    std::size_t count = 0;
    int value = 0;
    while (count < text.size() && count < most && is_digit(text[count])) value = value * 10 + (text[count++] - '0');
    if (count == 0) return std::nullopt;
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

struct TimeParts {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

std::optional<DeviceTime> to_device_time(const TimeParts& parts) {
    if (parts.year < 1900 || parts.year > 9998 || parts.hour > 23 || parts.minute > 59 || parts.second > 59) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{parts.year},
                                           std::chrono::month{static_cast<unsigned>(parts.month)},
                                           std::chrono::day{static_cast<unsigned>(parts.day)}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::local_days{date} + std::chrono::hours{parts.hour} + std::chrono::minutes{parts.minute} +
           std::chrono::seconds{parts.second};
}

// Nearly every terminal prints all digits: "2026-11-20 07:58:03". Millions of lines come this way.
std::optional<TimeParts> take_usual_time(std::string_view text) {
    constexpr std::string_view form = "0000-00-00 00:00:00";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t at = 0; at < form.size(); ++at) {
        if (form[at] == '0' ? !is_digit(text[at]) : form[at] != text[at]) return std::nullopt;
    }
    const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    return TimeParts{two(0) * 100 + two(2), two(5), two(8), two(11), two(14), two(17)};
}

// Single digits, T instead of the blank, several blanks (protocol-adms § 3.1).
std::optional<DeviceTime> take_any_time(std::string_view text) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    if (!take(text, 'T')) {
        if (!take(text, ' ')) return std::nullopt;
        while (take(text, ' ')) {
        }
    }
    const auto hour = take_number(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || !take(text, ':')) return std::nullopt;
    const auto second = take_number(text, 2);
    if (!second || !text.empty()) return std::nullopt;
    return to_device_time({*year, *month, *day, *hour, *minute, *second});
}

void put_digits(std::string& out, int value, std::size_t width) {
    const std::size_t start = out.size();
    out.resize(start + width);
    for (std::size_t i = width; i-- > 0; value /= 10) out[start + i] = static_cast<char>('0' + value % 10);
}

std::string format_seconds(std::chrono::seconds since_epoch) {
    const std::chrono::sys_seconds time{since_epoch};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::string out;
    out.reserve(24);
    put_digits(out, static_cast<int>(date.year()), 4);
    out.push_back('-');
    put_digits(out, static_cast<int>(static_cast<unsigned>(date.month())), 2);
    out.push_back('-');
    put_digits(out, static_cast<int>(static_cast<unsigned>(date.day())), 2);
    out.push_back('T');
    put_digits(out, static_cast<int>(clock.hours().count()), 2);
    out.push_back(':');
    put_digits(out, static_cast<int>(clock.minutes().count()), 2);
    out.push_back(':');
    put_digits(out, static_cast<int>(clock.seconds().count()), 2);
    return out;
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

bool is_valid_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t length = sequence_length(bytes, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

std::string to_stored_text(std::string_view bytes, std::size_t limit) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(std::min(bytes.size(), limit));
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t length = sequence_length(bytes, at);
        const auto sequence = bytes.substr(at, length == 0 ? 1 : length);
        const bool stays = length != 0 && !is_control(sequence);
        if ((stays ? 1 : 4) * sequence.size() > limit - out.size()) break;
        if (stays) {
            out.append(sequence);
        } else {
            for (const char c : sequence) {
                const auto byte = static_cast<unsigned char>(c);
                out.append({'\\', 'x', digits[byte >> 4], digits[byte & 15]});
            }
        }
        at += sequence.size();
    }
    return out;
}

std::optional<int> decode_number(std::string_view text, int min, int max) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < min || value > max)
        return std::nullopt;
    return value;
}

std::optional<DeviceTime> decode_device_time(std::string_view text) {
    text = trim_blanks(text);
    const auto parts = take_usual_time(text);
    return parts ? to_device_time(*parts) : take_any_time(text);
}

std::string format_device_time(DeviceTime time) { return format_seconds(time.time_since_epoch()); }

std::string format_utc(std::chrono::sys_seconds time) { return format_seconds(time.time_since_epoch()) + 'Z'; }

std::string format_utc(Instant time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    std::string out = format_seconds(seconds.time_since_epoch());
    out.push_back('.');
    put_digits(out, static_cast<int>((time - seconds).count()), 3);
    out.push_back('Z');
    return out;
}

std::optional<Instant> decode_utc(std::string_view text) {
    constexpr std::size_t whole_seconds = 20;     // 2026-11-19T23:58:03Z
    constexpr std::size_t with_thousandths = 24;  // 2026-11-19T23:58:03.123Z
    if (text.size() != whole_seconds && text.size() != with_thousandths) return std::nullopt;
    const auto seconds = decode_device_time(text.substr(0, 19));
    if (!seconds) return std::nullopt;
    const std::chrono::sys_seconds time{seconds->time_since_epoch()};
    if (text.size() == whole_seconds) return format_utc(time) == text ? std::optional<Instant>(time) : std::nullopt;
    const auto thousandths = decode_number(text.substr(20, 3), 0, 999);
    if (!thousandths) return std::nullopt;
    const Instant instant = time + std::chrono::milliseconds(*thousandths);
    // Comparing with our own print refuses every lax form that the terminals' reader takes.
    return format_utc(instant) == text ? std::optional<Instant>(instant) : std::nullopt;
}

}  // namespace presensi
