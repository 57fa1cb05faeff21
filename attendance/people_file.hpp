#pragma once
// The list of people that a unit brings, as CSV: each line looked at by itself. What the lines mean for those who are
// known already: people_plan.hpp.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attendance/line_problem.hpp"
#include "attendance/nip.hpp"
#include "attendance/records.hpp"

namespace presensi::attendance {

// An empty cell and a missing column say nothing.
struct PersonLine {
    std::size_t line = 0;
    std::string uuid;
    std::string nip;  // valid
    std::optional<NipForm> nip_form;
    std::string name;
    std::optional<PersonKind> kind;
    std::string unit;  // as it is written there
    std::optional<EchelonGroup> group;
    std::optional<std::string> golongan;
    std::optional<std::string> jabatan;
    std::vector<std::string> pins;  // valid
    std::optional<Day> from;
};

struct PeopleFile {
    std::vector<PersonLine> lines;  // without those that have a problem
    std::size_t count = 0;          // of all lines behind the header
    std::vector<LineProblem> problems;
    std::vector<LineProblem> warnings;
};

// Columns by their header, Indonesian or English: name and unit are needed; uuid, nip, kind, echelon, golongan,
// jabatan, pin (several with blanks between) and from may be there. `today` bounds what a NIP says.
PeopleFile read_people_file(std::string_view bytes, Day today);

// "III.a", "Eselon 3", "staf", "fungsional", "eselon_3".
std::optional<EchelonGroup> decode_echelon(std::string_view text);

}  // namespace presensi::attendance
