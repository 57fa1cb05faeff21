#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace presensi::attendance {

// Something about a line of a file that a person can act on.
struct LineProblem {
    std::size_t line = 0;  // from 1
    std::string column;    // as its header says; empty: the whole line
    std::string sentence;
};

inline void sort_by_line(std::vector<LineProblem>& problems) {
    std::stable_sort(problems.begin(), problems.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
}

}  // namespace presensi::attendance
