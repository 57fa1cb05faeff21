#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "attendance/directory.hpp"
#include "daemon/period/board.hpp"
#include "storage/period_repository.hpp"
#include "storage/person_repository.hpp"
#include "tests/convergence/comparisons.hpp"

namespace presensi::convergence {

namespace {

std::string owner_of_terminal(const Place& place) { return place.unit + "-a"; }
std::string other_unit(const Place& place) { return place.unit + "-b"; }

attendance::Unit unit_of(const std::string& code) {
    attendance::Unit unit;
    unit.code = unit.name = code;
    unit.kind = "dinas";
    return unit;
}

// As many people of the place's own as it needs, in the order of their making; what is frozen names them.
std::vector<std::int64_t> people_of(storage::Database& database, const Place& place, std::size_t wanted) {
    std::vector<std::int64_t> ids;
    std::vector<attendance::Person> missing;
    for (std::size_t i = 0; i < wanted; ++i) {
        attendance::Person person;
        person.uuid = fmt::format("{}-{}", place.unit, i);
        person.name = fmt::format("person-{}", i);
        const auto rows = database.query("SELECT id FROM person WHERE uuid = $1", {person.uuid});
        if (rows.empty()) {
            missing.push_back(std::move(person));
        } else {
            ids.push_back(rows.front().integer(0));
        }
    }
    if (!missing.empty()) ids = storage::PersonRepository(database).add(missing, "2026-11-01T00:00:00.000Z");
    return ids;
}

// The first terminal is one unit's own, the other is of the apel. One PIN in five is nobody's; one in five changes
// hands on that day; one in five is its holder's on the first terminal alone.
attendance::Facts facts_of(storage::Database& database, const Place& place, unsigned day_of_change) {
    const std::string owner = owner_of_terminal(place);
    const std::string other = other_unit(place);
    attendance::Facts facts;
    facts.units = {unit_of(owner), unit_of(other)};
    facts.terminals = {{place.serials[0], "own", owner, false, false, false},
                       {place.serials[1], "apel", "", true, true, false}};
    const auto ids = people_of(database, place, 2 * pin_keys().size());
    const auto join = [&](const std::string& unit) {
        const auto number = facts.people.size();
        facts.people.push_back({ids.at(number), fmt::format("person-{}", number), "", "", attendance::PersonKind::pns});
        facts.memberships.push_back({ids.at(number), unit, attendance::EchelonGroup::staff, "", "", {}});
        return ids.at(number);
    };
    std::size_t number = 0;
    for (const std::string_view key : pin_keys()) {
        const bool even = number % 2 == 0;
        const std::string pin(key);
        const attendance::Day change{std::chrono::year{2026} / std::chrono::November / std::chrono::day(day_of_change)};
        switch (number++ % 5) {
            case 0:
                join(other);  // without a PIN
                break;
            case 1:
                facts.pins.push_back({join(owner), "", pin, {{}, change}});
                facts.pins.push_back({join(other), "", pin, {change, {}}});
                break;
            case 2:
                facts.pins.push_back({join(other), place.serials[0], pin, {}});
                break;
            default:
                facts.pins.push_back({join(even ? owner : other), "", pin, {}});
        }
    }
    return facts;
}

period::Question question_of(storage::Database& database, const Place& place, unsigned day_of_change) {
    using namespace std::chrono_literals;
    period::Question question;
    question.directory = std::make_shared<const attendance::Directory>(facts_of(database, place, day_of_change));
    question.month = attendance::Month{std::chrono::year(2026) / std::chrono::November};
    question.now = std::chrono::sys_days(std::chrono::year(2026) / 12 / 3) + 2h;
    question.zone = "Asia/Makassar";
    for (std::size_t i = 0; i < place.terminals.size(); ++i) {
        period::TerminalFacts facts;
        facts.id = place.terminals[i];
        facts.serial = place.serials[i];
        facts.apel = i == 1;
        if (!facts.apel) facts.unit = owner_of_terminal(place);
        question.terminals.push_back(facts);
    }
    return question;
}

// As a super-admin does; once.
void freeze(storage::Database& database, const period::Question& question, const std::string& unit) {
    storage::PeriodRepository periods(database);
    storage::PeriodRow row = periods.find(question.month.name(), unit);
    if (row.state == "frozen") return;
    std::vector<storage::FrozenPunch> frozen;
    for (const auto& punch : period::punches_of_unit(database, question, unit)) {
        frozen.push_back({punch.punch.row.id, punch.person});
    }
    storage::PeriodStep step;
    step.at = "2026-12-03T02:00:00.000Z";
    step.actor = "account:uji";
    step.step = "freeze";
    step.moment = "in_time";
    step.detail = "{}";
    database.transaction([&] {
        periods.move(row, "frozen", step);
        periods.add_frozen(row.id, frozen);
    });
}

// What a person reads before submitting, as far as it is of punches and people alone.
std::string missing_of(const period::UnitLine& unit) {
    std::string text;
    for (const auto& missing : unit.missing) {
        if (missing.what == "unmatched_pins" || missing.what == "people_without_punch" || missing.what == "rejects") {
            text += missing.sentence + "\n";
        }
    }
    return text;
}

std::string lines_of(const period::Board& board) {
    std::string text;
    for (const auto& unit : board.units) {
        text += fmt::format("{} people, {} without punch, {} punches, {} PINs of nobody, {} rejects, {} amendments\n",
                            unit.people, unit.people_without_punch, unit.punches, unit.unmatched_pins, unit.rejects,
                            unit.amendments);
        text += missing_of(unit);
    }
    return text;
}

}  // namespace

std::string board_of(storage::Database& database, const Place& place) {
    constexpr unsigned change = 16;
    const period::Question question = question_of(database, place, change);
    for (const auto& unit : question.directory->facts().units) freeze(database, question, unit.code);
    const period::Board board = period::make_board(database, question);
    std::string text;
    for (std::size_t i = 0; i < place.serials.size(); ++i) {
        const auto& line = board.terminals.at(place.serials[i]);
        text += fmt::format("{}: {}, {} off, {} days unknown, {} punches, {} PINs of nobody\n", i, line.result,
                            line.difference, line.unknown_days, line.punches, line.unmatched_pins);
    }
    text += lines_of(board);
    // Had the PINs changed hands a week before, the frozen months would be other ones; by the count and by the list.
    const period::Question later = question_of(database, place, change - 7);
    const period::Board changed = period::make_board(database, later);
    text += "later:\n" + lines_of(changed);
    for (const auto& unit : changed.units) {
        const auto frozen = period::frozen_punches(database, unit.period.id);
        const auto amendments = period::amendments_of(frozen, period::punches_of_unit(database, later, unit.code));
        if (amendments.size() != static_cast<std::size_t>(unit.amendments)) text += "the board counts others\n";
        std::vector<std::string> lines;
        for (const auto& amendment : amendments) {
            const auto& punch = amendment.punch.punch;
            lines.push_back(fmt::format("{} {} {} {}\n", amendment.kind, punch.row.serial == place.serials[0] ? 0 : 1,
                                        punch.row.device_time, punch.pin_key));
        }
        std::sort(lines.begin(), lines.end());
        for (const auto& line : lines) text += line;
        // What was frozen, and whose it was.
        const auto& people = later.directory->facts().people;
        for (const auto& [punch, person] : frozen) {
            const auto found =
                std::find_if(people.begin(), people.end(), [id = person](const auto& one) { return one.id == id; });
            text += fmt::format("{} {} {} {}\n", punch.row.serial == place.serials[0] ? 0 : 1, punch.row.device_time,
                                punch.pin_key, found == people.end() ? -1 : found - people.begin());
        }
    }
    return text + fmt::format("{} punches of nobody\n", board.punches_of_nobody);
}

}  // namespace presensi::convergence
