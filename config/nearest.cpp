#include "config/nearest.hpp"

#include <algorithm>
#include <cstddef>

namespace presensi::config {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edit distance in which a swap of two neighbours is one edit (optimal string alignment). Beyond `most` it gives up and
// returns any larger number.
std::size_t distance(std::string_view left, std::string_view right, std::size_t most) {
    std::vector<std::size_t> before_last(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::swap(before_last, last);
        std::swap(last, row);
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const bool equal = lower(left[i - 1]) == lower(right[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (equal ? 0 : 1)});
            if (i > 1 && j > 1 && lower(left[i - 1]) == lower(right[j - 2]) &&
                lower(left[i - 2]) == lower(right[j - 1])) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        // A swap may still come from the row before this one.
        if (*std::min_element(row.begin(), row.end()) > most + 1) return most + 1;
    }
    return row[right.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view text, const std::vector<std::string_view>& candidates) {
    std::optional<std::string_view> best;
    std::size_t best_distance = 0;
    for (const std::string_view candidate : candidates) {
        const std::size_t shorter = std::min(text.size(), candidate.size());
        const std::size_t longer = std::max(text.size(), candidate.size());
        const std::size_t allowed = std::max<std::size_t>(1, shorter / 3);
        if (shorter == 0 || longer - shorter > allowed) continue;
        const std::size_t edits = distance(text, candidate, allowed);
        if (edits > allowed || (best && edits >= best_distance)) continue;
        best = candidate;
        best_distance = edits;
    }
    return best;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& candidates) {
    const auto candidate = nearest(text, candidates);
    return candidate ? "; did you mean " + std::string(*candidate) + "?" : "";
}

}  // namespace presensi::config
