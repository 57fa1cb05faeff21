#pragma once
// The month's report sheet of a unit (Perbup 32/2020 ps. 3(d): bahan laporan presensi SKPD), to be printed.

#include <string>
#include <vector>

#include "daemon/period/roll.hpp"
#include "daemon/web/language.hpp"

namespace presensi::web {

struct SheetDay {
    std::string number;  // 1–31
    std::string weekday_id;
    std::string weekday_en;
    bool working = false;
    std::string note;  // holiday or event
};

struct SheetCell {
    std::string in;  // 07:41; empty: no punch
    std::string out;
    std::string marks;  // T: another terminal than expected; !: waits for review
    bool working = false;
};

struct SheetPerson {
    std::int64_t id = 0;
    std::string name;
    std::string nip;
    std::string jabatan;
    std::vector<SheetCell> cells;  // of each day
    int days = 0;                  // with a punch
};

struct SheetException {
    std::string name;  // of the person; empty: nobody's
    std::string pin;
    std::string time;  // 2026-10-05 07:41:03
    std::string terminal;
    std::string why;  // wrong_terminal, or the grade
};

struct SheetData {
    std::string month;
    std::string unit;
    std::string state;  // open, submitted, returned, frozen
    std::string digest;
    std::string zone;
    std::string made_at;  // local time
    std::vector<SheetDay> days;
    std::vector<SheetPerson> people;  // by name
    std::vector<SheetException> exceptions;
    std::size_t more_exceptions = 0;  // beyond those
    std::size_t of_nobody = 0;        // punches without a person
};

// In is the first counted punch of a day, out the last one if it is another.
SheetData lay_out_sheet(const period::Question& question, const storage::PeriodRow& row,
                        const std::vector<period::UnitPunch>& punches, const period::Roll& roll);

// Escaped, no script.
std::string render_sheet(const SheetData& data, Language language);

}  // namespace presensi::web
