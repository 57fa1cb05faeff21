#include "daemon/talk/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace presensi::talk {

using namespace std::chrono_literals;

namespace {

constexpr auto apart = 30s;   // observations of one minute's queue are one
constexpr auto spread = 20s;  // between upload and upload, however slow the line
constexpr std::size_t enough = 5;
constexpr std::size_t enough_ahead = 2;  // nothing but its clock makes a punch come before it was made

}  // namespace

std::optional<std::chrono::milliseconds> DriftEstimate::observe(std::chrono::sys_seconds punched_at,
                                                                Instant received_at) {
    const std::chrono::milliseconds difference = Instant(punched_at) - received_at;
    if (difference <= tolerance && difference >= -tolerance) {
        late_ones_.clear();
        return difference;
    }
    // Ours may have been set back meanwhile.
    const bool in_order = late_ones_.empty() || received_at >= late_ones_.back().at;
    if (!in_order) late_ones_.clear();
    if (!late_ones_.empty() && received_at - late_ones_.back().at < apart) return std::nullopt;
    late_ones_.push_back({received_at, difference});
    if (late_ones_.size() > enough) late_ones_.pop_front();
    if (late_ones_.size() < (difference > 0ms ? enough_ahead : enough)) return std::nullopt;
    const auto [least, most] = std::minmax_element(
        late_ones_.begin(), late_ones_.end(), [](const auto& a, const auto& b) { return a.difference < b.difference; });
    if (most->difference - least->difference > spread) return std::nullopt;
    return most->difference;
}

Sentence describe_difference(std::chrono::milliseconds difference) {
    const bool ahead = difference > 0ms;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ahead ? difference : -difference);
    const auto words = [&](const char* second, const char* hour, const char* day, const char* way) {
        if (seconds >= 48h) return fmt::format("{} {} {}", seconds / 24h, day, way);
        if (seconds >= 3h) return fmt::format("{} {} {}", seconds / 1h, hour, way);
        return fmt::format("{} {} {}", seconds.count(), second, way);
    };
    return {words("s", "hours", "days", ahead ? "ahead" : "behind"),
            words("detik", "jam", "hari", ahead ? "lebih cepat" : "lebih lambat")};
}

void judge_clock(Alarms& alarms, const std::string& serial, std::chrono::milliseconds difference, Instant now) {
    const bool is_off = difference > DriftEstimate::tolerance || difference < -DriftEstimate::tolerance;
    if (!is_off) return alarms.clear("clock_off", serial);
    alarms.raise("clock_off", serial, now, {{"difference", describe_difference(difference)}});
}

void SentAgain::note(const Sha256& body, const std::vector<DeviceTime>& times) {
    const auto records =
        std::count_if(times.begin(), times.end(), [this](DeviceTime time) { return time >= from_ && time <= to_; });
    if (records > 0 && bodies_.insert(body).second) records_ += records;
}

bool Alternation::note(const std::string& value, Instant now) {
    constexpr int both_came_back = 2;
    if (value.empty() || value == current_) return false;
    const bool is_return = value == previous_ && now - left_ <= window;
    if (!is_return || now - returned_ > window) returns_ = 0;
    if (is_return) {
        ++returns_;
        returned_ = now;
    }
    previous_ = std::exchange(current_, value);
    left_ = now;
    return returns_ >= both_came_back;
}

}  // namespace presensi::talk
