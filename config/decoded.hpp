#pragma once

#include <string>
#include <utility>
#include <variant>

namespace presensi::config {

// Why a value is refused: a sentence for the operator.
struct Problem {
    std::string sentence;
};

template <typename T>
using Decoded = std::variant<T, Problem>;

}  // namespace presensi::config
