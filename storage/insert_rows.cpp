#include "storage/insert_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

namespace presensi::storage {

std::vector<Row> insert_rows(Database& database, std::string_view head, const std::vector<Values>& rows,
                             std::string_view tail) {
    constexpr std::size_t at_once = 200;
    std::vector<Row> returned;
    for (std::size_t begin = 0; begin < rows.size(); begin += at_once) {
        std::string sql = fmt::format("{} VALUES ", head);
        Values parameters;
        for (std::size_t i = begin; i < std::min(begin + at_once, rows.size()); ++i) {
            sql += i == begin ? "(" : ", (";
            for (const Value& value : rows[i]) {
                parameters.push_back(value);
                fmt::format_to(std::back_inserter(sql), "{}${}", sql.back() == '(' ? "" : ", ", parameters.size());
            }
            sql += ')';
        }
        for (Row& row : database.query(fmt::format("{} {}", sql, tail), parameters)) returned.push_back(std::move(row));
    }
    return returned;
}

}  // namespace presensi::storage
