#include "attendance/sheet_columns.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/csv_table.hpp"
#include "protocol/csv_text.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::attendance {
namespace {

constexpr std::size_t absent = std::string::npos;

// Small letters, without points, blanks, and underscores made alike.
std::string folded(std::string_view header) {
    std::string word;
    for (const char c : to_lower(trim_blanks(header))) {
        if (c == '.') continue;
        if (c == '_') {
            word += ' ';
        } else {
            word += c;
        }
    }
    return word;
}

bool is_headed(const ColumnNames& column, const std::string& header) {
    if (header == folded(column.name)) return true;
    std::string_view rest = column.others;
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        if (header == folded(rest.substr(0, comma))) return true;
        rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
    return false;
}

bool has_control(std::string_view text) { return to_stored_text(text) != text; }

// Where each column stands, or what is wrong with the header.
struct Places {
    std::vector<std::size_t> places;
    std::vector<LineProblem> problems;
    std::vector<LineProblem> warnings;
};

Places find_places(const CsvTable& table, std::span<const ColumnNames> columns,
                   std::initializer_list<std::size_t> needed) {
    Places found{std::vector<std::size_t>(columns.size(), absent), {}, {}};
    for (std::size_t i = 0; i < table.header.size(); ++i) {
        const std::string header = folded(table.header[i]);
        if (header.empty()) continue;
        const auto column =
            std::find_if(columns.begin(), columns.end(), [&](const auto& names) { return is_headed(names, header); });
        if (column == columns.end()) {
            found.warnings.push_back({1, to_stored_text(table.header[i], longest_cell), "This column is not read."});
            continue;
        }
        auto& place = found.places[static_cast<std::size_t>(column - columns.begin())];
        if (place != absent) {
            found.problems.push_back({1, to_stored_text(table.header[i], longest_cell),
                                      "There are two columns for " + std::string(column->name) + "; keep one."});
        }
        place = i;
    }
    for (const std::size_t column : needed) {
        if (found.places[column] != absent) continue;
        std::string sentence = "There is no column \"" + std::string(columns[column].name) + "\"";
        if (!columns[column].others.empty()) sentence += " (or: " + std::string(columns[column].others) + ")";
        found.problems.push_back({1, std::string(columns[column].name), sentence + "."});
    }
    return found;
}

}  // namespace

Sheet read_sheet(std::string_view bytes, std::span<const ColumnNames> columns,
                 std::initializer_list<std::size_t> needed) {
    CsvLimits limits;
    limits.rows = most_rows + 1;
    const CsvTable table = read_csv_table(bytes, limits);
    Sheet sheet;
    for (const auto& problem : table.problems) sheet.problems.push_back({problem.line, "", problem.sentence});
    sheet.count = table.rows.size() + table.problems.size();
    if (table.header.empty()) {
        if (sheet.problems.empty())
            sheet.problems.push_back({1, "", "This is no table: its first line names no columns."});
        return sheet;
    }
    Places found = find_places(table, columns, needed);
    sheet.warnings = std::move(found.warnings);
    if (!found.problems.empty()) {
        sheet.problems.insert(sheet.problems.begin(), found.problems.begin(), found.problems.end());
        return sheet;
    }
    auto headers = std::make_shared<std::vector<std::string>>();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto place = found.places[i];
        headers->push_back(place == absent ? std::string(columns[i].name) : table.header[place]);
    }
    for (const auto& row : table.rows) {
        SheetRow read{row.line, {}, headers};
        bool good = true;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto place = found.places[i];
            const std::string whole = place == absent ? std::string() : without_formula_marks(row.fields[place]);
            const std::string_view cell = trim_blanks(whole);
            if (has_control(cell)) {
                sheet.problems.push_back(
                    {row.line, (*headers)[i], "The cell has a line break or a control character."});
                good = false;
            } else if (cell.size() > longest_cell) {
                sheet.problems.push_back(
                    {row.line, (*headers)[i], "The cell is longer than " + std::to_string(longest_cell) + " bytes."});
                good = false;
            }
            read.cells.emplace_back(cell);
        }
        if (good) sheet.rows.push_back(std::move(read));
    }
    return sheet;
}

}  // namespace presensi::attendance
