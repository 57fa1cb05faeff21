#include "daemon/upload/doubts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/ingest.hpp"
#include "daemon/period/board.hpp"
#include "daemon/period/whose.hpp"
#include "protocol/text_fields.hpp"
#include "storage/period_repository.hpp"

namespace presensi::upload {

namespace {

// As much of it under other serials makes a file another terminal's, in percent.
constexpr int another_terminals = 80;

// Nobody punches more often on one day.
constexpr std::size_t most_on_a_day = 20;

std::string named(const storage::Spread::Other& other) {
    std::string more = other.name;
    if (!other.unit.empty()) more += (more.empty() ? "" : ", ") + other.unit;
    return more.empty() ? other.serial : fmt::format("{} ({})", other.serial, more);
}

bool is_most(std::int64_t part, std::int64_t whole) { return whole > 0 && part * 100 >= whole * another_terminals; }

// The hours between the zones make no difference: a clock that is wrong is so by years.
bool counts(attendance::Day day, attendance::Day today) {
    Punch punch;
    punch.punched_at = std::chrono::sys_days(day.time_since_epoch());
    return grade_of_pull(punch, std::chrono::sys_days(today.time_since_epoch()), {}, Grade::file) != Grade::suspect;
}

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
    // Our own export has numbers of its own; what brings nothing new need not be the terminal's.
    if (spread.known == spread.punches) return {};
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
    using Of = std::pair<std::string_view, attendance::Day>;  // a PIN key and a day; views into the punches
    std::vector<Of> all;
    all.reserve(read.delivery.punches.size());
    for (const Punch& punch : read.delivery.punches)
        all.emplace_back(punch.pin_key, std::chrono::floor<std::chrono::days>(punch.device_time));
    std::sort(all.begin(), all.end());
    for (std::size_t i = most_on_a_day; i < all.size(); ++i) {
        if (all[i] != all[i - most_on_a_day]) continue;
        return fmt::format("There are more than {} punches of PIN {} on {} in it.", most_on_a_day,
                           to_stored_text(all[i].first, 64), attendance::format_day(all[i].second));
    }
    return {};
}

std::string find_untimely(storage::Database& database, const attendance::Directory& directory, const std::string& unit,
                          const storage::Spread& spread, attendance::Day today, int enough_working_days) {
    storage::PeriodRepository periods(database);
    std::vector<std::string> late;
    std::string window_of_latest;
    std::optional<attendance::Month> looked_at;
    for (const attendance::Day day : spread.new_days) {
        const auto month = attendance::month_of(day);
        if (month == looked_at || today < month.after() || !counts(day, today)) continue;
        looked_at = month;
        const std::string submitter =
            period::Whose(directory, month).submitter(unit, month.after() - std::chrono::days(1));
        const auto window = attendance::submit_window(month, directory, enough_working_days);
        const auto extended = period::extended_until(
            period::extension_of(periods.list_extensions(month.name()), submitter.empty() ? unit : submitter));
        if (attendance::moment_of(window, extended, today) != attendance::Moment::late) continue;
        late.push_back(month.name());
        window_of_latest = fmt::format("{} to {}", attendance::format_day(window.first),
                                       attendance::format_day(std::max(window.last, extended.value_or(window.last))));
    }
    if (late.empty()) return {};
    const std::string latest = std::move(late.back());
    late.pop_back();
    return fmt::format("Brought after the window of {}, which is {}{}.", latest, window_of_latest,
                       late.empty() ? "" : fmt::format(", and after those of {}", fmt::join(late, ", ")));
}

}  // namespace presensi::upload
