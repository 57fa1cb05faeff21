#include "daemon/period/event_roll.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "daemon/talk/deliveries.hpp"
#include "protocol/text_fields.hpp"
#include "storage/month_repository.hpp"
#include "storage/pull_repository.hpp"

namespace presensi::period {

namespace {

using Pulls = std::vector<storage::PullRepository::Latest>;  // the last one of each terminal

// When each was last pulled or brought as a file.
std::unordered_map<std::int64_t, std::string> last_fetches(storage::Database& database, const Pulls& pulls) {
    std::unordered_map<std::int64_t, std::string> latest;
    for (const auto& pull : pulls) latest[pull.terminal_id] = pull.last_success;
    for (auto& brought : storage::MonthRepository(database).list_latest_uploads()) {
        std::string& at = latest[brought.terminal_id];
        at = std::max(at, brought.at);  // both RFC 3339 UTC
    }
    return latest;
}

}  // namespace

bool EventRoll::is_complete() const { return is_over && waiting() == 0; }

std::size_t EventRoll::waiting() const {
    const auto count =
        std::count_if(terminals.begin(), terminals.end(), [](const auto& each) { return !each.delivered; });
    return static_cast<std::size_t>(count);
}

EventRoll call_event_roll(storage::Database& database, const Question& question, const attendance::Event& event) {
    EventRoll made;
    made.event = event;
    made.directory = question.directory;
    const std::string from = format_device_time(attendance::roll_begins(event));
    const std::string to = format_device_time(attendance::roll_ends(event));
    const DeviceTime closes = DeviceTime(event.day) + event.closes + std::chrono::minutes(1);
    Zone zone(question.zone);
    const Instant over(zone.to_utc(closes));
    made.is_over = question.now >= over;

    std::map<std::string, EventTerminal> expected;
    for (auto& serial : attendance::event_terminals(*question.directory, event)) expected[serial].serial = serial;
    const Pulls pulls = storage::PullRepository(database).load_latest();
    const auto fetched = last_fetches(database, pulls);
    const DeviceTime begins = attendance::roll_begins(event);
    talk::Deliveries deliveries(database, pulls, {begins, zone.to_utc(begins), over}, question.now);
    storage::MonthRepository stored(database);
    std::vector<attendance::RollPunch> punches;
    for (const auto& terminal : question.terminals) {
        const auto rows = stored.list(terminal.id, from, to);
        for (const auto& punch : rows) {
            const auto time = decode_device_time(punch.row.device_time);
            if (!time || punch.row.grade == to_string(Grade::suspect)) continue;
            punches.push_back({terminal.serial, punch.pin_key, *time});
        }
        const auto line = expected.find(terminal.serial);
        if (line == expected.end()) continue;
        line->second.name = terminal.name;
        line->second.punches = static_cast<int>(rows.size());
        const auto fetch = fetched.find(terminal.id);
        line->second.last_contact = std::max(terminal.last_push, fetch == fetched.end() ? "" : fetch->second);
        const talk::DeliveryQuestion asked{terminal.id, decode_utc(terminal.online_since),
                                           decode_utc(terminal.last_push), !rows.empty()};
        line->second.delivered = made.is_over && deliveries.has_delivered(asked);
    }
    made.roll = attendance::call_roll(*question.directory, event, punches);
    for (auto& [serial, line] : expected) made.terminals.push_back(std::move(line));
    return made;
}

}  // namespace presensi::period
