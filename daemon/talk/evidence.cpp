#include "daemon/talk/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/text_fields.hpp"

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

std::vector<SentRecord> records_in(const Delivery& delivery) {
    std::vector<SentRecord> records;
    records.reserve(delivery.punches.size() + delivery.rejects.size());
    for (const Punch& punch : delivery.punches) {
        records.push_back(
            {punch.device_time,
             fmt::format("{}\t{}\t{}\t{}\t{}", punch.pin, format_device_time(punch.device_time),
                         punch.state.value_or(-1), punch.verify.value_or(-1), punch.work_code.value_or(""))});
    }
    for (const Reject& reject : delivery.rejects) {
        std::string_view rest = reject.bytes;
        while (!rest.empty()) {
            const auto field = rest.substr(0, rest.find('\t'));
            rest.remove_prefix(std::min(field.size() + 1, rest.size()));
            const auto time = decode_device_time(field);
            if (!time) continue;
            records.push_back({*time, reject.bytes});
            break;
        }
    }
    return records;
}

void SentAgain::note(const std::vector<SentRecord>& upload) {
    std::unordered_map<std::string, int> here;
    for (const auto& record : upload) {
        if (record.time < asked_from_ || record.time > to_) continue;
        const int alike = ++here[record.content];
        int& known = known_[record.content];
        if (alike <= known) continue;
        known = alike;
        ++(record.time < from_ ? older_ : records_);
    }
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
