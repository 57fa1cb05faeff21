#include "protocol/csv_text.hpp"

namespace presensi {
namespace {

// Behind what a reader may drop: apostrophes of ours, and within a text the quotes of a cell that begins there.
bool runs_as_formula(std::string_view text, std::string_view dropped) {
    const auto first = text.find_first_not_of(dropped);
    return first != text.npos && std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
}

// A spreadsheet may split at any of these, whatever stands between quotes: where lists have semicolons (Indonesia) the
// commas and quotes of our files are text.
bool begins_cell_behind(char c) { return std::string_view(";\t\r\n").find(c) != std::string_view::npos; }

// Calls use(rest, is_formula) for each character and what follows it: whether a cell may begin there that runs.
template <typename Use>
void each_character(std::string_view text, Use use) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto rest = text.substr(i);
        use(rest,
            i == 0 ? runs_as_formula(rest, "'") : begins_cell_behind(text[i - 1]) && runs_as_formula(rest, "'\""));
    }
}

// Readers drop these around what is not quoted.
bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string csv_field(std::string_view value) {
    std::string text;
    each_character(value, [&](std::string_view rest, bool is_formula) {
        if (is_formula) text += '\'';
        text += rest.front();
    });
    const bool blank_at_an_end = !text.empty() && (is_blank(text.front()) || is_blank(text.back()));
    if (!blank_at_an_end && text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string without_formula_marks(std::string_view field) {
    std::string text;
    each_character(field, [&](std::string_view rest, bool is_formula) {
        if (is_formula && rest.front() == '\'') return;
        text += rest.front();
    });
    return text;
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
