#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace presensi::metrics {

// How many observations fell under each bound, as Prometheus takes them. Not for several threads at once.
class Histogram {
public:
    // `bounds` rise, and live for ever.
    explicit Histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}

    void observe(double value) {
        const auto place = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
        ++counts_[static_cast<std::size_t>(place)];
        sum_ += value;
    }
    void observe(std::chrono::steady_clock::duration took) { observe(std::chrono::duration<double>(took).count()); }

    std::span<const double> bounds() const { return bounds_; }
    const std::vector<std::uint64_t>& counts() const { return counts_; }  // of each bucket, the last without bound
    double sum() const { return sum_; }

private:
    std::span<const double> bounds_;
    std::vector<std::uint64_t> counts_;
    double sum_ = 0;
};

// From a commit on a good disk to the 10 s that a terminal waits (protocol-adms § 1.1).
inline constexpr double seconds_bounds[]{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
inline constexpr double size_bounds[]{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 20000};

}  // namespace presensi::metrics
