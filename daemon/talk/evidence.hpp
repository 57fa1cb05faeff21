#pragma once
// What contact with a terminal tells of its clock and of its identity.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/alarms.hpp"
#include "protocol/records.hpp"

namespace presensi::talk {

// Estimates how far a terminal's clock is from ours, by punches that it sends as they are made. What it kept is late
// for another reason: its lag shrinks from upload to upload, that of a wrong clock stays.
class DriftEstimate {
public:
    // Within this a clock is right.
    static constexpr std::chrono::seconds tolerance{60};

    // The newest punch of an upload, by the terminal's clock, and when it came by ours. Returns the terminal's clock
    // minus ours as soon as there is evidence.
    std::optional<std::chrono::milliseconds> observe(std::chrono::sys_seconds punched_at, Instant received_at);

private:
    struct Observation {
        Instant at{};
        std::chrono::milliseconds difference{};
    };
    std::deque<Observation> late_ones_;
};

// Raises or clears the alarm of this terminal's clock.
void judge_clock(Alarms& alarms, const std::string& serial, std::chrono::milliseconds difference, Instant now);

// "3600 s ahead", "3600 detik lebih cepat"
Sentence describe_difference(std::chrono::milliseconds difference);

// A record of an upload as the terminal has it, also one that is no punch.
struct SentRecord {
    DeviceTime time{};
    std::string content;
};

// Those whose time can be read.
std::vector<SentRecord> records_in(const Delivery& delivery);

// Records of a period that a terminal sends again, because it was asked for them. What it repeats in another upload,
// because an answer was lost, counts once; two alike in one upload are two.
class SentAgain {
public:
    SentAgain() = default;
    // `from` and `to` belong to the period; it was asked for what is older, too, as far back as `asked_from`.
    SentAgain(DeviceTime from, DeviceTime to, DeviceTime asked_from) : from_(from), to_(to), asked_from_(asked_from) {}
    // A stored upload.
    void note(const std::vector<SentRecord>& upload);
    std::int64_t records() const { return records_; }  // of the period
    std::int64_t older() const { return older_; }

private:
    DeviceTime from_{};
    DeviceTime to_{};
    DeviceTime asked_from_{};
    std::int64_t records_ = 0;
    std::int64_t older_ = 0;
    std::unordered_map<std::string, int> known_;
};

// Two values by turns: a terminal that was moved has a new address, two terminals with one serial number have two.
class Alternation {
public:
    static constexpr std::chrono::minutes window{30};

    // True if within the window both values have come back. An empty value says nothing.
    bool note(const std::string& value, Instant now);
    const std::string& current() const { return current_; }
    const std::string& previous() const { return previous_; }

private:
    std::string current_;
    std::string previous_;
    Instant left_{};  // the previous
    int returns_ = 0;
    Instant returned_{};
};

}  // namespace presensi::talk
