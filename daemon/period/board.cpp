#include "daemon/period/board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "daemon/period/brought.hpp"
#include "daemon/period/whose.hpp"
#include "daemon/talk/certificate.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/completeness_repository.hpp"
#include "storage/pull_repository.hpp"

namespace presensi::period {

using attendance::Day;
using std::chrono::days;

namespace {

constexpr days weekly_duty{7};  // ps. 3(d)
constexpr std::size_t day_length = 10;

std::string begin_of(Day day) { return format_device_time(DeviceTime(day)); }

Day day_of(const std::string& device_time) {
    return attendance::decode_day(std::string_view(device_time).substr(0, day_length)).value_or(Day{});
}

// Punches of one PIN of one terminal that belong together.
struct Share {
    std::int64_t terminal_id = 0;
    std::string pin_key;
    Owner owner;
    std::int64_t punches = 0;
    Day first{};  // of them
    // How many on each day, where the PIN is not one person's of one unit all month.
    std::map<Day, std::int64_t> by_day{};
};

std::optional<Day> first_day_of(const std::vector<Share>& shares) {
    std::optional<Day> first;
    for (const Share& share : shares) first = std::min(first.value_or(share.first), share.first);
    return first;
}

std::vector<Share> share_out(storage::MonthRepository& stored, const Whose& whose, const TerminalFacts& terminal,
                             const std::string& from, const std::string& to) {
    std::vector<Share> shares;
    for (auto& group : stored.count_by_pin(terminal.id, from, to)) {
        if (whose.is_steady(terminal.serial, group.pin_key)) {
            const Day first = day_of(group.first);
            Owner owner = whose.of(terminal.serial, group.pin_key, first);
            shares.push_back({terminal.id, std::move(group.pin_key), std::move(owner), group.punches, first});
            continue;
        }
        std::vector<Share> parts;
        for (const auto& time : stored.list_times(terminal.id, group.pin_key, from, to)) {
            const Day day = day_of(time);
            const Owner owner = whose.of(terminal.serial, group.pin_key, day);
            auto part =
                std::find_if(parts.begin(), parts.end(), [&](const Share& known) { return known.owner == owner; });
            if (part == parts.end()) part = parts.insert(parts.end(), Share{terminal.id, group.pin_key, owner, 0, day});
            ++part->punches;
            ++part->by_day[day];
        }
        shares.insert(shares.end(), parts.begin(), parts.end());
    }
    return shares;
}

// `first`: the day of its first punch in the month, if it has one.
void judge(TerminalLine& line, std::vector<storage::CompletenessRow> rows, const Question& question, Day today,
           std::optional<Day> first, bool is_by_file) {
    Day from = question.month.first();
    if (line.terminal.in_service) from = std::max(from, *line.terminal.in_service);
    if (first) from = std::min(from, *first);
    const auto judged = talk::judged_days(std::move(rows), from, question.month.after() - days(1), today);
    const talk::Summary summary = talk::summarise(judged, today);
    line.result = judged.empty() ? "not_in_service" : summary.result;
    line.difference = summary.difference;
    line.unknown_days = summary.unknown_days;
    // A file holds the whole log; one that was brought after the month is all there will ever be of it.
    const bool speaks = line.terminal.pushes || !line.last_pull.empty();
    if (!speaks && is_by_file) {
        line.result = "by_file";
        line.unknown_days = 0;
    }
}

bool is_recent(const std::string& at, Instant now) {
    const auto instant = decode_utc(at);
    return instant && now - *instant <= weekly_duty;
}

std::map<std::string, TerminalLine> terminal_lines(storage::Database& database, const Question& question,
                                                   std::unordered_map<std::int64_t, Files>& files) {
    std::unordered_map<std::int64_t, std::string> pulls;
    for (auto& latest : storage::PullRepository(database).load_latest()) {
        pulls[latest.terminal_id] = std::move(latest.last_success);
    }
    auto rejects = rejects_of(database, question);
    std::map<std::string, TerminalLine> lines;
    for (const auto& terminal : question.terminals) {
        TerminalLine line;
        line.terminal = terminal;
        line.last_pull = pulls[terminal.id];
        line.last_upload = files[terminal.id].last;
        line.waiting_uploads = files[terminal.id].waiting;
        line.rejects = rejects[terminal.id];
        line.duty_open = !is_recent(line.last_pull, question.now) && !files[terminal.id].fulfils_duty &&
                         !is_recent(terminal.last_push, question.now);
        lines.emplace(terminal.serial, std::move(line));
    }
    return lines;
}

using Comparisons = std::unordered_map<std::int64_t, std::vector<storage::CompletenessRow>>;

Comparisons comparisons_of(storage::Database& database, attendance::Month month) {
    Comparisons compared;
    for (auto& row : storage::CompletenessRepository(database).list_of_all(
             attendance::format_day(month.first()), attendance::format_day(month.after() - days(1)))) {
        const auto id = row.terminal_id;
        compared[id].push_back(std::move(row));
    }
    return compared;
}

std::string say(const TerminalLine& line) {
    if (line.result == "short") return fmt::format("short ({})", line.difference);
    if (line.result == "unknown") return fmt::format("unknown on {} days", line.unknown_days);
    return line.result;
}

std::string label(const TerminalFacts& terminal) {
    return terminal.name.empty() ? terminal.serial : fmt::format("{} ({})", terminal.name, terminal.serial);
}

void list_missing(UnitLine& unit, const std::map<std::string, TerminalLine>& terminals) {
    auto add = [&](const char* what, const std::string& terminal, std::int64_t number, std::string sentence) {
        unit.missing.push_back({what, terminal, number, std::move(sentence)});
    };
    for (const auto& serial : unit.terminals) {
        const TerminalLine& line = terminals.at(serial);
        const auto name = label(line.terminal);
        if (line.result == "short" || line.result == "unknown") {
            add("terminal_incomplete", serial, line.result == "short" ? line.difference : line.unknown_days,
                fmt::format("{}: {}", name, say(line)));
        }
        if (line.waiting_uploads > 0) {
            add("waiting_uploads", serial, line.waiting_uploads,
                fmt::format(
                    "{} of {} for a second person",
                    line.waiting_uploads == 1 ? std::string("1 file") : fmt::format("{} files", line.waiting_uploads),
                    name + (line.waiting_uploads == 1 ? " waits" : " wait")));
        }
        if (line.duty_open) {
            add("weekly_duty", serial, 0,
                fmt::format("{} has not been pulled, brought or heard for more than 7 days", name));
        }
    }
    if (unit.unmatched_pins > 0) {
        add("unmatched_pins", "", unit.unmatched_pins,
            fmt::format("{} PINs at its terminals are nobody's", unit.unmatched_pins));
    }
    if (unit.rejects > 0) {
        add("rejects", "", unit.rejects, fmt::format("{} lines could not be read", unit.rejects));
    }
    if (unit.exceptions > 0) {
        add("exceptions", "", unit.exceptions, fmt::format("{} punches wait for review", unit.exceptions));
    }
    if (unit.people_without_punch > 0) {
        add("people_without_punch", "", unit.people_without_punch,
            fmt::format("{} people have no punch in this month", unit.people_without_punch));
    }
}

bool submits(const attendance::Unit& unit, attendance::Month month) {
    return unit.parent.empty() && unit.valid.overlaps({month.first(), month.after()});
}

// Terminal, PIN key, person, and the day where the PIN is not one person's of one unit all month. What is stored stays,
// and on one day a PIN of a terminal is one person's: of one key equal counts are equal punches.
using Key = std::tuple<std::int64_t, std::string, std::int64_t, Day>;
using Counts = std::map<Key, std::int64_t>;

void count(Counts& counts, const Share& share) {
    if (share.by_day.empty()) counts[{share.terminal_id, share.pin_key, share.owner.person, Day{}}] += share.punches;
    for (const auto& [day, punches] : share.by_day) {
        counts[{share.terminal_id, share.pin_key, share.owner.person, day}] += punches;
    }
}

using TerminalsById = std::unordered_map<std::int64_t, const TerminalFacts*>;

// Of each frozen period of the month, by its id.
std::unordered_map<std::int64_t, Counts> count_frozen(storage::PeriodRepository& periods, const Question& question,
                                                      const Whose& whose, const TerminalsById& terminals) {
    std::unordered_map<std::int64_t, Counts> frozen;
    for (const auto& group : periods.list_frozen_groups(question.month.name())) {
        Counts& counts = frozen[group.period_id];
        const auto terminal = terminals.find(group.terminal_id);
        if (terminal == terminals.end() || whose.is_steady(terminal->second->serial, group.pin_key)) {
            counts[{group.terminal_id, group.pin_key, group.person_id, Day{}}] += group.punches;
            continue;
        }
        for (const auto& time : periods.list_frozen_times(group)) {
            ++counts[{group.terminal_id, group.pin_key, group.person_id, day_of(time)}];
        }
    }
    return frozen;
}

}  // namespace

void sort_by_place(std::vector<UnitPunch>& punches) {
    std::sort(punches.begin(), punches.end(), [](const UnitPunch& a, const UnitPunch& b) {
        return std::tie(a.punch.row.serial, a.punch.row.device_time, a.punch.pin_key) <
               std::tie(b.punch.row.serial, b.punch.row.device_time, b.punch.pin_key);
    });
}

Instant utc_of(const Question& question, Day day) { return Instant(Zone(question.zone).to_utc(DeviceTime(day))); }

Day today_of(const Question& question) { return std::chrono::floor<days>(local_at(Zone(question.zone), question.now)); }

std::vector<TerminalFacts> terminal_facts(const TerminalRegistry& registry) {
    std::vector<TerminalFacts> list;
    for (const Terminal* terminal : registry.all()) {
        if (terminal->row.id == 0 || terminal->row.state == storage::TerminalState::seen) continue;
        TerminalFacts facts;
        facts.id = terminal->row.id;
        facts.serial = terminal->row.serial;
        facts.name = terminal->row.name;
        facts.unit = terminal->row.unit;
        facts.apel = terminal->role == config::TerminalRole::apel;
        facts.pushes = terminal->last_push.has_value();
        if (terminal->last_push) facts.last_push = format_utc(*terminal->last_push);
        if (terminal->online_since) facts.online_since = format_utc(*terminal->online_since);
        auto since = decode_utc(terminal->row.first_seen);
        if (!since) since = decode_utc(terminal->row.added_at);
        if (since) facts.in_service = std::chrono::floor<days>(local_at(terminal->zone, *since));
        list.push_back(std::move(facts));
    }
    return list;
}

std::optional<storage::ExtensionRow> extension_of(const std::vector<storage::ExtensionRow>& extensions,
                                                  const std::string& unit) {
    std::optional<storage::ExtensionRow> latest;
    for (const auto& row : extensions) {
        if (row.unit.empty() || row.unit == unit) latest = row;
    }
    return latest;
}

std::optional<Day> extended_until(const std::optional<storage::ExtensionRow>& extension) {
    return extension && extension->granted ? attendance::decode_day(extension->until) : std::nullopt;
}

Board make_board(storage::Database& database, const Question& question) {
    const attendance::Directory& directory = *question.directory;
    Board board;
    board.month = question.month;
    board.window = attendance::submit_window(question.month, directory, question.enough_working_days);
    board.today = today_of(question);
    storage::PeriodRepository periods(database);
    const auto extensions = periods.list_extensions(question.month.name());
    board.extension = extension_of(extensions, "");
    auto files = files_of(database, question);
    board.terminals = terminal_lines(database, question, files);

    std::map<std::string, UnitLine> units;
    const Day last = question.month.after() - days(1);
    const Whose whose(directory, question.month);
    for (const auto& unit : directory.facts().units) {
        if (!submits(unit, question.month)) continue;
        UnitLine line;
        line.code = unit.code;
        line.name = unit.name;
        line.period.month = question.month.name();
        line.period.unit = unit.code;
        line.extension = extension_of(extensions, unit.code);
        line.working_days_left =
            attendance::working_days_left(board.window, extended_until(line.extension), board.today, directory);
        units.emplace(unit.code, std::move(line));
    }
    for (auto& row : periods.list(question.month.name())) {
        const auto unit = units.find(row.unit);
        if (unit == units.end()) continue;
        unit->second.moment = periods.find_moment(row.id);
        unit->second.period = std::move(row);
    }

    // Whose people they are, and at which terminals they should be.
    std::map<std::string, std::set<std::int64_t>> people_of_unit;
    std::map<std::string, std::set<std::string>> apel_of_unit;
    for (const auto& stay : whose.stays()) {
        if (!units.contains(stay.unit)) continue;
        people_of_unit[stay.unit].insert(stay.membership->person);
        for (auto& serial : directory.apel_terminals(stay.membership->unit, stay.membership->group, stay.day)) {
            apel_of_unit[stay.unit].insert(std::move(serial));
        }
    }

    // The punches, shared out.
    storage::MonthRepository stored(database);
    const std::string from = begin_of(question.month.first());
    const std::string to = begin_of(question.month.after());
    Comparisons compared = comparisons_of(database, question.month);
    std::unordered_map<std::string, Counts> now;
    std::set<std::int64_t> present;
    for (const auto& terminal : question.terminals) {
        TerminalLine& line = board.terminals.at(terminal.serial);
        const auto shares = share_out(stored, whose, terminal, from, to);
        judge(line, std::move(compared[terminal.id]), question, board.today, first_day_of(shares),
              files[terminal.id].holds_month);
        for (const auto& share : shares) {
            line.punches += share.punches;
            if (share.owner.person == 0) {
                ++line.unmatched_pins;
                if (terminal.apel) board.punches_of_nobody += share.punches;
            } else {
                present.insert(share.owner.person);
            }
            const auto unit = units.find(share.owner.unit);
            if (unit == units.end()) continue;
            unit->second.punches += share.punches;
            if (share.owner.person == 0) ++unit->second.unmatched_pins;
            if (unit->second.period.state == "frozen") count(now[share.owner.unit], share);
        }
    }
    for (const auto& [code, people] : people_of_unit) {
        UnitLine& unit = units.at(code);
        unit.people = static_cast<std::int64_t>(people.size());
        unit.people_without_punch =
            std::count_if(people.begin(), people.end(), [&](const auto person) { return !present.contains(person); });
    }
    TerminalsById terminals;
    for (const auto& terminal : question.terminals) terminals.emplace(terminal.id, &terminal);
    for (const auto& exception : stored.list_exceptions(from, to)) {
        const auto terminal = terminals.find(exception.terminal_id);
        if (terminal == terminals.end()) continue;
        const auto unit =
            units.find(whose.of(terminal->second->serial, exception.pin_key, day_of(exception.device_time)).unit);
        if (unit != units.end()) ++unit->second.exceptions;
    }
    auto frozen = count_frozen(periods, question, whose, terminals);

    for (auto& [code, unit] : units) {
        for (const auto& [serial, line] : board.terminals) {
            if (line.terminal.apel || whose.submitter(line.terminal.unit, last) != code) continue;
            unit.terminals.push_back(serial);
            unit.rejects += line.rejects;
            unit.duty_open = unit.duty_open || line.duty_open;
        }
        for (const auto& serial : apel_of_unit[code]) {
            if (board.terminals.contains(serial)) unit.terminals.push_back(serial);
        }
        if (unit.period.state == "frozen") {
            if (frozen[unit.period.id] != now[code]) {
                unit.amendments = static_cast<std::int64_t>(
                    amendments_of(frozen_punches(database, unit.period.id), punches_of_unit(database, question, code))
                        .size());
            }
        }
        list_missing(unit, board.terminals);
        board.units.push_back(std::move(unit));
    }
    return board;
}

std::vector<UnitPunch> punches_of_unit(storage::Database& database, const Question& question, const std::string& unit) {
    const Whose whose(*question.directory, question.month);
    storage::MonthRepository stored(database);
    const std::string from = begin_of(question.month.first());
    const std::string to = begin_of(question.month.after());
    std::vector<UnitPunch> punches;
    for (const auto& terminal : question.terminals) {
        const auto shares = share_out(stored, whose, terminal, from, to);
        const bool has_some =
            std::any_of(shares.begin(), shares.end(), [&](const Share& share) { return share.owner.unit == unit; });
        if (!has_some) continue;
        for (auto& punch : stored.list(terminal.id, from, to)) {
            const Owner owner = whose.of(terminal.serial, punch.pin_key, day_of(punch.row.device_time));
            if (owner.unit == unit) punches.push_back({std::move(punch), owner.person});
        }
    }
    sort_by_place(punches);
    return punches;
}

std::vector<UnitPunch> frozen_punches(storage::Database& database, std::int64_t period_id) {
    const auto frozen = storage::PeriodRepository(database).list_frozen(period_id);
    auto rows = storage::MonthRepository(database).list_frozen(period_id);
    std::vector<UnitPunch> punches;
    punches.reserve(rows.size());
    // Both by punch id.
    for (std::size_t i = 0; i < rows.size() && i < frozen.size(); ++i) {
        punches.push_back({std::move(rows[i]), frozen[i].person_id});
    }
    sort_by_place(punches);
    return punches;
}

std::string digest_of(const std::vector<UnitPunch>& punches, const attendance::Directory& directory) {
    std::vector<std::string> lines;
    lines.reserve(punches.size());
    for (const auto& [punch, id] : punches) {
        const auto* person = id == 0 ? nullptr : directory.find_person(id);
        lines.push_back(fmt::format("{}\t{}\t{}\t{}\n", punch.row.serial, punch.row.device_time, punch.pin_key,
                                    person == nullptr ? "-" : person->uuid));
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const auto& line : lines) all += line;
    return hex(sha256(all));
}

std::vector<Amendment> amendments_of(const std::vector<UnitPunch>& frozen, const std::vector<UnitPunch>& now) {
    std::unordered_map<std::int64_t, const UnitPunch*> before;
    for (const auto& punch : frozen) before.emplace(punch.punch.row.id, &punch);
    std::vector<Amendment> amendments;
    for (const auto& punch : now) {
        const auto was = before.find(punch.punch.row.id);
        if (was == before.end()) {
            amendments.push_back({"added", punch, 0});
            continue;
        }
        if (was->second->person != punch.person) amendments.push_back({"reassigned", punch, was->second->person});
        before.erase(was);
    }
    for (const auto& punch : frozen) {
        if (before.contains(punch.punch.row.id)) amendments.push_back({"removed", punch, punch.person});
    }
    return amendments;
}

}  // namespace presensi::period
