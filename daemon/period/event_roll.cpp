#include "daemon/period/event_roll.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "protocol/text_fields.hpp"
#include "storage/month_repository.hpp"
#include "storage/pull_repository.hpp"

namespace presensi::period {

namespace {

// When each was last pulled or brought as a file.
std::unordered_map<std::int64_t, std::string> last_fetches(storage::Database& database) {
    std::unordered_map<std::int64_t, std::string> latest;
    for (auto& pull : storage::PullRepository(database).load_latest()) {
        latest[pull.terminal_id] = std::move(pull.last_success);
    }
    for (auto& brought : storage::MonthRepository(database).list_latest_uploads()) {
        std::string& at = latest[brought.terminal_id];
        at = std::max(at, brought.at);  // both RFC 3339 UTC
    }
    return latest;
}

}  // namespace

bool EventRoll::is_complete() const {
    return is_over && std::all_of(terminals.begin(), terminals.end(), [](const auto& each) { return each.delivered; });
}

EventRoll call_event_roll(storage::Database& database, const Question& question, const attendance::Event& event) {
    EventRoll made;
    made.event = event;
    made.directory = question.directory;
    const std::string from = format_device_time(attendance::roll_begins(event));
    const std::string to = format_device_time(attendance::roll_ends(event));
    const DeviceTime closes = DeviceTime(event.day) + event.closes + std::chrono::minutes(1);
    const Instant over(Zone(question.zone).to_utc(closes));
    made.is_over = question.now >= over;

    std::map<std::string, EventTerminal> expected;
    for (auto& serial : attendance::event_terminals(*question.directory, event)) expected[serial].serial = serial;
    const auto fetched = last_fetches(database);
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
        const auto contact = decode_utc(line->second.last_contact);
        line->second.delivered = contact && *contact >= over;
    }
    made.roll = attendance::call_roll(*question.directory, event, punches);
    for (auto& [serial, line] : expected) made.terminals.push_back(std::move(line));
    return made;
}

}  // namespace presensi::period
