#pragma once
// Alarms that time alone brings: an apel that was not delivered, a terminal that nobody heard. And the handshake that a
// change of the zone's offset needs. Lives on the I/O thread.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <unordered_set>

#include "config/settings.hpp"
#include "daemon/alarms.hpp"
#include "daemon/clock.hpp"
#include "daemon/people/directory_cache.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/talk/command_queue.hpp"
#include "daemon/terminal_registry.hpp"

namespace presensi::talk {

class TerminalWatch {
public:
    TerminalWatch(const config::Settings& settings, TerminalRegistry& registry, StoreWorker& worker,
                  CommandQueue& commands, people::DirectoryCache& directory, Alarms& alarms, Now now);

    // Every few seconds. Throws storage::StoreUnavailable.
    boost::asio::awaitable<void> look();

private:
    boost::asio::awaitable<void> look_at_apel(attendance::DirectoryPtr directory);
    static Instant known_since(const Terminal& terminal);
    void look_at_silence(const attendance::Directory& directory);
    void look_at_quiet(const Terminal& terminal, const attendance::Directory& directory);
    void look_at_identity();
    void look_at_approval();
    boost::asio::awaitable<void> look_at_zones();

    const config::Settings& settings_;
    TerminalRegistry& registry_;
    StoreWorker& worker_;
    CommandQueue& commands_;
    people::DirectoryCache& directory_;
    Alarms& alarms_;
    Now now_;
    const Instant started_at_;
    std::optional<Instant> apel_looked_at_;
    std::unordered_set<const Terminal*> out_of_service_;  // at the last look
};

// The last day, not after `now`, that is one of these and no holiday, and whose time of day has passed; within the last
// week. On a holiday with an event there is an apel all the same.
std::optional<std::chrono::local_days> last_apel_day(const std::vector<std::chrono::weekday>& weekdays,
                                                     std::chrono::minutes time_of_day, DeviceTime now,
                                                     const attendance::Directory& directory);

// When that day's apel is over: after the last minute of its events that are over by the deadline (a time of day), else
// of the window that is assumed; not after the deadline.
DeviceTime end_of_apel(std::chrono::local_days day, std::chrono::minutes deadline,
                       const attendance::Directory& directory);

// The last working day whose hours are over; within the last week, or a week ago.
std::chrono::local_days last_working_day(const config::QuietHours& hours, DeviceTime now,
                                         const attendance::Directory& directory);

}  // namespace presensi::talk
