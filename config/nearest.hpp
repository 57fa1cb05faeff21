#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace presensi::config {

// The candidate a typing error away from `text` (upper and lower case count as equal); nothing when none is near.
std::optional<std::string_view> nearest(std::string_view text, const std::vector<std::string_view>& candidates);

// "; did you mean X?", or nothing.
std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& candidates);

}  // namespace presensi::config
