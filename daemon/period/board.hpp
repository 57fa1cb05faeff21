#pragma once
// A month at a glance: per unit what is here, what is missing, and who has submitted.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attendance/month.hpp"
#include "daemon/clock.hpp"
#include "daemon/terminal_registry.hpp"
#include "storage/database.hpp"
#include "storage/month_repository.hpp"
#include "storage/period_repository.hpp"

namespace presensi::period {

// A terminal as the board needs it; copied on the I/O thread.
struct TerminalFacts {
    std::int64_t id = 0;
    std::string serial;
    std::string name;
    std::string unit;  // code; empty: none
    bool apel = false;
    bool pushes = false;                          // or did
    std::string last_push;                        // RFC 3339 UTC; empty: never
    std::string online_since;                     // of the contact that last_push belongs to; empty: unknown
    std::optional<attendance::Day> in_service{};  // first heard or added, of its wall clock; none: long ago
};

struct Question {
    attendance::DirectoryPtr directory;
    attendance::Month month;
    Instant now{};
    std::string zone;  // of the windows: settings.time_zone
    std::vector<TerminalFacts> terminals;
    int enough_working_days = 3;
};

attendance::Day today_of(const Question& question);             // in its zone
Instant utc_of(const Question& question, attendance::Day day);  // when it begins

// Of terminals that are approved or were; those without a row in the store are left out.
std::vector<TerminalFacts> terminal_facts(const TerminalRegistry& registry);

struct TerminalLine {
    TerminalFacts terminal;
    // complete, mended, short, unknown; by_file: its whole log came as a file after the month; not_in_service: it was
    // not yet known in that month.
    std::string result;
    std::int64_t difference = 0;
    std::int64_t unknown_days = 0;
    std::string last_pull;  // successful; RFC 3339 UTC; empty: never
    std::string last_upload;
    bool duty_open = false;  // none of these nor a push in the last seven days (ps. 3(d))
    std::int64_t punches = 0;
    std::int64_t rejects = 0;
    std::int64_t unmatched_pins = 0;
    std::int64_t waiting_uploads = 0;
};

// Something that a person should look at before submitting.
struct Missing {
    // terminal_incomplete, waiting_uploads, weekly_duty, unmatched_pins, rejects, exceptions, people_without_punch
    std::string what;
    std::string terminal;  // serial; empty: of the unit
    std::int64_t number = 0;
    std::string sentence;  // English
};

struct UnitLine {
    std::string code;
    std::string name;
    storage::PeriodRow period;
    std::string moment;  // of the last submission: early, in_time, late; empty: none
    std::optional<storage::ExtensionRow> extension;
    int working_days_left = 0;
    std::int64_t people = 0;  // whose month it submits on at least one day
    std::int64_t people_without_punch = 0;
    std::int64_t punches = 0;
    std::int64_t unmatched_pins = 0;  // at its own terminals
    std::int64_t rejects = 0;
    std::int64_t exceptions = 0;
    std::int64_t amendments = 0;         // of a frozen one
    std::vector<std::string> terminals;  // serials: its own, then the apel terminals of its people
    bool duty_open = false;              // of its own terminals
    std::vector<Missing> missing;
};

struct Board {
    attendance::Month month;
    attendance::SubmitWindow window;
    attendance::Day today{};
    std::optional<storage::ExtensionRow> extension;  // of all units
    std::vector<UnitLine> units;                     // by code
    std::map<std::string, TerminalLine> terminals;   // by serial
    std::int64_t punches_of_nobody = 0;              // without a person, at apel terminals
};

// Reads in slices of one terminal; on a storage thread. Throws storage::StoreUnavailable.
Board make_board(storage::Database& database, const Question& question);

// What is in force: the latest word for that unit or for all. Empty: for all.
std::optional<storage::ExtensionRow> extension_of(const std::vector<storage::ExtensionRow>& extensions,
                                                  const std::string& unit);
std::optional<attendance::Day> extended_until(const std::optional<storage::ExtensionRow>& extension);

// A punch of a unit's month.
struct UnitPunch {
    storage::MonthRepository::Punched punch;
    std::int64_t person = 0;  // 0: nobody's
};
// All of them, by serial, device time and PIN key.
std::vector<UnitPunch> punches_of_unit(storage::Database& database, const Question& question, const std::string& unit);
void sort_by_place(std::vector<UnitPunch>& punches);  // in that order
// Of a frozen one, as it was frozen; in the same order.
std::vector<UnitPunch> frozen_punches(storage::Database& database, std::int64_t period_id);

// SHA-256, hex, over a line "serial TAB device_time TAB pin_key TAB uuid LF" for each punch, in the order of bytes;
// "-" for nobody's.
std::string digest_of(const std::vector<UnitPunch>& punches, const attendance::Directory& directory);

struct Amendment {
    std::string kind;         // added, removed, reassigned
    UnitPunch punch;          // as it is now; of a removed one as it was
    std::int64_t before = 0;  // person, as it was frozen
};
// What a frozen month would have more, less or of another person today.
std::vector<Amendment> amendments_of(const std::vector<UnitPunch>& frozen, const std::vector<UnitPunch>& now);

}  // namespace presensi::period
