#pragma once
// Who was at an apel, senam, tausiyah or upacara (requirements M-4), from the punches around it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attendance/directory.hpp"

namespace presensi::attendance {

// A punch that counts, of the day of the event.
struct RollPunch {
    std::string serial;
    std::string pin_key;
    DeviceTime time;
};

// present: at the event, by its last minute. late: within event_margin after it. elsewhere: only at another place in
// that time, such as the own unit's terminal.
enum class Presence : std::uint8_t { present, late, elsewhere, absent };
std::string_view to_string(Presence presence);

struct RollPerson {
    const Person* person = nullptr;  // of the directory
    std::string unit;                // code, on that day
    EchelonGroup group = EchelonGroup::staff;
    Presence presence = Presence::absent;
    std::string serial;  // of the punch that says so; empty: none
    std::optional<DeviceTime> time{};
};

struct RollCount {
    int expected = 0;
    std::array<int, 4> of{};  // by Presence
    int at_event() const { return of[0] + of[1]; }
    void add(Presence presence) {
        ++expected;
        ++of.at(static_cast<std::size_t>(presence));
    }
};

struct RollLine {
    std::string unit;                   // code
    std::array<RollCount, 4> groups{};  // by EchelonGroup
    RollCount all;
};

struct RollCall {
    std::vector<RollPerson> people;  // by unit, group and name
    std::vector<RollLine> lines;     // by unit
    RollCount all;
    int of_nobody = 0;  // PINs at apel terminals in that time that are nobody's
};

// From event_margin before it opens until event_margin after it closes; the time is of the wall clock.
DeviceTime roll_begins(const Event& event);
DeviceTime roll_ends(const Event& event);  // the first second that is too late

// Everybody whose unit the event concerns. At the event is who punches at any apel terminal (which one was theirs is
// told by the flag wrong_terminal), or, if there is none for their unit, at the terminal where they are expected.
RollCall call_roll(const Directory& directory, const Event& event, const std::vector<RollPunch>& punches);

// The apel terminals of all that are expected, and where there is none for them, those of their unit; sorted.
std::vector<std::string> event_terminals(const Directory& directory, const Event& event);

}  // namespace presensi::attendance
