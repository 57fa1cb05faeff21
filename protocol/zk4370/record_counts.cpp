#include "protocol/zk4370/record_counts.hpp"

#include <algorithm>

namespace presensi::zk4370 {

bool CountRange::known_for(std::size_t records) const {
    if (!before && !after) return false;
    return records == 0 || !counts().empty();
}

bool CountRange::fits(std::size_t records) const {
    if (!known_for(records)) return true;
    if (!before || !after) return records >= (before ? *before : *after);
    return records >= std::min(*before, *after) && records <= std::max(*before, *after);
}

std::vector<std::uint32_t> CountRange::counts() const {
    std::vector<std::uint32_t> all;
    for (const auto& count : {before, after}) {
        if (count && *count > 0 && std::find(all.begin(), all.end(), *count) == all.end()) all.push_back(*count);
    }
    return all;
}

std::string CountRange::describe() const {
    if (!before && !after) return "unknown";
    if (!after) return std::to_string(*before) + " before the read";
    if (!before) return std::to_string(*after) + " after the read";
    return std::to_string(*before) + " before and " + std::to_string(*after) + " after the read";
}

}  // namespace presensi::zk4370
