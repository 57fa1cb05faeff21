#include "daemon/upload/doubts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/period/board.hpp"
#include "daemon/period/whose.hpp"
#include "protocol/text_fields.hpp"
#include "storage/period_repository.hpp"

namespace presensi::upload {

namespace {

// As much of it under other serials makes a file another terminal's, in percent.
constexpr int another_terminals = 80;

// Nobody punches more often on one day.
constexpr int most_on_a_day = 20;

std::string named(const storage::Spread::Other& other) {
    std::string more = other.name;
    if (!other.unit.empty()) more += (more.empty() ? "" : ", ") + other.unit;
    return more.empty() ? other.serial : fmt::format("{} ({})", other.serial, more);
}

bool is_most(std::int64_t part, std::int64_t whole) { return whole > 0 && part * 100 >= whole * another_terminals; }

std::string doubt_by_unknown(const storage::Spread& spread) {
    constexpr std::size_t shown = 10;
    const auto unknown = spread.punches - spread.known;
    if (!is_most(spread.unknown_elsewhere, unknown)) return {};
    std::vector<std::string> whose;
    for (const auto& other : spread.others) {
        if (other.unknown > 0 && whose.size() < shown)
            whose.push_back(fmt::format("{}: {}", named(other), other.unknown));
    }
    return fmt::format("Of the {} punches in this file that are new here {} are stored already, of {} ({}). {}",
                       unknown, spread.unknown_elsewhere, whose.size() == 1 ? "another terminal" : "other terminals",
                       fmt::join(whose, "; "),
                       whose.size() == 1 ? "It seems to be that one's file." : "Their files seem to be joined in it.");
}

}  // namespace

std::string find_doubt(storage::UploadRepository& uploads, std::int64_t terminal_id, const Read& read,
                       const storage::Spread& spread) {
    for (const auto& other : spread.others) {
        if (!is_most(other.punches, spread.punches)) continue;
        return fmt::format(
            "{} of the {} punches in this file are stored already, of terminal {}: it seems to be that "
            "one's file.",
            other.punches, spread.punches, named(other));
    }
    if (auto doubt = doubt_by_unknown(spread); !doubt.empty()) return doubt;
    if (read.terminal_numbers.size() > 1) {
        return fmt::format(
            "The terminal numbers in this file are {}: files of several terminals seem to be joined in it.",
            fmt::join(read.terminal_numbers, ", "));
    }
    const std::string number = read.terminal_number();
    if (number.empty()) return {};
    const auto before = uploads.latest_terminal_number(terminal_id, read.kind);
    if (!before || *before == number) return {};
    return fmt::format("The terminal number in this file is {}, in the files of this terminal before it was {}.",
                       number, *before);
}

std::string find_crowd(const Read& read) {
    // By PIN key; the times of the day that is being counted. A log is in the order of its times but for a few.
    std::unordered_map<std::string_view, std::unordered_map<long, int>> counts;
    for (const Punch& punch : read.delivery.punches) {
        const auto day = std::chrono::floor<std::chrono::days>(punch.device_time);
        if (++counts[punch.pin_key][static_cast<long>(day.time_since_epoch().count())] <= most_on_a_day) continue;
        const std::string date = format_device_time(DeviceTime(day)).substr(0, 10);
        return fmt::format("There are more than {} punches of PIN {} on {} in it.", most_on_a_day,
                           to_stored_text(punch.pin, 64), date);
    }
    return {};
}

std::string find_untimely(storage::Database& database, const attendance::Directory& directory, const std::string& unit,
                          const Read& read, attendance::Day today, int enough_working_days) {
    const auto& punches = read.delivery.punches;
    if (punches.empty()) return {};
    const auto newest = std::max_element(punches.begin(), punches.end(),
                                         [](const Punch& a, const Punch& b) { return a.device_time < b.device_time; });
    const auto month = attendance::month_of(std::chrono::floor<std::chrono::days>(newest->device_time));
    const auto window = attendance::submit_window(month, directory, enough_working_days);
    // A unit below another has the window of the one that submits for it.
    const std::string submitter = period::Whose(directory, month).submitter(unit, month.first());
    const auto extended = period::extended_until(
        period::extension_of(storage::PeriodRepository(database).list_extensions(month.name()), submitter));
    const auto moment = attendance::moment_of(window, extended, today);
    if (moment == attendance::Moment::in_time) return {};
    return fmt::format("Brought {} the window of {}, which is {} to {}.",
                       moment == attendance::Moment::early ? "before" : "after", month.name(),
                       attendance::format_day(window.first),
                       attendance::format_day(std::max(window.last, extended.value_or(window.last))));
}

}  // namespace presensi::upload
