#pragma once
// Tables that people bring as text (RFC 4180, and what office programs make of it). Pure; the reading itself is
// libcsv's.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace presensi {

struct CsvLimits {
    std::size_t rows = 1'000'000;  // the header is one of them
    std::size_t columns = 64;
    std::size_t field = 4096;     // bytes of a cell
    std::size_t row = 64 * 1024;  // bytes of a row; what goes on longer has a quote that nobody closed
};

struct CsvRow {
    std::size_t line = 0;             // where it begins, from 1
    std::string_view text;            // as it stands in the text, without its line end
    std::vector<std::string> fields;  // unquoted; blanks around what is not quoted are gone
};

struct CsvProblem {
    std::size_t line = 0;
    std::string_view text;
    std::string sentence;
};

// Comma, semicolon or TAB: which the first line has most of outside of quotes, or names ("sep=;"). Comma: it has none.
char find_csv_delimiter(std::string_view text);

// Every row of `text`, the header among them, in order: each is one call of `row` or of `problem`. Empty rows, also
// those of delimiters alone, and a first line "sep=;" are passed over. A row with a NUL, broken UTF-8, a stray quote or
// beyond a limit is a problem; after the limit of rows nothing more is read. `text` is UTF-8 (usb::to_utf8); the views
// point into it.
void read_csv(std::string_view text, const CsvLimits& limits, const std::function<void(CsvRow&&)>& row,
              const std::function<void(CsvProblem&&)>& problem);

struct CsvTable {
    struct Row {
        std::size_t line = 0;
        std::vector<std::string> fields;  // as many as the header has
    };
    struct Problem {
        std::size_t line = 0;
        std::string sentence;
    };
    std::vector<std::string> header;  // empty: it has none that can be read
    std::vector<Row> rows;
    std::vector<Problem> problems;  // rows that are left out, by line; also of the header

    // The column of that name, whatever its case; npos: none.
    std::size_t find_column(std::string_view name) const;
};

// The whole of a small table whose first row is its header: UTF-8, or UTF-16 with a mark. A row with more or fewer
// fields than the header is a problem.
CsvTable read_csv_table(std::string_view bytes, const CsvLimits& limits = {});

}  // namespace presensi
