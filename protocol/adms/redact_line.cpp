#include "protocol/adms/redact_line.hpp"

#include <algorithm>
#include <initializer_list>

#include "protocol/adms/measure.hpp"
#include "protocol/adms/punch_line.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::string_view base64_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return equals_ignoring_case(text, word); });
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == npos; }

bool is_text(std::string_view line) {
    return std::none_of(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r') || c == 0x7f;
    });
}

// The first word, if a blank or TAB follows.
std::string_view first_word(std::string_view line) {
    const auto end = line.find_first_of(" \t");
    return end == npos ? std::string_view() : line.substr(0, end);
}

// protocol-adms § 3.4 and 3.9: the words that begin a line of OPERLOG or tabledata, and the first key of tables that
// have none. Nothing of a template looks like them.
bool begins_record(std::string_view line) {
    if (equals_ignoring_case(line.substr(0, 4), "PIN=")) return true;
    return is_any_of(first_word(line), {"OPLOG", "USER", "FP", "FACE", "FVEIN", "USERPIC", "BIOPHOTO", "BIODATA",
                                        "IDCARD", "ERRORLOG", "WORKCODE", "ENROLL_USER", "SMS", "identitycard",
                                        "userauthorize", "transaction", "ATTPHOTO", "templatev10", "mulcarduser"});
}

bool is_identity_document(std::string_view line) { return is_any_of(first_word(line), {"IDCARD", "identitycard"}); }

// protocol-adms § 3.4: nothing but base64, in one piece or in several with blanks between.
bool is_bare_base64(std::string_view line, std::size_t fewest) {
    std::size_t count = 0;
    std::size_t padding = 0;
    for (const char c : line) {
        if (c == '=') {
            ++padding;
        } else if (base64_characters.find(c) != npos || c == '-' || c == '_') {
            if (padding > 0) return false;
            ++count;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return false;
        }
    }
    return padding <= 2 && count + padding >= fewest;
}

// A template under a key that nobody knows: more unbroken base64, also escaped for JSON or a URL, than any name, path
// or digest has.
std::string without_long_runs(std::string line) {
    constexpr std::size_t longest_run = 80;
    const auto in_run = [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '/' || c == '\\' || c == '%' || c == '-' || c == '_';
    };
    std::string out;
    std::size_t copied = 0;
    for (std::size_t begin = 0; begin < line.size();) {
        auto end = begin;
        while (end < line.size() && in_run(line[end])) ++end;
        if (end - begin >= longest_run) {
            out.append(line, copied, begin - copied)
                .append(measured(std::string_view(line).substr(begin, end - begin)));
            copied = end;
        }
        begin = std::max(end, begin + 1);
    }
    if (copied == 0) return line;
    return out.append(line, copied);
}

bool is_punch(std::string_view line) {
    const auto columns = split_punch_line(line);
    return columns && decode_device_time(columns->time);
}

// protocol-adms § 3.1: the number of an identity card has 15 to 18 digits; the last of 18 may be an X.
std::string_view identity_number(std::string_view column) {
    const auto begin = column.find_first_not_of(" \r");
    if (begin == npos) return {};
    auto number = column.substr(begin);
    number = number.substr(0, number.find_last_not_of(std::string_view(" \r\0", 3)) + 1);
    constexpr std::size_t fewest = 15;
    constexpr std::size_t most = 18;
    if (number.size() < fewest || number.size() > most) return {};
    const auto digits =
        number.substr(0, number.size() - (number.size() == most && (number.back() | 0x20) == 'x' ? 1 : 0));
    return std::all_of(digits.begin(), digits.end(), is_digit) ? number : std::string_view();
}

std::string without_column_8(std::string_view line) {
    const auto columns = split_punch_line(line);
    const auto number = columns ? identity_number(columns->column_8()) : std::string_view();
    if (number.empty()) return std::string(line);
    const auto begin = static_cast<std::size_t>(number.data() - line.data());
    return std::string(line.substr(0, begin)).append(redacted).append(line.substr(begin + number.size()));
}

// A line whose time is unreadable has no columns to trust: behind its PIN no such number stays, whatever separates.
std::string without_numbers_behind_pin(std::string_view line) {
    constexpr std::string_view prefix = "ATTLOG\t";
    std::size_t at = line.starts_with(prefix) ? prefix.size() : 0;
    const std::string_view separators = line.find('\t', at) == npos ? " " : " \t";
    // With TABs the PIN's column may be empty.
    at = line.find_first_of(separators, separators.size() == 1 ? line.find_first_not_of(' ', at) : at);
    std::string out(line.substr(0, at));
    while (at < line.size()) {
        const auto begin = std::min(line.find_first_not_of(separators, at), line.size());
        const auto end = std::min(line.find_first_of(separators, begin), line.size());
        const auto number = identity_number(line.substr(begin, end - begin));
        out.append(line.substr(at, begin - at))
            .append(number.empty() ? line.substr(begin, end - begin) : std::string_view(redacted));
        at = end;
    }
    return out;
}

// True if the line may hold Key=Value in any form. Its time has ':' too, but behind nothing but digits.
bool may_hold_pair(std::string_view line) {
    bool in_word = false;  // with a letter in it
    for (const char c : line) {
        if (c == '=' || c == '>' || c == '%' || c == '"' || c == '\'') return true;
        if (c == ':' && in_word) return true;
        if (!is_digit(c)) in_word = is_letter(c) || c == '_' || (in_word && c == ' ');
    }
    return false;
}

}  // namespace

bool holds_identity_number(std::string_view text) {
    const auto in_word = [](char c) { return is_letter(c) || is_digit(c); };
    for (std::size_t begin = 0; begin < text.size();) {
        auto end = begin;
        while (end < text.size() && in_word(text[end])) ++end;
        if (!identity_number(text.substr(begin, end - begin)).empty()) return true;
        begin = end + 1;
    }
    return false;
}

bool LineRedactor::is_clean_punch(std::string_view line) const {
    if (open_.until != Until::closed) return false;
    const auto columns = split_punch_line(line);
    return columns && decode_device_time(columns->time) && identity_number(columns->column_8()).empty() &&
           !may_hold_pair(line);
}

std::string LineRedactor::redact(std::string_view line) {
    if (is_blank(line)) return std::string(line);
    const bool by_line = kind_ != TableKind::attlog;
    if (by_line && !is_text(line)) {
        open_ = {Secrecy::biometric, Until::next_record, {}};
        return measured(line);
    }
    if (is_punch(line)) {
        open_ = {};
        bare_before_ = false;
        std::string punch = redact_columns(without_column_8(line), true);
        return by_line ? without_long_runs(std::move(punch)) : punch;
    }
    std::string numberless;
    if (!by_line) line = numberless = without_numbers_behind_pin(line);
    const Open before = open_;
    if (begins_record(line)) open_ = {};
    if (open_.until != Until::closed) return redact_open(line);
    const std::size_t fewest = bare_before_ ? 1 : 16;
    // In ATTLOG nothing but digits may be the PIN of a line that was cut.
    bare_before_ = is_bare_base64(line, fewest) && (by_line || std::any_of(line.begin(), line.end(), is_letter));
    if (bare_before_) {
        // Once measured it begins no record any more.
        open_ = before;
        return measured(line);
    }
    if (kind_ == TableKind::idcard || is_identity_document(line)) return redact_identity(line);
    return without_long_runs(redact_columns(line, false));
}

std::string LineRedactor::redact_open(std::string_view line) {
    const Open open = open_;
    if (open.until == Until::closer) {
        const auto end = line.find(open.closer);
        if (end != npos) {
            open_ = {};
            const auto head = line.substr(0, end);
            // What stands behind the closer is a line of its own, but never nothing.
            return (is_blank(head) ? std::string(head) : masked(open.secrecy, head)) +
                   without_long_runs(redact_columns(line.substr(end), false));
        }
    }
    if (open.until == Until::next_line) open_ = {};
    return is_measure(line) ? std::string(line) : masked(open.secrecy, line);
}

// Of a punch nothing is touched but Key=Value, which no terminal writes there: a piece without a key is a column of its
// own.
std::string LineRedactor::redact_columns(std::string_view line, bool is_punch) {
    std::string out;
    out.reserve(line.size());
    const bool photo_names = kind_ == TableKind::attphoto;
    const Cut cut = line.find('\t') == npos ? Cut::whole : Cut::at_tabs;
    Secrecy before = Secrecy::none;  // of the value that a column without a key may belong to
    bool is_key_alone = false;       // it has only been named: "Passwd TAB 1"
    Open open;
    for (std::size_t begin = 0;;) {
        const auto end = std::min(line.find('\t', begin), line.size());
        const auto column = line.substr(begin, end - begin);
        auto rest = column;
        if (open.until == Until::closer) {
            // A quoted value with a TAB in it.
            const auto closer = std::min(column.find(open.closer), column.size());
            const auto head = column.substr(0, closer);
            out.append(is_blank(head) ? std::string(head) : masked(open.secrecy, head));
            rest = column.substr(closer);
            if (!rest.empty()) open = {};
        }
        if (!rest.empty() && !is_blank(rest)) {
            if (!is_punch && before != Secrecy::none && rest.size() == column.size() && !begins_value(rest, before)) {
                // No key: a piece of the value in front of the TAB, or a value behind "Key TAB".
                out.append(masked(before, rest));
                open = {};
            } else {
                const Piece piece = redact_pairs(rest, cut, photo_names, out);
                open = piece.open;
                is_key_alone = !piece.has_key;
                before = piece.has_key ? piece.last : secrecy_of(rest);
            }
        } else {
            out.append(rest);
        }
        if (end == line.size()) break;
        out.push_back('\t');
        begin = end + 1;
    }
    open_ = open;
    if (open_.until == Until::closed && before == Secrecy::biometric && !is_key_alone) {
        open_ = {Secrecy::biometric, Until::next_record, {}};
    }
    return out;
}

// An identity document: every value but the PIN is personal (protocol-adms § 3.4).
std::string LineRedactor::redact_identity(std::string_view line) {
    std::string out;
    std::size_t begin = 0;
    // The word that begins a record stays, so that it still begins one.
    if (begins_record(line) && !first_word(line).empty() && first_word(line).find('=') == npos) {
        begin = line.find_first_not_of(" \t", first_word(line).size());
        if (begin == npos) begin = line.size();
        out.append(line.substr(0, begin));
    }
    const bool has_tabs = line.find('\t', begin) != npos;
    Secrecy last = Secrecy::none;
    while (begin < line.size()) {
        const auto end =
            has_tabs ? std::min(line.find('\t', begin), line.size()) : end_of_value(line, begin, Secrecy::secret);
        const auto field = line.substr(begin, end - begin);
        const auto equals = field.find('=');
        const auto key = trim_blanks(field.substr(0, std::min(equals, field.size())));
        const auto value = equals == npos ? field : field.substr(equals + 1);
        const bool has_key = equals != npos && !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
                                 return is_letter(c) || is_digit(c) || c == '_' || c == '~';
                             });
        last = has_key ? std::max(secrecy_of(key), Secrecy::secret) : last;
        const bool is_pin = has_key && equals_ignoring_case(key, "PIN") && trim_blanks(value).find(' ') == npos;
        if (is_pin || is_measure(field) || trim_blanks(value).empty()) {
            out.append(field);
        } else if (has_key) {
            out.append(field.substr(0, equals + 1))
                .append(is_measure(value) ? std::string(value) : masked(last, value));
        } else {
            out.append(redacted);
        }
        if (end == line.size()) break;
        out.push_back(line[end]);
        begin = end + 1;
    }
    // In OPERLOG the next line may be the rest of an address; IDCARD has nothing but such lines.
    if (kind_ != TableKind::idcard || last == Secrecy::biometric) {
        open_ = {std::max(last, Secrecy::secret), Until::next_record, {}};
    }
    return out;
}

}  // namespace presensi::adms
