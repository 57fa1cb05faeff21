#include "daemon/period/event_roll.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "protocol/text_fields.hpp"
#include "storage/contact_repository.hpp"
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

constexpr auto settles_in = std::chrono::minutes(5);

bool has_settled(const std::string& since, const std::string& until, Instant over) {
    const auto begun = decode_utc(since);
    const auto ended = decode_utc(until);
    return begun && ended && *ended >= over && *ended - *begun >= settles_in;
}

// Whether nothing of an event that was over then is still on the way.
class Deliveries {
public:
    Deliveries(storage::Database& database, const Pulls& pulls, const attendance::Event& event, Instant over,
               Instant now)
        : contacts_(database), over_(over), over_text_(format_utc(over)), now_text_(format_utc(now)) {
        for (const auto& pull : pulls) {
            if (pull.last_success >= over_text_) whole_.insert(pull.terminal_id);
        }
        const std::string begins = format_device_time(attendance::roll_begins(event));
        for (const auto& log : storage::MonthRepository(database).list_logs(over_text_)) {
            if (log.last >= begins) whole_.insert(log.terminal_id);
        }
    }

    bool has_delivered(const TerminalFacts& terminal) {
        if (whole_.contains(terminal.id) || has_settled(terminal.online_since, terminal.last_push, over_)) return true;
        const auto intervals = contacts_.list_online(terminal.id, over_text_, now_text_);
        return std::any_of(intervals.begin(), intervals.end(), [&](const storage::OnlineRow& contact) {
            return contact.road == "push" && has_settled(contact.since, contact.until, over_);
        });
    }

private:
    storage::ContactRepository contacts_;
    Instant over_;
    std::string over_text_;  // RFC 3339 UTC, as all that is compared with it
    std::string now_text_;
    std::set<std::int64_t> whole_;
};

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
    const Instant over(Zone(question.zone).to_utc(closes));
    made.is_over = question.now >= over;

    std::map<std::string, EventTerminal> expected;
    for (auto& serial : attendance::event_terminals(*question.directory, event)) expected[serial].serial = serial;
    const Pulls pulls = storage::PullRepository(database).load_latest();
    const auto fetched = last_fetches(database, pulls);
    Deliveries deliveries(database, pulls, event, over, question.now);
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
        line->second.delivered = made.is_over && deliveries.has_delivered(terminal);
    }
    made.roll = attendance::call_roll(*question.directory, event, punches);
    for (auto& [serial, line] : expected) made.terminals.push_back(std::move(line));
    return made;
}

}  // namespace presensi::period
