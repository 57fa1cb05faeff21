#pragma once
// All of it at once, to be asked: who punched, where were they expected, was it a working day. Immutable; made anew
// when something changed. Every answer is of the day it is asked about, so a recap follows the rules of its day.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attendance/records.hpp"

namespace presensi::attendance {

// What a directory is made of; any order.
struct Facts {
    std::vector<Unit> units;
    std::vector<TerminalPlace> terminals;
    std::vector<Assignment> assignments;
    std::vector<CalendarDay> calendar;
    std::vector<Event> events;
    std::vector<Person> people;
    std::vector<Membership> memberships;
    std::vector<PinAssignment> pins;
};

// Where somebody should punch at a moment.
struct Expected {
    std::vector<std::string> serials;  // sorted; empty: nobody knows a terminal for them
    const Event* event = nullptr;      // at an event; null: the own unit's
    // A Monday or Friday without event: the window of Perbup 32/2020 ps. 4(3) at the own unit, by assumption.
    bool assumed = false;
};

// When an apel or senam would be, on a Monday or Friday that has none (ps. 4(3)); the last minute belongs to it.
constexpr std::chrono::minutes assumed_opens{7 * 60};
constexpr std::chrono::minutes assumed_closes{8 * 60 + 30};
// Before and after an event both places are right for so long.
constexpr std::chrono::minutes event_margin{60};

class Directory {
public:
    explicit Directory(Facts facts);
    Directory(const Directory&) = delete;  // its references are into itself
    Directory& operator=(const Directory&) = delete;

    const Facts& facts() const { return facts_; }

    // Null: there is none. The references live as long as the directory.
    const Unit* find_unit(std::string_view code) const;
    const Unit* find_unit_by_name(std::string_view name_or_alias_or_code) const;  // ignoring case and doubled blanks
    const Person* find_person(std::int64_t id) const;
    const Person* find_person_by_uuid(std::string_view uuid) const;
    const Person* find_person_by_nip(std::string_view nip) const;

    // Whose PIN it is, on that terminal on that day; an assignment to the terminal goes before one for all terminals.
    // Two people's at once is nobody's: a punch is never counted for the wrong one.
    const Person* person_of(std::string_view serial, std::string_view pin_key, Day day) const;
    // Where they work on that day. After a merger the unit is the one merged into (unit_of()).
    const Membership* membership_of(std::int64_t person, Day day) const;
    // Code of the unit on that day, mergers followed; empty: none.
    std::string unit_of(std::int64_t person, Day day) const;
    std::string merged(std::string_view unit, Day day) const;  // the unit that this one has become by that day
    // Whose unit it is, itself and not one below it, on at least one of these days (to: not included), by name.
    std::vector<const Person*> people_of(std::string_view unit, Day from, Day to) const;
    std::vector<PinAssignment> pins_of(std::int64_t person) const;
    std::vector<const Membership*> memberships_of(std::int64_t person) const;  // by their beginning

    // Whether `unit` is `above` or below it in the tree, mergers of both followed. An empty code is within nothing.
    bool is_within(std::string_view unit, std::string_view above, Day day) const;
    // The same for rights: who looks after `above` does not look after all of what it merged into.
    bool is_looked_after(std::string_view unit, std::string_view above, Day day) const;

    bool is_working_day(Day day) const;                     // Monday to Friday and no holiday
    const CalendarDay* holiday_on(Day day) const;           // null: none
    std::vector<Day> working_days(Day from, Day to) const;  // to: not included

    // The event of that unit, or of one above it, whose window, widened by `margin` on both sides, holds that moment;
    // one that holds it without the margin goes before. Null: none.
    const Event* event_at(std::string_view unit, DeviceTime time, std::chrono::minutes margin = {}) const;
    std::vector<const Event*> events_on(Day day) const;  // by their beginning
    bool concerns(const Event& event, std::string_view unit) const;

    // At an event the apel terminals of their unit and echelon group, otherwise the own unit's. At an event for which
    // they have no apel terminal (requirements 1.8.3) the own unit's, too.
    Expected expected_terminals(std::int64_t person, DeviceTime time) const;
    // Both sorted, without retired ones: those for all units, and those of the unit and of what merged into it or, if
    // none of these serves any more, of the nearest unit above it that has one that does (ps. 8). A terminal that
    // stands in a unit is its daily one unless it is an apel terminal.
    std::vector<std::string> apel_terminals(std::string_view unit, EchelonGroup group, Day day) const;
    std::vector<std::string> daily_terminals(std::string_view unit, Day day) const;
    // By its role, or because it is assigned to anybody for apel on that day.
    bool is_apel_terminal(std::string_view serial, Day day) const;
    // Whether a punch there and then is where it should be. Within event_margin of an event both places are right, at
    // an event for which they have no apel terminal every apel terminal is, too; where nobody knows a terminal for
    // them, every place is. A terminal that is retired now was right while it served, beside those of
    // expected_terminals().
    bool is_expected(std::int64_t person, std::string_view serial, DeviceTime time) const;

private:
    using Group = std::optional<EchelonGroup>;  // none: of any
    // The unit on that day: itself, mergers followed, and all that merged into it.
    std::vector<std::string> parts_of(std::string_view unit, Day day) const;
    // As apel_terminals() and daily_terminals(), and retired ones of the units that were asked on the way.
    std::vector<std::string> terminals_for(std::string_view unit, bool apel, Group group, Day day) const;
    std::vector<std::string> without_retired(std::vector<std::string> serials) const;
    bool is_retired(std::string_view serial) const;
    bool serves_one(const std::vector<std::string>& serials) const;  // not all of them are retired
    bool is_or_is_below(std::string_view unit, std::string_view above, Day day) const;
    bool has_event_in(std::string_view unit, Day day, std::chrono::minutes from, std::chrono::minutes to) const;

    Facts facts_;
    std::unordered_map<std::string, const Unit*> units_;  // by code
    std::unordered_map<std::string, const Unit*> names_;  // by name and alias, folded
    std::unordered_map<std::int64_t, const Person*> people_;
    std::unordered_map<std::string, const Person*> uuids_;
    std::unordered_map<std::string, const Person*> nips_;
    std::unordered_map<std::string, std::vector<const PinAssignment*>> pins_;  // by PIN key
    std::unordered_map<std::int64_t, std::vector<const PinAssignment*>> pins_of_;
    std::unordered_map<std::int64_t, std::vector<const Membership*>> memberships_;
    std::unordered_map<std::string, std::vector<const Unit*>> merged_from_;           // by the code merged into
    std::unordered_map<std::string, std::vector<const Assignment*>> assignments_of_;  // by unit; "": all units
    std::unordered_map<std::string, const TerminalPlace*> terminals_;
    std::unordered_map<std::string, std::vector<const TerminalPlace*>> terminals_of_unit_;
    std::map<Day, std::vector<const Event*>> events_;  // by their beginning
    std::map<Day, const CalendarDay*> holidays_;
};

using DirectoryPtr = std::shared_ptr<const Directory>;

}  // namespace presensi::attendance
