#pragma once
// The only place that reads clocks and the time zone database.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "protocol/records.hpp"

namespace presensi {

using Now = std::function<Instant()>;

Instant system_now();

// `time` has gone by since then. What lies more than a minute ahead is from before our clock was set back, and over.
inline bool has_passed(Instant since, std::chrono::milliseconds time, Instant now) {
    return now - since >= time || since - now > std::chrono::minutes(1);
}

// adjtimex(2): does the kernel say that our clock is disciplined? Nothing: the unit's sandbox does not let us ask
// (time_service.hpp does).
std::optional<bool> clock_is_synchronised();

// An IANA zone.
class Zone {
public:
    explicit Zone(const std::string& name);  // throws std::runtime_error for an unknown name
    const std::string& name() const { return name_; }

    // A wall clock reading that occurs twice (end of daylight saving) is the earlier, one that never occurs is the
    // instant of the change.
    // Not const: it remembers the offset of the last reading.
    std::chrono::sys_seconds to_utc(DeviceTime local);
    DeviceTime to_local(std::chrono::sys_seconds utc) const;
    std::chrono::minutes offset_at(std::chrono::sys_seconds utc) const;

    static bool exists(const std::string& name);

private:
    // Wall clock readings that occur once, all with this offset from UTC.
    struct Span {
        DeviceTime begin{};
        DeviceTime end{};
        std::chrono::seconds offset{};
    };

    std::string name_;
    const void* zone_;    // date::time_zone, which lives as long as the process
    Span last_unique_{};  // the punches of a terminal nearly always lie in one
};

// The wall clock there at that instant.
inline DeviceTime local_at(const Zone& zone, Instant at) {
    return zone.to_local(std::chrono::floor<std::chrono::seconds>(at));
}

// This computer's own; UTC if it has none.
Zone computer_zone();

}  // namespace presensi
