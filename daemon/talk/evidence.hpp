#pragma once
// What contact with a terminal tells of its clock and of its identity.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
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

// Records of a period that a terminal sends again, because it was asked for them. A repetition of an upload, whose
// answer was lost, counts once.
class SentAgain {
public:
    SentAgain() = default;
    SentAgain(DeviceTime from, DeviceTime to) : from_(from), to_(to) {}  // both belong to it
    // A stored upload: its body's hash and the times of its punches.
    void note(const Sha256& body, const std::vector<DeviceTime>& times);
    std::int64_t records() const { return records_; }

private:
    DeviceTime from_{};
    DeviceTime to_{};
    std::int64_t records_ = 0;
    std::set<Sha256> bodies_;
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
