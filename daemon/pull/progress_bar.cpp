#include "daemon/pull/progress_bar.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>

namespace presensi::pull {

namespace {

constexpr std::size_t width = 30;

}  // namespace

ProgressBar::ProgressBar(std::FILE* out) : out_(out), live_(isatty(fileno(out)) == 1) {}

std::string ProgressBar::size_text(std::size_t bytes) {
    if (bytes < 1000) return fmt::format("{} B", bytes);
    if (bytes < 1'000'000) return fmt::format("{:.0f} kB", static_cast<double>(bytes) / 1e3);
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

void ProgressBar::show(const std::string& what, std::size_t done, std::size_t total) {
    const auto part = total == 0 ? 0.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const std::string amount = total == 0
                                   ? (done == 0 ? std::string() : size_text(done))
                                   : fmt::format("{:3.0f} %  {} of {}", part * 100, size_text(done), size_text(total));
    if (live_) {
        const auto filled = static_cast<std::size_t>(part * width);
        const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
        fmt::print(out_, "\r\033[K{:<24} [{}] {}", what, bar, amount);
        std::fflush(out_);
        drawn_ = true;
        return;
    }
    const int tenth = static_cast<int>(part * 10);
    if (what == what_ && tenth == tenth_) return;
    what_ = what;
    tenth_ = tenth;
    fmt::print(out_, "{}{}{}\n", what, amount.empty() ? "" : "  ", amount);
    std::fflush(out_);
}

void ProgressBar::finish() {
    if (drawn_) fmt::print(out_, "\n");
    drawn_ = false;
}

}  // namespace presensi::pull
