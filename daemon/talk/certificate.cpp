#include "daemon/talk/certificate.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "attendance/records.hpp"
#include "daemon/talk/completeness.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::talk {

using attendance::format_day;
using std::chrono::days;
using std::chrono::local_days;

namespace {

std::string begin_of(local_days day) { return format_device_time(DeviceTime(day)); }

std::string utc_of(Zone& zone, local_days day) { return format_utc(Instant(zone.to_utc(DeviceTime(day)))); }

// What the last comparison says, if it saw the whole day, or as much of today as there was.
void judge(Day& day, bool is_today) {
    day.result = "unknown";
    for (const auto& row : day.comparisons) {
        if (row.result == "open") continue;
        const bool is_whole = row.until == row.day + "T23:59:59";
        if (!is_whole && !is_today) continue;
        // That nobody could be asked once more takes nothing away from what was found before.
        if (row.result == "unknown" && day.last) continue;
        day.last = row;
        day.result = row.result;
        day.difference = row.difference;
    }
}

// Between begin and end; the contact that goes on is written every minute.
std::vector<Pause> pauses_in(const std::vector<storage::OnlineRow>& online, Instant begin, Instant end,
                             std::chrono::seconds longest) {
    longest = std::max<std::chrono::seconds>(longest, std::chrono::minutes(2));
    std::vector<Pause> pauses;
    Instant heard = begin;
    const auto until = [&](Instant since) {
        if (since - heard > longest) pauses.push_back({format_utc(heard), format_utc(since)});
    };
    for (const auto& row : online) {
        if (row.road != "push") continue;
        until(decode_utc(row.since).value_or(heard));
        heard = std::max(heard, decode_utc(row.until).value_or(heard));
    }
    until(end);
    return pauses;
}

// Every day of the period that is not in the future, with what was compared.
std::vector<Day> lay_out(local_days from, local_days to, local_days today, std::vector<storage::CompletenessRow> rows) {
    std::vector<Day> list;
    for (local_days day = from; day <= std::min(to, today); day += days(1)) {
        Day made;
        made.day = format_day(day);
        list.push_back(std::move(made));
    }
    for (auto& row : rows) {
        const auto place = std::find_if(list.begin(), list.end(), [&](const Day& day) { return day.day == row.day; });
        if (place != list.end()) place->comparisons.push_back(std::move(row));
    }
    for (Day& day : list) judge(day, day.day == format_day(today));
    return list;
}

}  // namespace

namespace {

using Punches = std::vector<storage::CompletenessRepository::Punched>;

Punches punches_of(storage::Database& database, const Period& period) {
    return storage::CompletenessRepository(database).list_punched(period.terminal_id, begin_of(period.from),
                                                                  begin_of(period.to + days(1)));
}

std::vector<Day> days_of(storage::Database& database, const Period& period, const Punches& punched) {
    std::vector<Day> list =
        lay_out(period.from, period.to, period.today,
                storage::CompletenessRepository(database).list(period.terminal_id, format_day(period.from),
                                                               format_day(std::min(period.to, period.today))));
    std::map<std::string, std::int64_t> punches;
    constexpr std::size_t day_length = 10;
    for (const auto& punch : punched) ++punches[punch.device_time.substr(0, day_length)];
    for (Day& day : list) day.punches = punches[day.day];
    return list;
}

}  // namespace

std::vector<Day> days_of(storage::Database& database, const Period& period) {
    return days_of(database, period, punches_of(database, period));
}

Certificate make_certificate(storage::Database& database, const Period& period, std::chrono::seconds longest_pause) {
    const std::string from = begin_of(period.from);
    const std::string to = begin_of(period.to + days(1));
    Zone zone(period.zone);
    const std::string from_utc = utc_of(zone, period.from);
    const std::string to_utc = utc_of(zone, period.to + days(1));
    storage::ContactRepository contacts(database);
    Certificate made;
    // Read once, so that the numbers fit each other while punches come in.
    const Punches punched = punches_of(database, period);
    made.days = days_of(database, period, punched);
    made.sightings = storage::CompletenessRepository(database).count_sightings(period.terminal_id, from, to);
    if (period.pushes) {
        const Instant begin = std::max(Instant(zone.to_utc(DeviceTime(period.from))), period.first_seen);
        const Instant end = std::min(Instant(zone.to_utc(DeviceTime(period.to + days(1)))), period.now);
        made.pauses = pauses_in(contacts.list_online(period.terminal_id, from_utc, to_utc), begin, end, longest_pause);
    }
    made.clock = contacts.list_clock(period.terminal_id, from_utc, to_utc);
    made.clock_set = storage::TerminalLogRepository(database).list_events_of("clock_set", period.terminal_id, from, to);
    std::map<std::string, std::int64_t> roads;
    std::vector<std::string> lines;
    for (const auto& punch : punched) {
        ++roads[punch.road];
        lines.push_back(punch.device_time + "\t" + punch.pin_key + "\n");
    }
    for (const auto& [road, punches] : roads) made.roads.push_back({road, punches});
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const auto& line : lines) all += line;
    made.digest = hex(sha256(all));
    made.punches = static_cast<std::int64_t>(lines.size());
    std::erase_if(made.days, [&](const Day& day) {
        return day.day < format_day(period.in_service) && day.punches == 0 && day.result == "unknown";
    });
    for (const Day& day : made.days) {
        if (day.last && day.last->terminal_count) {
            made.terminal_count += *day.last->terminal_count;
            ++made.counted_days;
        }
        for (const auto& row : day.comparisons) made.mended += row.result == "mended" ? row.difference : 0;
    }
    const Summary summary = summarise(made.days, period.today);
    made.result = summary.result;
    made.difference = summary.difference;
    made.unknown_days = summary.unknown_days;
    return made;
}

std::vector<Day> judged_days(std::vector<storage::CompletenessRow> rows, local_days from, local_days to,
                             local_days today) {
    return lay_out(from, to, today, std::move(rows));
}

Summary summarise(const std::vector<Day>& list, local_days today) {
    std::map<std::string, std::int64_t> results;
    std::map<std::string, std::int64_t> differences;
    for (const Day& day : list) {
        if (day.day == format_day(today) && !day.last) continue;
        ++results[day.result];
        differences[day.result] += day.difference;
    }
    Summary summary;
    summary.unknown_days = results["unknown"];
    for (const char* result : {"short", "unknown", "mended", "complete"}) {
        if (results[result] == 0) continue;
        summary.result = result;
        break;
    }
    summary.difference = differences[summary.result];
    return summary;
}

}  // namespace presensi::talk
