#pragma once
// Who works where, which terminals are for whom, and when: dated data, never code (architecture 3.11). Plain values,
// standard library only. The same in the tables of migration "organisation".

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"

namespace presensi::attendance {

using Day = std::chrono::local_days;  // of the wall clock of the place

// From a day on; `to` is the first day on which it holds no more, none: it still does.
struct Span {
    Day from{};
    std::optional<Day> to{};
    bool holds(Day day) const { return from <= day && (!to || day < *to); }
    bool overlaps(const Span& other) const { return (!to || other.from < *to) && (!other.to || from < *other.to); }
    bool operator==(const Span&) const = default;
};

// Perbup Balangan 32/2020 ps. 6(4). A functional post counts as staff (requirements 1.8.10).
enum class EchelonGroup : std::uint8_t { eselon_2, eselon_3, eselon_4, staff };
enum class PersonKind : std::uint8_t { pns, cpns, pppk, none };
enum class EventKind : std::uint8_t { apel, senam, tausiyah, upacara };
enum class HolidayKind : std::uint8_t { national, collective_leave, local };  // collective_leave: cuti bersama

// The names used in tables, files and the API; nothing for a word that is none.
std::string_view to_string(EchelonGroup group);
std::string_view to_string(PersonKind kind);
std::string_view to_string(EventKind kind);
std::string_view to_string(HolidayKind kind);
std::optional<EchelonGroup> echelon_group(std::string_view name);
std::optional<PersonKind> person_kind(std::string_view name);
std::optional<EventKind> event_kind(std::string_view name);
std::optional<HolidayKind> holiday_kind(std::string_view name);

// As names are compared: small letters (ASCII), no blanks at the ends, others single.
std::string folded_name(std::string_view name);

// Days and times of day as tables, files and the API write them: 2026-11-23, 07:30; nothing for another form.
std::string format_day(Day day);
std::optional<Day> decode_day(std::string_view text);
std::string format_time_of_day(std::chrono::minutes time);
std::optional<std::chrono::minutes> decode_time_of_day(std::string_view text);  // 00:00–23:59

struct Unit {
    std::string code;  // small letters, digits, '-'
    std::string name;
    std::string kind;    // dinas, badan, kecamatan, kelurahan, upt, sekolah, rsud, puskesmas, sekretariat, bagian, …
    std::string parent;  // code; empty: none
    std::vector<std::string> aliases;
    Span valid;
    std::string merged_into;  // code; from valid.to on its people and its apel terminals are that one's too
    std::string source;       // legal basis
};

// A terminal as far as it matters here; of table terminal and the configuration.
struct TerminalPlace {
    std::string serial;
    std::string name;
    std::string unit;  // code of the unit it stands in; empty: none
    bool apel = false;
    bool portable = false;
    bool retired = false;
    bool operator==(const TerminalPlace&) const = default;
};

// Which terminal is for whom; many to many.
struct Assignment {
    std::string serial;
    std::string unit;                   // code; empty: all units
    std::optional<EchelonGroup> group;  // none: all
    bool apel = false;                  // at events; otherwise every day
    Span valid;
    std::string source;
};

struct CalendarDay {
    std::int64_t id = 0;
    Day day{};
    HolidayKind kind = HolidayKind::national;
    std::string name;
    std::string source;
};

struct Event {
    std::int64_t id = 0;
    EventKind kind = EventKind::apel;
    Day day{};
    std::chrono::minutes opens{};   // since midnight
    std::chrono::minutes closes{};  // that minute still belongs to it
    std::string place;
    std::vector<std::string> units;  // codes; empty: all
    std::string source;
};

struct Person {
    std::int64_t id = 0;
    std::string uuid;
    std::string nip;  // 18 digits; empty: none
    std::string name;
    PersonKind kind = PersonKind::none;
};

struct Membership {
    std::int64_t person = 0;  // id
    std::string unit;         // code
    EchelonGroup group = EchelonGroup::staff;
    std::string golongan;
    std::string jabatan;
    Span valid;
};

struct PinAssignment {
    std::int64_t person = 0;  // id
    std::string serial;       // empty: on all terminals
    std::string pin_key;
    Span valid;
};

}  // namespace presensi::attendance
