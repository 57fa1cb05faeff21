#pragma once
// Tables that people fill in, by the names of their columns.

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attendance/line_problem.hpp"

namespace presensi::attendance {

// How a column may be headed; its place in the list of columns is its number.
struct ColumnNames {
    std::string_view name;
    std::string_view others;  // separated by commas
};

struct SheetRow {
    std::size_t line = 0;
    std::vector<std::string> cells;  // by number; without blanks around them; empty: no such column
    std::shared_ptr<const std::vector<std::string>> headers;  // by number, as written; of a missing column its name

    const std::string& operator[](std::size_t column) const { return cells.at(column); }
    const std::string& header(std::size_t column) const { return headers->at(column); }
};

struct Sheet {
    std::vector<SheetRow> rows;  // those that can be read, by line
    std::size_t count = 0;       // of all lines behind the header
    std::vector<LineProblem> problems;
    std::vector<LineProblem> warnings;
};

// A sheet without one of the `needed` columns, or with one of them twice, is one problem and no rows. Cells have no
// control characters and at most longest_cell bytes; the apostrophes that csv_field() put there are gone.
Sheet read_sheet(std::string_view bytes, std::span<const ColumnNames> columns,
                 std::initializer_list<std::size_t> needed);

constexpr std::size_t longest_cell = 200;
constexpr std::size_t most_rows = 20'000;

}  // namespace presensi::attendance
