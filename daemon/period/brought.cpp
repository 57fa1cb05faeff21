#include "daemon/period/brought.hpp"

#include <algorithm>
#include <optional>

#include "protocol/text_fields.hpp"

namespace presensi::period {

using attendance::Day;
using attendance::Directory;
using attendance::Month;
using std::chrono::days;

namespace {

// The latest day before `before` that `is_one`; none within a month: the day before.
template <typename IsOne>
Day last_before(Day before, IsOne is_one) {
    constexpr days far{31};
    for (Day day = before - days(1); day >= before - far; day -= days(1)) {
        if (is_one(day)) return day;
    }
    return before - days(1);
}

// What a log that was read at the beginning of `before` has to reach at least.
Day day_to_reach(const Directory& directory, bool apel, Day before) {
    const auto is_working = [&](Day day) { return directory.is_working_day(day); };
    if (!apel) return last_before(before, is_working);
    const auto has_event = [&](Day day) { return !directory.events_on(day).empty(); };
    if (const Day day = last_before(before, has_event); has_event(day)) return day;
    return last_before(before,
                       [&](Day day) { return std::chrono::weekday(day) == std::chrono::Monday && is_working(day); });
}

// Until then what comes without a time is of that month.
Day end_of_window(storage::Database& database, const Question& question, Month month) {
    const auto window = attendance::submit_window(month, *question.directory, question.enough_working_days);
    const auto extension = extension_of(storage::PeriodRepository(database).list_extensions(month.name()), "");
    return std::max(window.last, extended_until(extension).value_or(window.last));
}

// A day in the line that can be its time: not later than it came, and not a year before.
std::optional<Day> day_in(std::string text, Day received) {
    constexpr std::size_t length = 10;
    constexpr days longest{366};
    std::replace(text.begin(), text.end(), '/', '-');
    for (std::size_t at = 0; at + length <= text.size(); ++at) {
        const auto day = attendance::decode_day(std::string_view(text).substr(at, length));
        if (day && received - longest <= *day && *day <= received + days(1)) return day;
    }
    return std::nullopt;
}

std::optional<Day> day_of(const std::string& device_time) {
    const auto time = decode_device_time(device_time);
    return time ? std::optional(std::chrono::floor<days>(*time)) : std::nullopt;
}

}  // namespace

std::unordered_map<std::int64_t, Files> files_of(storage::Database& database, const Question& question) {
    constexpr days duty{7};  // ps. 3(d)
    storage::MonthRepository stored(database);
    std::unordered_map<std::int64_t, Files> files;
    for (auto& brought : stored.list_latest_uploads()) files[brought.terminal_id].last = std::move(brought.at);
    for (const auto& count : stored.count_waiting(format_device_time(DeviceTime(question.month.first())),
                                                  format_device_time(DeviceTime(question.month.after())))) {
        files[count.terminal_id].waiting = count.number;
    }
    std::unordered_map<std::int64_t, bool> apel;
    for (const auto& terminal : question.terminals) apel[terminal.id] = terminal.apel;
    const auto to_reach = [&](bool is_apel, Day before) {
        return format_device_time(DeviceTime(day_to_reach(*question.directory, is_apel, before)));
    };
    const Day week_ago = today_of(question) - duty;
    const std::string of_month[] = {to_reach(false, question.month.after()), to_reach(true, question.month.after())};
    const std::string of_duty[] = {to_reach(false, week_ago), to_reach(true, week_ago)};
    const Instant month_over = utc_of(question, question.month.after());
    for (const auto& log : stored.list_logs(format_utc(std::min(month_over, question.now - duty)))) {
        const std::size_t kind = apel[log.terminal_id] ? 1 : 0;
        const auto brought = decode_utc(log.at);
        if (!brought) continue;
        Files& of_terminal = files[log.terminal_id];
        if (*brought >= month_over && log.last >= of_month[kind]) of_terminal.holds_month = true;
        if (question.now - *brought <= duty && log.last >= of_duty[kind]) of_terminal.fulfils_duty = true;
    }
    return files;
}

std::unordered_map<std::int64_t, std::int64_t> rejects_of(storage::Database& database, const Question& question) {
    constexpr days latest{366};
    const Month month = question.month;
    const Month before{month.value - std::chrono::months(1)};
    const Day from = end_of_window(database, question, before) + days(1);
    const Day to = end_of_window(database, question, month) + days(1);
    const Zone zone(question.zone);
    std::unordered_map<std::int64_t, std::int64_t> counts;
    for (auto& reject :
         storage::MonthRepository(database).list_rejects(format_utc(utc_of(question, month.first() - days(1))),
                                                         format_utc(utc_of(question, month.after() + latest)))) {
        const auto instant = decode_utc(reject.received_at);
        if (!instant) continue;
        const Day received = std::chrono::floor<days>(local_at(zone, *instant));
        auto day = day_in(std::move(reject.bytes), received);
        if (!day) day = day_of(reject.last_of_file);
        const bool is_of_month = day ? attendance::month_of(*day) == month : from <= received && received < to;
        if (is_of_month) ++counts[reject.terminal_id];
    }
    return counts;
}

}  // namespace presensi::period
