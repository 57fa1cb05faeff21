#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

namespace presensi::pull {

// A bar that is drawn over itself on a terminal; elsewhere (a pipe, a log) a plain line now and then.
class ProgressBar {
public:
    explicit ProgressBar(std::FILE* out);

    // `total` 0: not known yet. Cheap when nothing changed.
    void show(const std::string& what, std::size_t done, std::size_t total);
    void finish();

    // For people: "3.9 MB".
    static std::string size_text(std::size_t bytes);

private:
    std::FILE* out_;
    bool live_;
    bool drawn_ = false;
    std::string what_;
    int tenth_ = -1;  // of the last plain line
};

}  // namespace presensi::pull
