#include "daemon/http/head_rules.hpp"

#include <algorithm>

#include "protocol/text_fields.hpp"

namespace presensi::http {

namespace {

using Refusal = std::optional<std::string_view>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 9110 § 5.6.2
bool is_token(std::string_view text) {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || is_letter(c) || others.find(c) != others.npos;
    });
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// "http://host/path" -> what stands after "://"; nothing for other forms.
std::optional<std::string_view> after_scheme(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() >= scheme.size() && equals_ignoring_case(target.substr(0, scheme.size()), scheme))
            return target.substr(scheme.size());
    }
    return std::nullopt;
}

std::size_t end_of_authority(std::string_view rest) { return std::min(rest.find_first_of("/?#"), rest.size()); }

bool is_host(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || is_letter(c) || std::string_view("-._:[]%").find(c) != std::string_view::npos;
    });
}

}  // namespace

std::string_view without_authority(std::string_view target) {
    const auto rest = after_scheme(target);
    if (!rest) return target;
    const auto path = rest->substr(end_of_authority(*rest));
    return path.starts_with('/') ? path : "/";
}

Refusal HeadRules::look_at(std::string_view line) {
    if (!line.ends_with("\r\n")) return "a line of the head does not end with CR LF";
    line.remove_suffix(2);
    if (std::any_of(line.begin(), line.end(), is_control)) return "there is a control character in the head";
    if (!has_request_line_) {
        has_request_line_ = true;
        return look_at_request_line(line);
    }
    if (line.empty()) {
        complete_ = true;
        return look_at_all();
    }
    if (line.front() == ' ' || line.front() == '\t') return "a header field goes on in the next line";
    const auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon))) return "this is not a header field";
    return look_at_field(line.substr(0, colon), without_blanks(line.substr(colon + 1)));
}

Refusal HeadRules::look_at_request_line(std::string_view line) {
    const auto method_end = line.find(' ');
    const auto version_begin = line.rfind(' ');
    if (method_end == line.npos || version_begin <= method_end + 1) return "this is not an HTTP request";
    const auto method = line.substr(0, method_end);
    const auto target = line.substr(method_end + 1, version_begin - method_end - 1);
    const auto version = line.substr(version_begin + 1);
    if (!is_token(method)) return "the method is no word";
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return "only HTTP/1.1 and HTTP/1.0 are understood";
    is_http_1_1_ = version == "HTTP/1.1";
    const auto is_plain = [](char c) { return c > 0x20 && c < 0x7f; };
    if (!std::all_of(target.begin(), target.end(), is_plain))
        return "the target holds blanks or bytes that are not ASCII";
    if (manner_ == Manner::terminal) return std::nullopt;  // architecture 3.8: its authority is ignored there
    if (const auto rest = after_scheme(target)) {
        authority_ = to_lower(rest->substr(0, end_of_authority(*rest)));
        if (authority_.empty()) return "the target names no host";
    } else if (!target.starts_with('/')) {
        return "the target is no path";
    }
    if (target.find('#') != target.npos) return "the target holds a fragment, which is never sent";
    return std::nullopt;
}

Refusal HeadRules::look_at_field(std::string_view name, std::string_view value) {
    if (equals_ignoring_case(name, "Content-Length")) {
        // 18 digits always fit.
        const bool is_number =
            !value.empty() && value.size() <= 18 && std::all_of(value.begin(), value.end(), is_digit);
        if (!is_number) return "the Content-Length is no number";
        if (++lengths_ > 1) return "there is more than one Content-Length";
    } else if (equals_ignoring_case(name, "Transfer-Encoding")) {
        if (!equals_ignoring_case(value, "chunked")) return "only chunked is understood as Transfer-Encoding";
        if (++encodings_ > 1) return "there is more than one Transfer-Encoding";
    } else if (equals_ignoring_case(name, "Host")) {
        if (host_) return "there is more than one Host";
        if (manner_ == Manner::web && !is_host(value)) return "the Host is no host";
        host_ = to_lower(value);
    } else if (equals_ignoring_case(name, "Trailer")) {
        return "fields after the body are not understood";
    }
    return std::nullopt;
}

Refusal HeadRules::look_at_all() const {
    if (lengths_ > 0 && encodings_ > 0) return "Content-Length and Transfer-Encoding exclude each other";
    if (encodings_ > 0 && !is_http_1_1_) return "HTTP/1.0 has no Transfer-Encoding";
    if (manner_ == Manner::terminal) return std::nullopt;
    if (is_http_1_1_ && !host_) return "HTTP/1.1 asks for a Host";
    if (!authority_.empty() && authority_ != host_.value_or(authority_)) return "the target names another host";
    return std::nullopt;
}

}  // namespace presensi::http
