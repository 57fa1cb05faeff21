// Redaction of bodies. The first byte chooses the table, the rest is the body.

#include "protocol/adms/redact.hpp"

#include <algorithm>

#include "protocol/adms/body_lines.hpp"
#include "protocol/adms/measure.hpp"
#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;

namespace {

constexpr TableKind kinds[] = {TableKind::attlog,         TableKind::operlog,        TableKind::biodata,
                               TableKind::idcard,         TableKind::attphoto,       TableKind::options,
                               TableKind::errorlog,       TableKind::command_result, TableKind::access,
                               TableKind::verify_request, TableKind::remote_user,    TableKind::other};

constexpr std::string_view mark = "<redacted>";

// A body that is no text becomes one measure; so does a photo, whose bytes have no lines.
bool keeps_lines(TableKind kind, std::string_view body) {
    if (kind == TableKind::attphoto) return false;
    if (kind == TableKind::attlog || kind == TableKind::operlog || kind == TableKind::biodata ||
        kind == TableKind::idcard || kind == TableKind::errorlog) {
        return true;
    }
    const auto text = without_padding(body);
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
    });
}

// What may stand behind "Passwd=": nothing, padding, a mark, also as "Passwd=>" and in quotes, and behind it more
// pairs.
bool is_gone(std::string_view value) {
    if (value.find_first_of(" ,&;") == 0 && value.find('=') != value.npos) return true;
    value.remove_prefix(std::min(value.find_first_not_of(" >\"'\\"), value.size()));
    if (value.starts_with(mark)) {
        return value.size() == mark.size() ||
               std::string_view(" ,&;\"'\\}])<\0\r", 13).find(value[mark.size()]) != value.npos;
    }
    return is_measure(value.substr(0, value.find('>') + 1)) ||
           value.find_first_not_of(std::string_view("\0\r", 2)) == value.npos;
}

// Read with other eyes than the redactor's: a column that begins "Passwd=", "Card=" or "TMP=".
void check_columns(std::string_view kept) {
    while (!kept.empty()) {
        const auto end = std::min(kept.find_first_of("\t\n"), kept.size());
        auto column = kept.substr(0, end);
        kept.remove_prefix(std::min(end + 1, kept.size()));
        if (column.ends_with('\r')) column.remove_suffix(1);
        for (const std::string_view key : {"Passwd=", "Card=", "TMP="}) {
            if (!equals_ignoring_case(column.substr(0, key.size()), key)) continue;
            require(is_gone(column.substr(key.size())), "a value in a column of its own is gone", {column});
        }
    }
}

// Of a photo only the header has columns; behind the NUL that ends it stands the measure of the photo.
void check_kept(TableKind kind, std::string_view kept) {
    const auto end = kind == TableKind::attphoto ? std::min(kept.find('\0'), kept.size()) : kept.size();
    check_columns(kept.substr(0, end));
    const auto photo = kept.substr(std::min(end + 1, kept.size()));
    require(photo.empty() || is_measure(photo), "of a photo its measure stays", {photo});
}

// What no surroundings may save: a line as terminals write it, between any two others.
void check_planted_line(TableKind kind, std::string_view before, std::string_view after) {
    constexpr std::string_view secret = "Zq7CaNaRy";
    constexpr std::string_view number = "630405199001017003";
    for (const std::string_view line :
         {"USER PIN=7\tName=A\tPri=0\tPasswd=Zq7CaNaRy\tCard=[Zq7CaNaRy]\tGrp=1",
          "FP PIN=7\tFID=0\tSize=12\tValid=1\tTMP=Zq7CaNaRyAAAA", "IDCARD PIN=7\tIDNum=Zq7CaNaRy\tName=Zq7CaNaRy",
          "7\t2026-11-20 07:58:30\t0\t1\t0\t0\t0\t630405199001017003\t0"}) {
        const std::string body = std::string(before).append("\n").append(line).append("\n").append(after);
        const std::string once = redact_body(kind, body);
        require(once.find(secret) == once.npos, "a planted secret is gone", {body, once});
        require(once.find(number) == once.npos, "a planted identity number is gone", {body, once});
    }
}

void check_body(TableKind kind, std::string_view body) {
    const std::string once = redact_body(kind, std::string(body));
    const std::string twice = redact_body(kind, once);
    require(twice == once, "redacting twice is redacting once", {body, once, twice});
    if (keeps_lines(kind, body)) {
        require(count_lines(once) == count_lines(body), "lines stay lines", {body, once});
    }
    // The shortest piece of a template, one character and its line end, becomes a measure of 81.
    require(once.size() <= 64 * body.size() + 128, "what is kept is bounded");
    check_kept(kind, once);
}

void check(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto kind = kinds[static_cast<unsigned char>(bytes.front()) % std::size(kinds)];
    const auto body = bytes.substr(1);
    // The secrets that are planted below are found by their text.
    if (body.find("Zq7") != body.npos || body.find("630405") != body.npos) return;
    check_body(kind, body);
    const auto middle = std::min(body.find('\n', body.size() / 2), body.size());
    check_planted_line(kind, body.substr(0, middle), body.substr(std::min(middle + 1, body.size())));
}

const fuzz::Property property("redactor", check);

}  // namespace
