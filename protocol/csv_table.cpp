#include "protocol/csv_table.hpp"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "protocol/text_fields.hpp"
#include "protocol/usb/text_encoding.hpp"

namespace presensi {

namespace {

constexpr std::array delimiters{',', ';', '\t'};

// One line with its end: LF, CR LF, or a CR alone.
std::string_view take_whole_line(std::string_view& text) {
    auto end = text.find_first_of("\r\n");
    end = end == text.npos ? text.size() : end + 1;
    if (end < text.size() && text[end - 1] == '\r' && text[end] == '\n') ++end;
    const auto line = text.substr(0, end);
    text.remove_prefix(end);
    return line;
}

std::string_view without_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::optional<char> named_delimiter(std::string_view line) {
    line = without_end(line);
    if (line.size() != 5 || !equals_ignoring_case(line.substr(0, 4), "sep=")) return std::nullopt;
    if (std::find(delimiters.begin(), delimiters.end(), line[4]) == delimiters.end()) return std::nullopt;
    return line[4];
}

// libcsv's parser for one row: it is fed line by line until the row is whole.
class RowParser {
public:
    RowParser(char delimiter, const CsvLimits& limits) : delimiter_(delimiter), limits_(limits) { begin(); }
    ~RowParser() { csv_free(&parser_); }
    RowParser(const RowParser&) = delete;
    RowParser& operator=(const RowParser&) = delete;

    enum class Said { go_on, row, stray_quote };
    Said feed(std::string_view line) {
        const auto read = csv_parse(&parser_, line.data(), line.size(), on_field, on_row, this);
        return said(read == line.size());
    }
    Said finish() { return said(csv_fini(&parser_, on_field, on_row, this) == 0); }

    // Ready for the next row, whatever became of this one.
    void restart() {
        csv_free(&parser_);
        begin();
    }
    std::vector<std::string> take_fields() {
        whole_ = false;
        return std::exchange(fields_, {});
    }
    // More columns than may be, or a longer cell.
    bool too_many() const { return too_many_; }
    bool too_long() const { return too_long_; }

private:
    void begin() {
        if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
        csv_set_delim(&parser_, static_cast<unsigned char>(delimiter_));
        fields_.clear();
        whole_ = too_many_ = too_long_ = false;
    }
    Said said(bool parsed) {
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
        if (!parsed && csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
        if (!parsed) return Said::stray_quote;
        return whole_ ? Said::row : Said::go_on;
    }
    // No exception passes through C.
    void take(std::string_view field) noexcept {
        too_many_ = too_many_ || fields_.size() == limits_.columns;
        too_long_ = too_long_ || field.size() > limits_.field;
        if (too_many_ || too_long_) return;
        try {
            fields_.emplace_back(field);
        } catch (...) {
            failure_ = std::current_exception();
        }
    }
    static void on_field(void* bytes, std::size_t size, void* self) {
        static_cast<RowParser*>(self)->take({static_cast<const char*>(bytes), size});
    }
    static void on_row(int, void* self) { static_cast<RowParser*>(self)->whole_ = true; }

    csv_parser parser_{};
    const char delimiter_;
    const CsvLimits& limits_;
    std::vector<std::string> fields_;
    std::exception_ptr failure_;
    bool whole_ = false;
    bool too_many_ = false;
    bool too_long_ = false;
};

std::string problem_of(const RowParser& parser, std::string_view text, const CsvLimits& limits) {
    if (parser.too_many()) return fmt::format("There are more than {} columns.", limits.columns);
    if (parser.too_long()) return fmt::format("A cell is longer than {} bytes.", limits.field);
    if (text.find('\0') != text.npos) return "There is a NUL byte in it.";
    if (!is_valid_utf8(text)) return "It is no valid UTF-8 text; save the table as UTF-8.";
    return {};
}

bool is_empty(const std::vector<std::string>& fields) {
    return std::all_of(fields.begin(), fields.end(), [](const auto& field) { return field.empty(); });
}

}  // namespace

char find_csv_delimiter(std::string_view text) {
    std::string_view line;
    while (!text.empty() && without_end(line).empty()) line = take_whole_line(text);
    if (const auto named = named_delimiter(line)) return *named;
    std::array<std::size_t, delimiters.size()> counts{};
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') quoted = !quoted;
        for (std::size_t i = 0; i < delimiters.size() && !quoted; ++i) counts[i] += c == delimiters[i] ? 1 : 0;
    }
    const auto most = std::max_element(counts.begin(), counts.end());
    return *most == 0 ? ',' : delimiters[static_cast<std::size_t>(most - counts.begin())];
}

void read_csv(std::string_view text, const CsvLimits& limits, const std::function<void(CsvRow&&)>& row,
              const std::function<void(CsvProblem&&)>& problem) {
    RowParser parser(find_csv_delimiter(text), limits);
    const std::string_view whole = text;
    std::size_t line_number = 0;
    std::size_t first_line = 0;  // of the row that is being read; 0: none is
    std::size_t begin = 0;
    std::size_t rows = 0;
    bool is_first = true;
    const auto text_until = [&](std::size_t end) { return without_end(whole.substr(begin, end - begin)); };
    const auto refuse = [&](std::size_t end, std::string sentence) {
        problem({first_line, text_until(end), std::move(sentence)});
        parser.restart();
        first_line = 0;
        ++rows;
    };
    const auto take = [&](std::size_t end) {
        const auto of_row = text_until(end);
        std::string sentence = problem_of(parser, of_row, limits);
        if (!sentence.empty()) return refuse(end, std::move(sentence));
        auto fields = parser.take_fields();
        if (!is_empty(fields)) {
            row({first_line, of_row, std::move(fields)});
            ++rows;
        }
        first_line = 0;
    };
    while (!text.empty()) {
        const auto line = take_whole_line(text);
        const std::size_t end = whole.size() - text.size();
        ++line_number;
        if (first_line == 0) {
            if (trim_blanks(without_end(line)).empty()) continue;
            if (std::exchange(is_first, false) && named_delimiter(line)) continue;
            first_line = line_number;
            begin = end - line.size();
            if (rows == limits.rows) {
                problem({line_number, text_until(end),
                         fmt::format("There are more than {} rows; what follows was not "
                                     "read.",
                                     limits.rows)});
                return;
            }
        }
        if (end - begin > limits.row) {
            refuse(end, fmt::format("The row that begins here is longer than {} bytes; is a quotation mark not closed?",
                                    limits.row));
            continue;
        }
        switch (parser.feed(line)) {
            case RowParser::Said::go_on:
                break;
            case RowParser::Said::row:
                take(end);
                break;
            case RowParser::Said::stray_quote:
                refuse(end, "A quotation mark stands where none can be; a quoted cell doubles each mark in it.");
                break;
        }
    }
    if (first_line == 0) return;
    if (parser.finish() == RowParser::Said::stray_quote) {
        refuse(whole.size(), "A quotation mark that begins here is not closed; what follows was not read.");
        return;
    }
    take(whole.size());
}

std::size_t CsvTable::find_column(std::string_view name) const {
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (equals_ignoring_case(header[i], name)) return i;
    }
    return std::string::npos;
}

CsvTable read_csv_table(std::string_view bytes, const CsvLimits& limits) {
    const std::string text = usb::to_utf8(bytes);
    CsvTable table;
    bool has_first = false;
    const auto take_row = [&](CsvRow&& row) {
        if (!std::exchange(has_first, true)) {
            table.header = std::move(row.fields);
            return;
        }
        if (row.fields.size() == table.header.size()) {
            table.rows.push_back({row.line, std::move(row.fields)});
            return;
        }
        if (table.header.empty()) return;  // what the columns are, nobody knows
        table.problems.push_back({row.line, fmt::format("It has {} fields, and the header has {}.", row.fields.size(),
                                                        table.header.size())});
    };
    const auto take_problem = [&](CsvProblem&& problem) {
        has_first = true;
        table.problems.push_back({problem.line, std::move(problem.sentence)});
    };
    read_csv(text, limits, take_row, take_problem);
    return table;
}

}  // namespace presensi
