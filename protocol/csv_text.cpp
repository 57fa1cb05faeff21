#include "protocol/csv_text.hpp"

namespace presensi {
namespace {

bool runs_as_formula(std::string_view text) {
    const auto first = text.find_first_not_of('\'');
    return first != text.npos && std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
}

// Readers drop these around what is not quoted.
bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string csv_field(std::string_view value) {
    std::string text;
    if (runs_as_formula(value)) text += '\'';
    text += value;
    const bool blank_at_an_end = !text.empty() && (is_blank(text.front()) || is_blank(text.back()));
    if (!blank_at_an_end && text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string_view without_formula_mark(std::string_view field) {
    if (field.starts_with('\'') && runs_as_formula(field)) field.remove_prefix(1);
    return field;
}

std::string csv_record(std::span<const std::string> fields) {
    std::string line;
    for (const auto& field : fields) {
        if (&field != fields.data()) line += ',';
        line += csv_field(field);
    }
    return line + "\r\n";
}

}  // namespace presensi
