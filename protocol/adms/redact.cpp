#include "protocol/adms/redact.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::string_view redacted = "<redacted>";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_key_character(char c) { return is_letter(c) || is_digit(c) || c == '_'; }
constexpr bool is_base64(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; }

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return equals_ignoring_case(text, word); });
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
    return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) {
        return text.size() >= end.size() && equals_ignoring_case(text.substr(text.size() - end.size()), end);
    });
}

// protocol-adms § 3.4: keys of templates and photos, and of what is secret or personal, in any case.
bool is_template_key(std::string_view key) {
    return is_any_of(key, {"Content", "Photo", "FPImage"}) || ends_with_any(key, {"tmp", "template"});
}
bool is_secret_key(std::string_view key) {
    return is_any_of(key, {"CardNo", "IDNum", "SNNum", "DNNum"}) ||
           ends_with_any(key, {"passwd", "password", "pwd", "card", "commkey", "comkey"});
}

// protocol-adms § 3.4: the words that begin a line of OPERLOG.
bool begins_known_kind(std::string_view line) {
    const auto end = line.find_first_of(" \t");
    if (end == line.npos) return false;
    return is_any_of(line.substr(0, end), {"OPLOG", "USER", "FP", "FACE", "FVEIN", "USERPIC", "BIOPHOTO", "BIODATA",
                                           "IDCARD", "ENROLL_USER", "ERRORLOG", "WORKCODE", "SMS"});
}

std::string measure(std::string_view bytes) {
    return "<" + std::to_string(bytes.size()) + " bytes sha256:" + hex(sha256(bytes)) + ">";
}

// What measure() wrote stays as it is, so that redacting twice is redacting once.
bool is_measure(std::string_view text) {
    constexpr std::string_view middle = " bytes sha256:";
    const auto at = text.find(middle);
    if (at == text.npos || at < 2 || text.size() != at + middle.size() + 65 || text.front() != '<' ||
        text.back() != '>')
        return false;
    const auto hex_digit = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
    const auto count = text.substr(1, at - 1);
    const auto digest = text.substr(at + middle.size(), 64);
    return std::all_of(count.begin(), count.end(), is_digit) && std::all_of(digest.begin(), digest.end(), hex_digit);
}

std::string measured(std::string_view bytes) { return is_measure(bytes) ? std::string(bytes) : measure(bytes); }

// A template line that was broken off: nothing but base64, at least 16 characters of it.
bool is_bare_base64(std::string_view line) {
    line = trim_blanks(line);
    if (line.size() < 16) return false;
    for (int padding = 0; padding < 2 && line.ends_with('='); ++padding) line.remove_suffix(1);
    return std::all_of(line.begin(), line.end(), is_base64);
}

bool is_text(std::string_view bytes) {
    return std::none_of(bytes.begin(), bytes.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
    });
}

// Where a value without quotes ends: at a TAB where the line has TABs, else in front of the next " Key=", ",Key=",
// "&Key=".
std::size_t end_of_value(std::string_view line, std::size_t begin, bool has_tabs) {
    if (has_tabs) return std::min(line.find('\t', begin), line.size());
    for (auto at = line.find_first_of(" ,&;", begin); at != line.npos; at = line.find_first_of(" ,&;", at + 1)) {
        auto key_end = at + 1;
        if (key_end < line.size() && line[key_end] == '~') ++key_end;
        const auto key_begin = key_end;
        while (key_end < line.size() && is_key_character(line[key_end])) ++key_end;
        if (key_end > key_begin && key_end < line.size() && line[key_end] == '=') return at;
    }
    return line.size();
}

// The key in front of the separator at `at` ('=', ':' or '>'), blanks and one closing quote in between.
std::string_view key_before(std::string_view line, std::size_t at) {
    auto end = at;
    while (end > 0 && line[end - 1] == ' ') --end;
    if (end > 0 && (line[end - 1] == '"' || line[end - 1] == '\'')) --end;
    auto begin = end;
    while (begin > 0 && is_key_character(line[begin - 1])) --begin;
    return line.substr(begin, end - begin);
}

struct Line {
    std::string text;
    bool ends_in_template = false;  // its last value was one, so the next line may continue it
};

// `everything`: of an identity document, where every value but the PIN is personal.
Line redact_pairs(std::string_view line, bool everything) {
    const bool has_tabs = line.find('\t') != line.npos;
    Line out;
    std::size_t copied = 0;
    for (auto at = line.find_first_of("=:>"); at != line.npos; at = line.find_first_of("=:>", at)) {
        const char separator = line[at];
        const auto key = key_before(line, at);
        ++at;
        const bool is_template = is_template_key(key);
        const bool personal = everything && separator == '=' && !key.empty() && !equals_ignoring_case(key, "PIN");
        if (!is_template && !is_secret_key(key) && !personal) continue;
        // <Password> opens a value, </Password> does not.
        if (separator == '>' && (key.data() == line.data() || key.data()[-1] != '<')) continue;
        auto begin = at;
        if (separator != '>') {
            while (begin < line.size() && line[begin] == ' ') ++begin;
        }
        std::size_t end = 0;
        if (begin < line.size() && (line[begin] == '"' || line[begin] == '\'')) {
            const char quote = line[begin++];
            end = std::min(line.find(quote, begin), line.size());
        } else if (separator == '>') {
            // A measure begins with '<' itself.
            end = is_measure(line.substr(begin)) ? line.size() : std::min(line.find("</", begin), line.size());
        } else {
            end = end_of_value(line, begin, has_tabs);
        }
        const auto value = line.substr(begin, end - begin);
        if (is_template && end == line.size()) out.ends_in_template = true;
        if (!trim_blanks(value).empty()) {
            out.text.append(line.substr(copied, begin - copied));
            out.text.append(is_template ? measured(value) : std::string(redacted));
            copied = end;
        }
        at = end;
    }
    out.text.append(line.substr(copied));
    return out;
}

// protocol-adms § 3.1: column 8 of ID-card terminals is the number of an identity card.
std::string redact_column_8(std::string_view line) {
    std::size_t begin = 0;
    for (int column = 1; column < 8; ++column) {
        const auto tab = line.find('\t', begin);
        if (tab == line.npos) return std::string(line);
        begin = tab + 1;
    }
    const auto end = std::min(line.find('\t', begin), line.size());
    const auto value = line.substr(begin, end - begin);
    const auto digits = trim_blanks(value);
    if (digits.size() < 15 || digits.size() > 18 || !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::string(line);
    return std::string(line.substr(0, begin)).append(redacted).append(line.substr(end));
}

bool may_have_identity_number(std::string_view line) {
    int tabs = 0;
    const char* at = line.data();
    const char* const end = at + line.size();
    while ((at = static_cast<const char*>(std::memchr(at, '\t', static_cast<std::size_t>(end - at)))) != nullptr) {
        ++at;
        if (++tabs == 7) break;
    }
    return tabs == 7 && end - at >= 15;
}

class BodyRedactor {
public:
    explicit BodyRedactor(TableKind kind) : kind_(kind) {}

    // One line without its line end.
    std::string redact(std::string_view line) {
        if (line.empty()) return {};
        if (is_piece_of_template(line)) {
            // What follows may be a shorter piece of it.
            after_template_ = after_template_ || kind_ == TableKind::attlog || kind_ == TableKind::operlog ||
                              kind_ == TableKind::biodata;
            return measured(line);
        }
        after_template_ = false;
        const bool identity = kind_ == TableKind::idcard || is_identity_document(line);
        if (kind_ == TableKind::attlog) {
            const std::string without_number = redact_column_8(line);
            return has_key(line) ? remember(redact_pairs(without_number, identity)) : without_number;
        }
        if (identity && line.find('=') == line.npos) return std::string(redacted);
        return remember(redact_pairs(line, identity));
    }

private:
    std::string remember(Line line) {
        after_template_ = line.ends_in_template;
        return std::move(line.text);
    }

    bool is_piece_of_template(std::string_view line) const {
        if (is_measure(line)) return true;
        // A line of ATTLOG with TABs is or was meant to be a punch.
        if (kind_ == TableKind::attlog && line.find('\t') != line.npos) return false;
        // What follows an unfinished template is a piece of it, unless a new record begins (§ 3.4).
        if (after_template_ && !begins_known_kind(line)) return true;
        return is_bare_base64(line) || (kind_ != TableKind::attlog && !is_text(line));
    }

    static bool is_identity_document(std::string_view line) {
        return equals_ignoring_case(line.substr(0, line.find_first_of(" \t")), "IDCARD");
    }

    // Times hold ':' too; only a key in front of a separator makes pairs of a line.
    static bool has_key(std::string_view line) {
        for (auto at = line.find_first_of("=:>"); at != line.npos; at = line.find_first_of("=:>", at + 1)) {
            const auto key = key_before(line, at);
            if (!key.empty() && is_letter(key.back())) return true;
        }
        return false;
    }

    TableKind kind_;
    bool after_template_ = false;
};

// True when nothing in an ATTLOG body can need redaction: the way of nearly every punch.
bool is_clean_attlog(std::string_view body) {
    while (!body.empty()) {
        const auto end = body.find('\n');
        const auto line = body.substr(0, end);
        if (std::memchr(line.data(), '\t', line.size()) == nullptr && line.size() >= 16) return false;
        if (may_have_identity_number(line)) return false;
        if (end == body.npos) return true;
        body.remove_prefix(end + 1);
    }
    return true;
}

std::string redact_lines(TableKind kind, std::string_view body) {
    std::string out;
    out.reserve(body.size());
    BodyRedactor redactor(kind);
    while (!body.empty()) {
        const auto end = body.find('\n');
        auto line = body.substr(0, end);
        const bool cr = !line.empty() && line.back() == '\r';
        if (cr) line.remove_suffix(1);
        out.append(redactor.redact(line));
        if (cr) out.push_back('\r');
        if (end == body.npos) break;
        out.push_back('\n');
        body.remove_prefix(end + 1);
    }
    return out;
}

// protocol-adms § 3.5: <time>-<type>-<pin>-<idnum>.jpg
std::string redact_photo_name(std::string_view name) {
    std::size_t at = 0;
    for (int dash = 0; dash < 3; ++dash) {
        at = name.find('-', at);
        if (at == name.npos) return std::string(name);
        ++at;
    }
    const auto end = std::min(name.find('.', at), name.size());
    if (end == at) return std::string(name);
    return std::string(name.substr(0, at)).append(redacted).append(name.substr(end));
}

std::string redact_photo(std::string_view body) {
    // The photo begins behind the first NUL, or where a JPEG does if that comes first.
    const auto nul = std::min(body.find('\0'), body.size());
    const auto header_end = std::min(body.find("\xff\xd8"), nul);
    const auto photo = header_end == nul && nul < body.size() ? nul + 1 : header_end;
    const auto header = body.substr(0, header_end);
    if (!is_text(header)) return measured(body);

    std::string names;
    std::string_view rest = header;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        const auto equals = line.find('=');
        const bool is_name = equals != line.npos && is_any_of(line.substr(0, equals), {"PIN", "FileName"});
        if (is_name) {
            names.append(line.substr(0, equals + 1)).append(redact_photo_name(line.substr(equals + 1)));
        } else {
            names.append(line);
        }
        if (end == rest.npos) break;
        names.push_back('\n');
        rest.remove_prefix(end + 1);
    }
    std::string out = redact_lines(TableKind::other, names);
    out.append(body.substr(header_end, photo - header_end));
    if (photo < body.size()) out.append(measured(body.substr(photo)));
    return out;
}

bool is_line_table(TableKind kind) {
    return kind == TableKind::operlog || kind == TableKind::biodata || kind == TableKind::idcard ||
           kind == TableKind::errorlog;
}

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
            i += 2;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c > 0x20 && c < 0x7f) {
            out.push_back(c);
        } else {
            constexpr char digits[] = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
        }
    }
    return out;
}

}  // namespace

std::string redact_body(TableKind kind, std::string body) {
    if (kind == TableKind::attlog) {
        if (body.find('=') == body.npos && is_clean_attlog(body)) return body;
        return redact_lines(kind, body);
    }
    if (kind == TableKind::attphoto) return redact_photo(body);
    if (!is_line_table(kind)) {
        // protocol-adms § 3.0: up to three NULs may follow the visible text.
        const auto last = body.find_last_not_of('\0');
        if (!is_text(std::string_view(body).substr(0, last == body.npos ? 0 : last + 1))) return measured(body);
    }
    return redact_lines(kind, body);
}

std::string redact_query(std::string_view query) {
    std::string out;
    for (;;) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        const std::string key = percent_decoded(pair.substr(0, equals));
        const std::string value = equals == pair.npos ? std::string() : percent_decoded(pair.substr(equals + 1));
        if (value.empty()) {
            // A pair may hide in a key whose '=' is encoded.
            out.append(printable(redact_pairs(key, false).text)).append(equals == pair.npos ? "" : "=");
        } else if (is_secret_key(key) || is_template_key(key) || is_any_of(key, {"key", "token"})) {
            out.append(printable(key)).append("=").append(redacted);
        } else if (equals_ignoring_case(key, "PIN") || equals_ignoring_case(key, "FileName")) {
            out.append(printable(key)).append("=").append(printable(redact_photo_name(value)));
        } else {
            const std::string clean = redact_pairs(value, false).text;
            out.append(printable(pair.substr(0, equals)))
                .append("=")
                .append(clean == value ? printable(pair.substr(equals + 1)) : printable(clean));
        }
        if (end == query.npos) return out;
        out.push_back('&');
        query.remove_prefix(end + 1);
    }
}

}  // namespace presensi::adms
