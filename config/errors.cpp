#include "config/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace presensi::config {

std::string ConfigError::text() const {
    std::string text = file;
    if (line > 0) text += fmt::format(":{}:{}", line, column);
    for (const std::string& part : {path, message}) {
        if (part.empty()) continue;
        if (!text.empty()) text += ": ";
        text += part;
    }
    return text;
}

void Errors::add(Place place, std::string path, std::string message) {
    errors_.push_back({file_, place.line, place.column, std::move(path), std::move(message)});
}

std::vector<ConfigError> Errors::in_order() const {
    std::vector<ConfigError> sorted = errors_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const ConfigError& left, const ConfigError& right) {
        return std::tie(left.line, left.column) < std::tie(right.line, right.column);
    });
    return sorted;
}

}  // namespace presensi::config
