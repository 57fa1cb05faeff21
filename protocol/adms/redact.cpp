#include "protocol/adms/redact.hpp"

#include <algorithm>

#include "protocol/adms/body_lines.hpp"
#include "protocol/adms/measure.hpp"
#include "protocol/adms/redact_line.hpp"

namespace presensi::adms {

namespace {

bool is_text(std::string_view bytes) {
    return std::none_of(bytes.begin(), bytes.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
    });
}

// Appends the redacted lines of `text` to `out`, their line ends as they are.
void redact_lines(LineRedactor& redactor, std::string_view text, std::string& out) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        const std::size_t cr = line.ends_with('\r') ? 1 : 0;
        out.append(redactor.redact(line.substr(0, line.size() - cr)));
        out.append(text.substr(end - cr, std::min<std::size_t>(cr + 1, text.size() - end + cr)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// Punches with nothing to hide: nearly every body of ATTLOG.
bool is_clean_attlog(std::string_view body) {
    const LineRedactor redactor(TableKind::attlog);
    for (auto rest = without_padding(body); !rest.empty();) {
        const auto line = take_line(rest);
        if (!line.empty() && !redactor.is_clean_punch(line)) return false;
    }
    return true;
}

std::string redact_text(TableKind kind, std::string_view body) {
    const auto text = without_padding(body);
    LineRedactor redactor(kind);
    std::string out;
    out.reserve(body.size());
    redact_lines(redactor, text, out);
    return out.append(body.substr(text.size()));
}

// protocol-adms § 3.5: lines of text up to a NUL, then the photo; without a NUL it begins where a JPEG does.
std::string redact_photo(std::string_view body) {
    const auto nul = body.find('\0');
    const auto jpeg = body.find("\xff\xd8");
    const auto header_end = std::min({nul, jpeg, body.size()});
    const auto header = body.substr(0, header_end);
    if (header.empty() || !is_text(header)) return measured(body);
    auto photo = header_end == nul ? header_end + 1 : header_end;
    LineRedactor redactor(TableKind::attphoto);
    std::string out;
    redact_lines(redactor, header, out);
    if (photo > header_end) {
        out.push_back('\0');
    } else if (photo < body.size() && out.ends_with('>')) {
        // Glued to what was redacted, the photo's measure could not be told from it.
        photo = header.rfind('\n') + 1;
        out.resize(out.rfind('\n') + 1);
    }
    if (photo < body.size()) out.append(measured(body.substr(photo)));
    return out;
}

// The tables whose lines stand alone, so that one unreadable line does not take the others with it.
bool is_line_table(TableKind kind) {
    return kind == TableKind::operlog || kind == TableKind::biodata || kind == TableKind::idcard ||
           kind == TableKind::errorlog;
}

std::string redact_once(TableKind kind, std::string_view body) {
    if (kind == TableKind::attphoto) return redact_photo(body);
    const bool by_line = kind == TableKind::attlog || is_line_table(kind);
    return by_line || is_text(without_padding(body)) ? redact_text(kind, body) : measured(body);
}

}  // namespace

std::string redact_body(TableKind kind, std::string body) {
    if (kind == TableKind::attlog && is_clean_attlog(body)) return body;
    // In rubbish a secret taken out may show another beside it. Every pass hides more; the second rarely finds
    // anything.
    constexpr int most_passes = 4;
    for (int pass = 0; pass < most_passes; ++pass) {
        std::string next = redact_once(kind, body);
        if (next == body) break;
        body = std::move(next);
    }
    return body;
}

}  // namespace presensi::adms
