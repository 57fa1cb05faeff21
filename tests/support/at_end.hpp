#pragma once

#include <functional>

namespace presensi::test {

// Runs `work` after the last test, while the libraries that it uses are still whole: at exit they may not be.
void at_end_of_tests(std::function<void()> work);

}  // namespace presensi::test
