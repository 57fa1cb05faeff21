#include "daemon/talk/terminal_watch.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "daemon/talk/deliveries.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::talk {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::local_days;

namespace {

constexpr auto apel_every = 1min;    // mostly a few short ranges of an index for each terminal
constexpr auto refused_for = 1h;     // without another such request the alarm ends
constexpr auto quiet_after = 10min;  // terminals poll every 10 s and retry after 60 s (protocol-adms § 2.3)
constexpr auto offset_every = 1h;    // between questions for a handshake that did not come

Sentence name_of(std::chrono::weekday day) {
    static const std::array<Sentence, 7> names{{{"Sunday", "Minggu"},
                                                {"Monday", "Senin"},
                                                {"Tuesday", "Selasa"},
                                                {"Wednesday", "Rabu"},
                                                {"Thursday", "Kamis"},
                                                {"Friday", "Jumat"},
                                                {"Saturday", "Sabtu"}}};
    return names.at(day.c_encoding());
}

// The last day that is one, and whose time of day has passed; within the last week.
template <typename IsOne>
std::optional<local_days> last_day_over(std::chrono::minutes time_of_day, DeviceTime now, const IsOne& is_one) {
    const local_days today = std::chrono::floor<days>(now);
    for (local_days day = today; day > today - days(7); day -= days(1)) {
        if (is_one(day) && DeviceTime(day) + time_of_day <= now) return day;
    }
    return std::nullopt;
}

// Those that have a punch of the day. One that has none and was in contact since stood in its case, and has nothing to
// deliver.
std::set<std::int64_t> delivered_of(storage::Database& database, const std::vector<DeliveryQuestion>& asked,
                                    const PastEvent& day, Instant now) {
    const std::string from = format_device_time(day.begins);
    const std::string to = format_device_time(day.begins + days(1));
    storage::TerminalRepository terminals(database);
    std::set<std::int64_t> delivered;
    std::optional<Deliveries> deliveries;
    for (const auto& question : asked) {
        if (!terminals.has_punch(question.terminal, from, to)) {
            if (!deliveries) {
                const auto pulls = storage::PullRepository(database).load_latest();
                deliveries.emplace(database, pulls, day, now);
            }
            if (!deliveries->has_delivered(question)) continue;
        }
        delivered.insert(question.terminal);
    }
    return delivered;
}

}  // namespace

std::optional<local_days> last_apel_day(const std::vector<std::chrono::weekday>& weekdays,
                                        std::chrono::minutes time_of_day, DeviceTime now,
                                        const attendance::Directory& directory) {
    return last_day_over(time_of_day, now, [&](local_days day) {
        const bool is_one = std::find(weekdays.begin(), weekdays.end(), std::chrono::weekday(day)) != weekdays.end();
        return is_one && (directory.holiday_on(day) == nullptr || !directory.events_on(day).empty());
    });
}

DeviceTime end_of_apel(local_days day, std::chrono::minutes deadline, const attendance::Directory& directory) {
    std::optional<std::chrono::minutes> closes;
    for (const attendance::Event* event : directory.events_on(day)) {
        if (event->closes < deadline) closes = std::max(closes.value_or(event->closes), event->closes);
    }
    return DeviceTime(day) + std::min(closes.value_or(attendance::assumed_closes) + 1min, deadline);
}

local_days last_working_day(const config::QuietHours& hours, DeviceTime now, const attendance::Directory& directory) {
    return last_day_over(hours.to, now, [&](local_days day) { return directory.is_working_day(day); })
        .value_or(std::chrono::floor<days>(now) - days(7));
}

TerminalWatch::TerminalWatch(const config::Settings& settings, TerminalRegistry& registry, StoreWorker& worker,
                             CommandQueue& commands, people::DirectoryCache& directory, Alarms& alarms, Now now)
    : settings_(settings),
      registry_(registry),
      worker_(worker),
      commands_(commands),
      directory_(directory),
      alarms_(alarms),
      now_(std::move(now)),
      started_at_(now_()) {}

asio::awaitable<void> TerminalWatch::look() {
    look_at_identity();
    look_at_approval();
    const attendance::DirectoryPtr directory = co_await directory_.current();
    look_at_silence(*directory);
    co_await look_at_apel(directory);
    co_await look_at_zones();
}

// What was told of a terminal while it was in service is nobody's trouble when it is not.
void TerminalWatch::look_at_approval() {
    for (const Terminal* terminal : registry_.each()) {
        if (terminal->approved()) {
            out_of_service_.erase(terminal);
        } else if (out_of_service_.insert(terminal).second) {
            alarms_.clear_of(terminal->row.serial);
        }
    }
}

// By what is stored, not by what came to this daemon: another one may have taken it.
asio::awaitable<void> TerminalWatch::look_at_apel(attendance::DirectoryPtr directory) {
    const Instant now = now_();
    if (apel_looked_at_ && !has_passed(*apel_looked_at_, apel_every, now)) co_return;
    apel_looked_at_ = now;
    Zone zone(settings_.time_zone);
    const auto day =
        last_apel_day(settings_.alarms.apel_days, settings_.alarms.apel_deadline, local_at(zone, now), *directory);
    std::vector<const Terminal*> apel;
    for (const Terminal* terminal : registry_.each()) {
        const bool is_apel = terminal->role == config::TerminalRole::apel ||
                             (day && directory->is_apel_terminal(terminal->row.serial, *day));
        if (is_apel && terminal->approved() && day)
            apel.push_back(terminal);
        else
            alarms_.clear("apel_undelivered", terminal->row.serial);
    }
    if (apel.empty()) co_return;
    std::vector<DeliveryQuestion> asked;
    asked.reserve(apel.size());
    for (const Terminal* terminal : apel) {
        asked.push_back({terminal->row.id, terminal->online_since, terminal->last_push});
    }
    const PastEvent past{DeviceTime(*day), zone.to_utc(DeviceTime(*day)),
                         zone.to_utc(end_of_apel(*day, settings_.alarms.apel_deadline, *directory))};
    auto look = [asked, past, now](StoreWorker::Reader reader) {
        return delivered_of(reader.database, asked, past, now);
    };
    const std::set<std::int64_t> delivered = co_await worker_.read(std::move(look));
    const Instant deadline(zone.to_utc(DeviceTime(*day) + settings_.alarms.apel_deadline));
    for (const Terminal* terminal : apel) {
        if (known_since(*terminal) > deadline || delivered.contains(terminal->row.id)) {
            alarms_.clear("apel_undelivered", terminal->row.serial);
        } else {
            alarms_.raise("apel_undelivered", terminal->row.serial, now,
                          {{"day", name_of(std::chrono::weekday(*day))}});
        }
    }
}

// Of an apel before it was here nothing was to be delivered.
Instant TerminalWatch::known_since(const Terminal& terminal) {
    const auto added = decode_utc(terminal.row.added_at);
    const auto heard = decode_utc(terminal.row.first_seen);
    if (added && heard) return std::min(*added, *heard);
    return added ? *added : heard.value_or(Instant{});
}

// Those that are expected to be heard every day: they push, and stay where they are.
void TerminalWatch::look_at_silence(const attendance::Directory& directory) {
    const Instant now = now_();
    for (Terminal* each : registry_.each()) {
        Terminal& terminal = *each;
        const std::string& serial = terminal.row.serial;
        if (!terminal.approved() || terminal.portable || !terminal.last_push || !terminal.last_seen) {
            alarms_.clear("terminal_silent", serial);
            alarms_.clear("terminal_quiet", serial);
            continue;
        }
        look_at_quiet(terminal, directory);
        // Most were heard a moment ago.
        const auto& hours = settings_.alarms.working_hours;
        if (!has_passed(*terminal.last_seen, hours.to - hours.from, now)) {
            alarms_.clear("terminal_silent", serial);
            continue;
        }
        const local_days day = last_working_day(hours, local_at(terminal.zone, now), directory);
        const Instant began(terminal.zone.to_utc(DeviceTime(day) + hours.from));
        if (*terminal.last_seen >= began) {
            alarms_.clear("terminal_silent", serial);
            continue;
        }
        // What was silent while we were away may speak at any moment.
        if (began < started_at_ && !has_passed(started_at_, TerminalRegistry::contact_gap, now)) continue;
        alarms_.raise("terminal_silent", serial, now,
                      {{"last", both(spoken_local(terminal.zone, *terminal.last_seen))}});
    }
}

// As above, but now: it should be heard at this moment, and is not.
void TerminalWatch::look_at_quiet(const Terminal& terminal, const attendance::Directory& directory) {
    const Instant now = now_();
    const std::string& serial = terminal.row.serial;
    if (!has_passed(*terminal.last_seen, quiet_after, now)) return alarms_.clear("terminal_quiet", serial);
    const auto& hours = settings_.alarms.working_hours;
    const DeviceTime here = local_at(terminal.zone, now);
    const local_days today = std::chrono::floor<days>(here);
    const auto time_of_day = here - DeviceTime(today);
    if (!directory.is_working_day(today) || time_of_day < hours.from || time_of_day >= hours.to) {
        return alarms_.clear("terminal_quiet", serial);
    }
    // What was silent while we were away may speak at any moment.
    if (!has_passed(started_at_, TerminalRegistry::contact_gap, now)) return;
    alarms_.raise("terminal_quiet", serial, now, {{"last", both(spoken_local(terminal.zone, *terminal.last_seen))}});
}

void TerminalWatch::look_at_identity() {
    const Instant now = now_();
    for (Terminal* each : registry_.each()) {
        Terminal& terminal = *each;
        if (terminal.two_sources_until && now >= *terminal.two_sources_until) {
            terminal.two_sources_until.reset();
            alarms_.clear("two_sources", terminal.row.serial);
        }
        if (terminal.foreign_at && now - *terminal.foreign_at > refused_for) {
            terminal.foreign_at.reset();
            alarms_.clear("foreign_network", terminal.row.serial);
        }
        if (terminal.keyless_at && now - *terminal.keyless_at > refused_for) {
            terminal.keyless_at.reset();
            terminal.keyless_address.clear();
            alarms_.clear("push_key_wrong", terminal.row.serial);
        }
    }
}

// A terminal learns its zone's offset at a handshake only (protocol-adms § 2.6).
asio::awaitable<void> TerminalWatch::look_at_zones() {
    const Instant now = now_();
    for (Terminal* each : registry_.each()) {
        Terminal& terminal = *each;
        const auto offset = terminal.zone.offset_at(std::chrono::floor<std::chrono::seconds>(now));
        if (!terminal.told_offset || *terminal.told_offset == offset) continue;
        if (!terminal.approved() || terminal.row.id == 0) continue;
        if (!terminal.last_push || now - *terminal.last_push > TerminalRegistry::contact_gap) continue;
        if (terminal.offset_asked_at && !has_passed(*terminal.offset_asked_at, offset_every, now)) continue;
        CommandQueue::Ask ask{"clock", "the offset of " + terminal.zone.name() + " has changed"};
        std::string text(adms::to_string(adms::CommandVerb::check));
        co_await commands_.add(terminal, adms::CommandVerb::check, std::move(text), std::move(ask), false);
        terminal.offset_asked_at = now;
    }
}

}  // namespace presensi::talk
