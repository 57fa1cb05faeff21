#include "storage/database.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace presensi::storage {
namespace {

template <typename T>
const T& value_as(const Values& values, std::size_t column, const char* type) {
    if (column >= values.size()) {
        throw std::logic_error(fmt::format("row has {} columns, column {} was asked for", values.size(), column));
    }
    const T* value = std::get_if<T>(&values[column]);
    if (value == nullptr) throw std::logic_error(fmt::format("column {} of the row is not {}", column, type));
    return *value;
}

bool is_null(const Values& values, std::size_t column) {
    return column < values.size() && std::holds_alternative<std::monostate>(values[column]);
}

}  // namespace

std::int64_t Row::integer(std::size_t column) const { return value_as<std::int64_t>(values_, column, "an integer"); }

const std::string& Row::text(std::size_t column) const { return value_as<std::string>(values_, column, "text"); }

const std::string& Row::blob(std::size_t column) const { return value_as<Blob>(values_, column, "a blob").bytes; }

std::optional<std::int64_t> Row::integer_or_null(std::size_t column) const {
    if (is_null(values_, column)) return std::nullopt;
    return integer(column);
}

std::optional<std::string> Row::text_or_null(std::size_t column) const {
    if (is_null(values_, column)) return std::nullopt;
    return text(column);
}

}  // namespace presensi::storage
