#include "tests/soak/record.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace presensi::soak {

namespace {

double mib(std::size_t kib) { return static_cast<double>(kib) / 1024; }

template <typename Value>
double median(const std::vector<Sample>& samples, double from, double to, Value value) {
    std::vector<double> values;
    for (const auto& sample : samples) {
        if (sample.age_s >= from && sample.age_s < to) values.push_back(static_cast<double>(value(sample)));
    }
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::string seconds(double value) { return value < 0 ? "never" : fmt::format("{:.1f}", value); }

}  // namespace

Sample sample_of(const Site& site, std::chrono::steady_clock::time_point started) {
    Sample sample;
    sample.start = site.starts();
    sample.age_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    sample.rss_kib = site.daemon().resident_kib();
    sample.descriptors = site.daemon().open_descriptors();
    sample.threads = site.daemon().resident_kib("Threads");
    return sample;
}

std::string tsv_head() {
    return "minute\tfault\tfault_s\tready_s\tacknowledged_s\tcreated\tacknowledged\tstored\trss_mib\tpeak_mib\t"
           "descriptors\tthreads\tstart\tage_s\n";
}

std::string to_tsv(const Line& line) {
    return fmt::format("{:.1f}\t{}\t{:.1f}\t{}\t{}\t{}\t{}\t{}\t{:.1f}\t{:.1f}\t{}\t{}\t{}\t{:.0f}\n", line.minute,
                       line.fault, line.fault_s, seconds(line.ready_s), seconds(line.acknowledged_s), line.created,
                       line.acknowledged, line.stored, mib(line.last.rss_kib), mib(line.peak_kib),
                       line.last.descriptors, line.last.threads, line.last.start, line.last.age_s);
}

std::string to_markdown(const std::vector<Line>& lines) {
    std::string table =
        "| minute | fault | lasted, s | ready again, s | acknowledging again, s | created | acknowledged | stored | "
        "RSS, MiB | peak, MiB | descriptors | threads | daemon |\n"
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    for (const auto& line : lines) {
        table += fmt::format("| {:.1f} | {} | {:.1f} | {} | {} | {} | {} | {} | {:.1f} | {:.1f} | {} | {} | {} |\n",
                             line.minute, line.fault, line.fault_s, seconds(line.ready_s), seconds(line.acknowledged_s),
                             line.created, line.acknowledged, line.stored, mib(line.last.rss_kib), mib(line.peak_kib),
                             line.last.descriptors, line.last.threads, line.last.start);
    }
    return table;
}

bool Growth::is_flat() const {
    return rss_after_mib <= rss_before_mib * 1.05 + 2 && descriptors_after <= descriptors_before + 8;
}

Growth growth_of(const std::vector<Sample>& samples, int start) {
    std::vector<Sample> its;
    std::copy_if(samples.begin(), samples.end(), std::back_inserter(its),
                 [&](const Sample& sample) { return sample.start == start; });
    if (its.empty()) return {};
    const double age = its.back().age_s;
    const auto rss = [](const Sample& sample) { return mib(sample.rss_kib); };
    const auto descriptors = [](const Sample& sample) { return sample.descriptors; };
    Growth growth;
    growth.minutes = age / 60;
    growth.rss_before_mib = median(its, age / 4, age / 2, rss);
    growth.rss_after_mib = median(its, age * 3 / 4, age, rss);
    growth.descriptors_before = median(its, age / 4, age / 2, descriptors);
    growth.descriptors_after = median(its, age * 3 / 4, age, descriptors);
    return growth;
}

std::string described(const Growth& growth) {
    return fmt::format(
        "{:.0f} minutes of one daemon: RSS {:.1f} MiB in the second quarter, {:.1f} MiB in the last; descriptors "
        "{:.0f} and "
        "{:.0f} (allowed: {})",
        growth.minutes, growth.rss_before_mib, growth.rss_after_mib, growth.descriptors_before,
        growth.descriptors_after, tolerances);
}

}  // namespace presensi::soak
