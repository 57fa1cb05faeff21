#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <memory>

#include "attendance/directory.hpp"
#include "daemon/period/board.hpp"
#include "tests/convergence/comparisons.hpp"

namespace presensi::convergence {

namespace {

constexpr const char* owner_of_terminal = "dinas-a";
constexpr const char* other_unit = "dinas-b";

attendance::Unit unit_of(const char* code) {
    attendance::Unit unit;
    unit.code = unit.name = code;
    unit.kind = "dinas";
    return unit;
}

// The first terminal is one unit's own, the other is of the apel. One PIN in five is nobody's; one in five changes
// hands on the 16th; one in five is its holder's on the first terminal alone.
attendance::Facts facts_of(const Place& place) {
    attendance::Facts facts;
    facts.units = {unit_of(owner_of_terminal), unit_of(other_unit)};
    facts.terminals = {{place.serials[0], "own", owner_of_terminal, false, false, false},
                       {place.serials[1], "apel", "", true, true, false}};
    const auto join = [&](const char* unit) {
        const auto id = static_cast<std::int64_t>(facts.people.size()) + 1;
        facts.people.push_back({id, fmt::format("person-{}", id), "", "", attendance::PersonKind::pns});
        facts.memberships.push_back({id, unit, attendance::EchelonGroup::staff, "", "", {}});
        return id;
    };
    std::size_t number = 0;
    for (const std::string_view key : pin_keys()) {
        const bool even = number % 2 == 0;
        const std::string pin(key);
        const attendance::Day change{std::chrono::year{2026} / 11 / 16};
        switch (number++ % 5) {
            case 0:
                join(other_unit);  // without a PIN
                break;
            case 1:
                facts.pins.push_back({join(owner_of_terminal), "", pin, {{}, change}});
                facts.pins.push_back({join(other_unit), "", pin, {change, {}}});
                break;
            case 2:
                facts.pins.push_back({join(other_unit), place.serials[0], pin, {}});
                break;
            default:
                facts.pins.push_back({join(even ? owner_of_terminal : other_unit), "", pin, {}});
        }
    }
    return facts;
}

period::Question question_of(const Place& place) {
    using namespace std::chrono_literals;
    period::Question question;
    question.directory = std::make_shared<const attendance::Directory>(facts_of(place));
    question.month = attendance::Month(std::chrono::year(2026) / 11);
    question.now = std::chrono::sys_days(std::chrono::year(2026) / 12 / 3) + 2h;
    question.zone = "Asia/Makassar";
    for (std::size_t i = 0; i < place.terminals.size(); ++i) {
        period::TerminalFacts facts;
        facts.id = place.terminals[i];
        facts.serial = place.serials[i];
        facts.apel = i == 1;
        if (!facts.apel) facts.unit = owner_of_terminal;
        question.terminals.push_back(facts);
    }
    return question;
}

}  // namespace

std::string board_of(storage::Database& database, const Place& place) {
    const period::Question question = question_of(place);
    const period::Board board = period::make_board(database, question);
    std::string text;
    for (std::size_t i = 0; i < place.serials.size(); ++i) {
        const auto& line = board.terminals.at(place.serials[i]);
        text += fmt::format("{}: {}, {} off, {} days unknown, {} punches, {} PINs of nobody\n", i, line.result,
                            line.difference, line.unknown_days, line.punches, line.unmatched_pins);
    }
    for (const auto& unit : board.units) {
        text +=
            fmt::format("{}: {} people, {} without punch, {} punches, {} PINs of nobody, {} amendments\n", unit.code,
                        unit.people, unit.people_without_punch, unit.punches, unit.unmatched_pins, unit.amendments);
        // What a freeze would keep.
        for (const auto& [punch, person] : period::punches_of_unit(database, question, unit.code)) {
            text += fmt::format("{} {} {} {}\n", punch.row.serial == place.serials[0] ? 0 : 1, punch.row.device_time,
                                punch.pin_key, person);
        }
    }
    return text + fmt::format("{} punches of nobody\n", board.punches_of_nobody);
}

}  // namespace presensi::convergence
