#pragma once

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "daemon/admin/routes.hpp"

namespace presensi::admin {

// A parameter that is yes or no; absent: no. Nothing if it is neither: whoever asks for a dry run must not get a real
// one.
inline std::optional<bool> flag_of(const Call& call, std::string_view name) {
    const auto* text = call.parameter(name);
    if (text == nullptr || *text == "0" || *text == "false") return false;
    return *text == "1" || *text == "true" ? std::optional(true) : std::nullopt;
}

inline http::Response no_such_flag(std::string_view name) { return problem(400, fmt::format("{} is 1 or 0", name)); }

}  // namespace presensi::admin
