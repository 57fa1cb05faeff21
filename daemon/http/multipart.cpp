#include "daemon/http/multipart.hpp"

#include <algorithm>

#include "protocol/text_fields.hpp"

namespace presensi::http {

namespace {

constexpr std::string_view form_data = "multipart/form-data";
constexpr std::size_t longest_boundary = 70;  // RFC 2046 § 5.1.1

// The value of a parameter: `name=value` or `name="value"`, each behind a semicolon. Empty: not there, or no text.
std::string parameter_of(std::string_view header, std::string_view wanted) {
    auto rest = header.substr(std::min(header.find(';'), header.size()));
    while (rest.starts_with(';')) {
        rest = trim_blanks(rest.substr(1));
        const auto equals = rest.find_first_of("=;");
        if (equals == rest.npos || rest[equals] == ';') {
            rest = equals == rest.npos ? std::string_view() : rest.substr(equals);
            continue;
        }
        const auto name = trim_blanks(rest.substr(0, equals));
        rest = trim_blanks(rest.substr(equals + 1));
        std::string value;
        if (rest.starts_with('"')) {
            std::size_t at = 1;
            for (; at < rest.size() && rest[at] != '"'; ++at) {
                if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
                value += rest[at];
            }
            rest = rest.substr(std::min(rest.find(';', at), rest.size()));
        } else {
            const auto end = std::min(rest.find(';'), rest.size());
            value = trim_blanks(rest.substr(0, end));
            rest = rest.substr(end);
        }
        if (equals_ignoring_case(name, wanted)) return value;
    }
    return {};
}

bool has_parameter(std::string_view header, std::string_view wanted) {
    const std::string lower = to_lower(header);
    const auto at = lower.find(std::string(wanted) + '=');
    return at != lower.npos && at > 0 && (lower[at - 1] == ';' || lower[at - 1] == ' ');
}

// Whether the head of a part says that it is a file (RFC 7578 § 4.2: it has a filename).
bool is_file(std::string_view head) {
    constexpr std::string_view disposition = "content-disposition:";
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        head = end == head.npos ? std::string_view() : head.substr(end + 2);
        if (!to_lower(line.substr(0, disposition.size())).starts_with(disposition)) continue;
        return has_parameter(line, "filename") || has_parameter(line, "filename*");
    }
    return false;
}

}  // namespace

bool is_multipart(std::string_view content_type) {
    return equals_ignoring_case(trim_blanks(content_type.substr(0, content_type.find(';'))), form_data);
}

FilePart find_file_part(std::string_view content_type, std::string_view body) {
    const std::string boundary = parameter_of(content_type, "boundary");
    if (boundary.empty() || boundary.size() > longest_boundary)
        return {{}, "The form does not say what divides its parts; send the file itself as the body."};
    const std::string divider = "--" + boundary;
    std::string_view rest = body;
    if (!rest.starts_with(divider)) {
        const auto first = rest.find("\r\n" + divider);
        rest = first == rest.npos ? std::string_view() : rest.substr(first + 2);
    }
    const std::string end_of_part = "\r\n" + divider;
    while (rest.starts_with(divider)) {
        rest.remove_prefix(divider.size());
        if (rest.starts_with("--")) return {{}, "There is no file in this form."};
        const auto line_end = rest.find("\r\n");
        if (line_end == rest.npos || !trim_blanks(rest.substr(0, line_end)).empty()) break;
        rest.remove_prefix(line_end);
        const auto head_end = rest.find("\r\n\r\n");
        if (head_end == rest.npos) break;
        const auto head = rest.substr(2, head_end < 2 ? 0 : head_end - 2);
        const auto content = rest.substr(head_end + 4);
        // A part may be empty: then its end begins with the line end of its head.
        const auto end = rest.find(end_of_part, head_end + 2);
        if (end == rest.npos) break;
        if (is_file(head)) return {content.substr(0, end < head_end + 4 ? 0 : end - head_end - 4), {}};
        rest = rest.substr(end + 2);
    }
    return {{}, "This form is cut off or not made as a form is; send the file itself as the body."};
}

}  // namespace presensi::http
