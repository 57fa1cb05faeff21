#include "protocol/adms/redact_pairs.hpp"

#include <algorithm>
#include <optional>

#include "protocol/adms/measure.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr auto npos = std::string_view::npos;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_key_character(char c) { return is_letter(c) || is_digit(c) || c == '_'; }
constexpr bool is_quote(char c) { return c == '"' || c == '\''; }
constexpr bool is_one_of(char c, std::string_view set) { return set.find(c) != npos; }

std::size_t skip(std::string_view text, std::size_t at, std::string_view set) {
    return std::min(text.find_first_not_of(set, at), text.size());
}

// The separator between a key and its value at `at`, or 0. Form-encoded text has %3D and %3A.
std::size_t separator_length(std::string_view text, std::size_t at) {
    const auto next = text.substr(at + 1, 2);
    switch (text[at]) {
        case '=':
            return next.starts_with('>') ? 2 : 1;
        case ':':
            return next.starts_with('=') ? 2 : 1;
        case '>':
            return 1;
        case '%':
            return equals_ignoring_case(next, "3D") || equals_ignoring_case(next, "3A") ? 3 : 0;
        default:
            return 0;
    }
}

struct Key {
    std::string_view last;  // the word in front of the separator: "No"
    std::string_view both;  // with the word before it: "Card No"
};

// Quotes and brackets may stand behind a key: "Passwd":, user[Passwd]=.
Key key_before(std::string_view text, std::size_t at) {
    auto end = at;
    while (end > 0 && is_one_of(text[end - 1], " \t\"'])}\\-")) --end;
    auto begin = end;
    while (begin > 0 && is_key_character(text[begin - 1])) --begin;
    auto previous = begin;
    while (previous > 0 && is_one_of(text[previous - 1], " -.")) --previous;
    if (previous < begin) {
        while (previous > 0 && is_key_character(text[previous - 1])) --previous;
    }
    return {text.substr(begin, end - begin), text.substr(previous, end - previous)};
}

// The name of the tag whose '<' is at `open` and whose '>' is at `close`, if it opens an element: <ns:Passwd kind="1">.
std::string_view tag_name(std::string_view text, std::size_t open, std::size_t close) {
    auto name = text.substr(open + 1, close - open - 1);
    if (name.ends_with('/')) return {};
    name = name.substr(0, name.find_first_of(" \t"));
    const auto colon = name.rfind(':');
    if (colon != npos) name.remove_prefix(colon + 1);
    return std::all_of(name.begin(), name.end(), is_key_character) ? name : std::string_view();
}

bool has_letter(std::string_view text) { return std::any_of(text.begin(), text.end(), is_letter); }

// True if a key and '=' (or, in JSON, a quote) begins at `at`, so that the value before it has ended.
bool begins_key(std::string_view text, std::size_t at, Secrecy secrecy) {
    if (at < text.size() && text[at] == '~') ++at;
    const auto begin = at;
    while (at < text.size() && is_key_character(text[at])) ++at;
    if (at == begin || at == text.size() || text[at] != '=') return false;
    // "QUJD==" behind a blank is the rest of a template that was broken, not a key.
    return secrecy != Secrecy::biometric || (at + 1 < text.size() && !is_one_of(text[at + 1], "= ,&;"));
}

struct Value {
    std::size_t begin = 0;
    std::size_t end = 0;
    Open open;
};

// Finds where values end. The next end behind a place is also that of every place up to it, so a text full of keys
// whose value runs to its end is read once and not once a key.
class Ends {
public:
    explicit Ends(std::string_view text) : text_(text) {}

    std::size_t of_value(std::size_t from, Secrecy secrecy) {
        return remembered(secrecy == Secrecy::biometric ? biometric_ : value_, from,
                          [&] { return end_of_value(text_, from, secrecy); });
    }

    // Where a number or word of JSON ends: in front of the next member or the closing brace.
    std::size_t of_member(std::size_t from) {
        return remembered(member_, from, [&] {
            auto at = text_.find_first_of(",}]", from);
            for (; at != npos && text_[at] == ','; at = text_.find_first_of(",}]", at + 1)) {
                const auto next = skip(text_, at + 1, " ");
                if (next == text_.size() || is_quote(text_[next])) return at;
            }
            return std::min(at, text_.size());
        });
    }

private:
    struct Found {
        std::size_t from = 1;
        std::size_t end = 0;
    };

    template <class Find>
    static std::size_t remembered(Found& found, std::size_t from, Find find) {
        if (from < found.from || from > found.end) found = {from, find()};
        return found.end;
    }

    std::string_view text_;
    Found value_;
    Found biometric_;
    Found member_;
};

// True if a quoted value really ends where its quote does: "12",… but not "12"34.
bool ends_at_quote(std::string_view text, std::size_t behind) {
    const auto next = skip(text, behind, " ");
    if (next == text.size() || is_one_of(text[next], "}])>/")) return true;
    if (is_one_of(text[next], ",;&")) {
        const auto item = skip(text, next + 1, " \\");
        return item == text.size() || is_one_of(text[item], "\"'{[") || begins_key(text, item, Secrecy::secret);
    }
    return next > behind && begins_key(text, next, Secrecy::secret);
}

// The value whose opening quote is at `quote`, behind a backslash if the text itself is a quoted one.
Value quoted_value(std::string_view text, std::size_t quote, Secrecy secrecy, Ends& ends) {
    const bool escaped = text[quote] == '\\';
    const std::size_t width = escaped ? 2 : 1;
    const char mark = text[quote + width - 1];
    const auto begin = quote + width;
    auto end = begin;
    for (;;) {
        end = std::min(text.find_first_of(escaped ? "\\" : (mark == '"' ? "\"\\" : "'\\"), end), text.size());
        if (end == text.size() || text[end] == mark) break;
        if (escaped && end + 1 < text.size() && text[end + 1] == mark) break;
        end += 2;  // a backslash and what it escapes
    }
    if (end >= text.size()) return {begin, text.size(), {secrecy, Until::closer, mark == '"' ? "\"" : "'"}};
    if (ends_at_quote(text, end + width)) return {begin, end, {}};
    return {quote, ends.of_value(end + width, secrecy), {}};
}

// The value behind a separator other than '>'.
Value value_behind(std::string_view text, std::size_t from, bool is_colon, Cut cut, Secrecy secrecy, Ends& ends) {
    const auto begin = skip(text, from, is_colon ? " \t" : " ");
    if (begin == text.size()) {
        if (is_colon) return {begin, begin, {secrecy, Until::next_line, {}}};
        return {begin, begin, {}};
    }
    if (!is_colon && cut == Cut::at_tabs) return {begin, text.size(), {}};
    const auto quote = text[begin] == '\\' ? begin + 1 : begin;
    if (quote < text.size() && is_quote(text[quote])) return quoted_value(text, begin, secrecy, ends);
    if (is_colon && is_one_of(text[begin], "[{")) {
        const char closing = text[begin] == '[' ? ']' : '}';
        const auto end = text.rfind(closing);
        if (end != npos && end > begin) {
            const auto limit = cut == Cut::at_tabs ? text.size() : ends.of_value(end + 1, secrecy);
            return {begin, std::min(ends.of_member(end + 1), limit), {}};
        }
        return {begin + 1, text.size(), {secrecy, Until::closer, closing == ']' ? "]" : "}"}};
    }
    const auto end = cut == Cut::at_tabs ? text.size() : ends.of_value(begin, secrecy);
    return {begin, is_colon ? std::min(ends.of_member(begin), end) : end, {}};
}

Value element(std::string_view text, std::size_t from, Secrecy secrecy) {
    const auto end = text.find("</", from);
    if (end != npos) return {from, end, {}};
    return {from, text.size(), {secrecy, Until::closer, "</"}};
}

struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool empty() const { return begin == end; }
};

// Where the identity number of a photo's name stands, whose separator ends at `from`.
Range number_in_photo_name(std::string_view text, std::size_t from, bool any_name) {
    constexpr std::size_t longest_name = 256;
    const auto begin = skip(text, from, " \t\"'\\");
    const auto name = text.substr(begin, longest_name);
    const auto number = photo_number(name.substr(0, name.find_first_of(" \t\"'\\,&;<=>:")), any_name);
    if (number.empty()) return {};
    const auto number_begin = static_cast<std::size_t>(number.data() - text.data());
    return {number_begin, number_begin + number.size()};
}

// protocol-adms § 3.9: a card number of 0 is no card.
bool is_no_card(std::string_view key, std::string_view value) {
    return value == "0" && equals_ignoring_case(key, "cardno");
}

bool is_blank(std::string_view text) { return trim_blanks(text).empty(); }

}  // namespace

std::string masked(Secrecy secrecy, std::string_view value) {
    if (secrecy == Secrecy::biometric) return measured(value);
    return std::string(redacted);
}

std::size_t end_of_value(std::string_view text, std::size_t from, Secrecy secrecy) {
    for (auto at = text.find_first_of(" ,&;", from); at != npos; at = text.find_first_of(" ,&;", at + 1)) {
        if (begins_key(text, at + 1, secrecy)) return at;
    }
    return text.size();
}

bool begins_value(std::string_view text, Secrecy before) {
    if (before == Secrecy::biometric) {
        const auto padding = skip(text, 0, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
        const bool is_base64_end = text.find_first_not_of('=', padding) == npos;
        // "resverd=" of templatev10 is an empty column, "QUJDREVGR0hJSktMTU4=" the rest of a template.
        const bool may_be_key = text.size() < 16 && text.size() - padding == 1 && has_letter(text.substr(0, padding)) &&
                                std::all_of(text.begin(), text.end() - 1, is_key_character);
        if (is_base64_end && !may_be_key) return false;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (separator_length(text, at) > 0 && has_letter(key_before(text, at).last)) return true;
    }
    return false;
}

Piece redact_pairs(std::string_view text, Cut cut, bool photo_names, std::string& out) {
    Piece piece;
    std::size_t copied = 0;
    std::size_t tag = npos;  // the '<' that may open a tag
    Ends ends(text);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t separator = separator_length(text, at);
        if (separator == 0) {
            if (text[at] == '<') tag = at;
            ++at;
            continue;
        }
        const bool is_tag = text[at] == '>' && tag != npos;
        Key key = key_before(text, at);
        if (is_tag) key.last = key.both = tag_name(text, tag, at);
        if (text[at] == '>') tag = npos;
        const bool is_colon = text[at] == ':';
        at += separator;
        if (!has_letter(key.last)) continue;
        const Secrecy secrecy = std::max(secrecy_of(key.last), secrecy_of(key.both));
        piece.has_key = true;
        piece.last = secrecy;
        piece.open = {};
        if (secrecy == Secrecy::none && !names_photo(key.last)) continue;

        if (secrecy == Secrecy::none) {
            const auto number = number_in_photo_name(text, at, photo_names);
            if (number.empty()) continue;
            out.append(text.substr(copied, number.begin - copied)).append(redacted);
            at = copied = number.end;
            continue;
        }
        const Value value = is_tag ? element(text, at, secrecy) : value_behind(text, at, is_colon, cut, secrecy, ends);
        const auto bytes = text.substr(value.begin, value.end - value.begin);
        piece.open = value.open;
        at = value.end;
        if (is_blank(bytes) || is_no_card(key.last, bytes)) continue;
        out.append(text.substr(copied, value.begin - copied)).append(masked(secrecy, bytes));
        copied = value.end;
    }
    out.append(text.substr(copied));
    return piece;
}

}  // namespace presensi::adms
