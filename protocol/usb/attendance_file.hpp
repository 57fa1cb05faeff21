#pragma once
// Files that people bring of a terminal (protocol-4370 § 8), recognised by their content alone.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/records.hpp"
#include "protocol/usb/written_time.hpp"

namespace presensi::usb {

enum class FileKind {
    attlog,              // "1_attlog.dat": PIN, time, terminal number, state, verify mode, work code (§ 8.1)
    attlog_as_pushed,    // the columns of a push upload: PIN, time, state, verify mode, work code
    general_log,         // AGL_001.TXT, GLG_001.TXT of other makes (§ 8.3)
    general_log_binary,  // AGL_001.DAT
    csv,                 // a table with a header, or whose columns somebody named
    users,               // user.dat: no punch, but who stands behind a PIN (§ 8.2)
};
std::string_view to_string(FileKind kind);

// Which column of a table is what: its name in the header, in any case, or its number from 1. Empty: nothing is said.
struct CsvColumns {
    std::string pin;
    std::string time;  // a date and a time, or with `date` the time of day alone
    std::string date;
    std::string state;
    std::string verify;
    std::string work_code;
    std::string terminal;  // serial number: rows of another terminal are not of this one

    bool any() const { return !(pin + time + date + state + verify + work_code + terminal).empty(); }
    bool operator==(const CsvColumns&) const = default;
};

// What whoever brings a file says of it.
struct Said {
    DateOrder date_order = DateOrder::by_the_file;
    CsvColumns columns{};  // any: it is a table, whatever it looks like
    std::string serial{};  // of the terminal that it is brought for; empty: of any
};

struct AttendanceFile {
    FileKind kind = FileKind::attlog;
    // What is kept of it: text as redacted UTF-8, a binary log as it is, of a table the columns that are read, redacted
    // user records. Decoded again, as `again` says, it is the same file with the same body.
    std::string body;
    Said again;
    std::vector<Punch> punches;
    std::vector<Reject> rejects;
    std::map<std::string, std::vector<Reject>> of_others;  // rows of a table whose column says so, by that serial
    std::vector<TerminalUser> users;                       // name hints, of a general log or of users
    std::vector<std::string> terminal_numbers;  // as its column says, the first few; several: files were joined
    bool cut = false;                           // its last line or record is not whole

    // The same in all of its lines; empty: it says nothing, or several.
    std::string terminal_number() const {
        return terminal_numbers.size() == 1 ? terminal_numbers.front() : std::string();
    }
};

// Of a file whose records are counted beyond this nothing is taken: no terminal holds so many.
inline constexpr std::size_t most_records = 1'000'000;

// For a person: a table without the names of its columns is read by its first row, and that is spoilt.
inline constexpr std::string_view first_row_hides =
    "The first line holds what looks like a password or a card, so nothing can be read by it, and the file has no line "
    "with the names of its columns. Export it with that line.";

void note_terminal_number(AttendanceFile& file, std::string_view number);

// Never fails for one line: what is no punch is a reject. The sentence says why nothing of it can be taken.
std::variant<AttendanceFile, std::string> decode_attendance_file(std::string_view bytes, std::size_t line_limit,
                                                                 const Said& said = {});

}  // namespace presensi::usb
