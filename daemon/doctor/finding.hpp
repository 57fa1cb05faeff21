#pragma once

#include <string>
#include <vector>

namespace presensi::doctor {

enum class Mark {
    good,
    note,  // nothing is wrong, but something cannot be said, or is not set up
    bad,
};

// One sentence that says what to do, in both languages.
struct Finding {
    Mark mark = Mark::good;
    std::string indonesian;
    std::string english;
};
using Findings = std::vector<Finding>;

}  // namespace presensi::doctor
