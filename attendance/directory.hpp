#pragma once
// All of it at once, to be asked: who punched, where were they expected, was it a working day. Immutable; made anew
// when something changed. Every answer is of the day it is asked about, so a recap follows the rules of its day.

#include <memory>
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

class Directory {
public:
    explicit Directory(Facts facts);

    const Facts& facts() const { return facts_; }

    // Null: there is none. The references live as long as the directory.
    const Unit* find_unit(std::string_view code) const;
    const Unit* find_unit_by_name(std::string_view name_or_alias_or_code) const;  // ignoring case and doubled blanks
    const Person* find_person(std::int64_t id) const;
    const Person* find_person_by_uuid(std::string_view uuid) const;
    const Person* find_person_by_nip(std::string_view nip) const;

    // Whose PIN it is, on that terminal on that day; an assignment to the terminal goes before one for all terminals.
    const Person* person_of(std::string_view serial, std::string_view pin_key, Day day) const;
    // Where they work on that day. After a merger the unit is the one merged into (unit_of()).
    const Membership* membership_of(std::int64_t person, Day day) const;
    // Code of the unit on that day, mergers followed; empty: none.
    std::string unit_of(std::int64_t person, Day day) const;
    std::string merged(std::string_view unit, Day day) const;  // the unit that this one has become by that day
    // Whose unit it is on at least one of these days (to: not included), in the order of their names.
    std::vector<const Person*> people_of(std::string_view unit, Day from, Day to) const;
    std::vector<PinAssignment> pins_of(std::int64_t person) const;

    // Whether `unit` is `above` or below it in the tree, mergers followed.
    bool is_within(std::string_view unit, std::string_view above, Day day) const;

    bool is_working_day(Day day) const;                     // Monday to Friday and no holiday
    const CalendarDay* holiday_on(Day day) const;           // null: none
    std::vector<Day> working_days(Day from, Day to) const;  // to: not included

    // The event of that unit whose window, widened by `margin` on both sides, holds that moment; null: none.
    const Event* event_at(std::string_view unit, DeviceTime time, std::chrono::minutes margin = {}) const;
    std::vector<const Event*> events_on(Day day) const;

    // At an event the apel terminals of their unit and echelon group, otherwise the own unit's (or, if that has none,
    // those of the unit above it).
    Expected expected_terminals(std::int64_t person, DeviceTime time) const;
    std::vector<std::string> apel_terminals(std::string_view unit, EchelonGroup group, Day day) const;  // sorted
    std::vector<std::string> daily_terminals(std::string_view unit, Day day) const;                     // sorted
    // Whether a punch there and then is where it should be. In the hour before and after an event both places are
    // right; where nobody knows a terminal for them, every place is.
    bool is_expected(std::int64_t person, std::string_view serial, DeviceTime time) const;

private:
    Facts facts_;
    std::unordered_map<std::string, const Unit*> units_;  // by code
    std::unordered_map<std::string, const Unit*> names_;  // by name and alias, folded
    std::unordered_map<std::int64_t, const Person*> people_;
    std::unordered_map<std::string, const Person*> uuids_;
    std::unordered_map<std::string, const Person*> nips_;
    std::unordered_map<std::string, std::vector<const PinAssignment*>> pins_;  // by PIN key
    std::unordered_map<std::int64_t, std::vector<const Membership*>> memberships_;
    std::unordered_map<std::string, const TerminalPlace*> terminals_;
    std::unordered_map<std::string, std::vector<const TerminalPlace*>> terminals_of_unit_;
    std::unordered_map<long, std::vector<const Event*>> events_;          // by day
    std::unordered_map<long, std::vector<const CalendarDay*>> holidays_;  // by day
};

using DirectoryPtr = std::shared_ptr<const Directory>;

}  // namespace presensi::attendance
