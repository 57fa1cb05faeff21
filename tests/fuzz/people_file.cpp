// A list of people that a unit brings: a line is taken whole or said to be wrong, and what is taken is what a store
// takes.

#include "attendance/people_file.hpp"

#include <algorithm>

#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::attendance;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

constexpr Day today{std::chrono::year{2026} / 11 / 27};

void check_line(const PersonLine& line) {
    require(!line.name.empty() && !line.unit.empty(), "a person has a name and a unit", {line.name, line.unit});
    for (const auto& text :
         {line.uuid, line.nip, line.name, line.unit, line.golongan.value_or(""), line.jabatan.value_or("")})
        require_stored_text(text, 200, "a cell is at most 200 bytes of text");
    require(line.nip.empty() == !line.nip_form, "a NIP has its form", {line.nip});
    require(line.nip.empty() || decode_nip(line.nip, today).problem.empty(), "a NIP is valid", {line.nip});
    for (const auto& pin : line.pins) {
        require(!pin.empty() && is_valid_pin(pin), "a PIN is one that stores take", {pin});
        require(pin.find_first_of(" \t") == pin.npos, "PINs are divided by blanks", {pin});
    }
}

void check_problems(const std::vector<LineProblem>& problems) {
    for (const auto& problem : problems) {
        require(!problem.sentence.empty(), "a problem is said");
        require(is_valid_utf8(problem.sentence) && is_valid_utf8(problem.column), "and is text", {problem.sentence});
    }
    require(
        std::is_sorted(problems.begin(), problems.end(), [](const auto& a, const auto& b) { return a.line < b.line; }),
        "problems stand in the order of their lines");
}

void check(std::string_view bytes) {
    const PeopleFile file = read_people_file(bytes, today);
    require(file.lines.size() <= file.count, "no more people than lines");
    std::size_t last = 0;
    for (const auto& line : file.lines) {
        require(line.line > last, "people stand in the order of their lines");
        last = line.line;
        check_line(line);
        require(std::none_of(file.problems.begin(), file.problems.end(),
                             [&](const LineProblem& problem) { return problem.line == line.line; }),
                "a line with a problem is not taken");
    }
    check_problems(file.problems);
    check_problems(file.warnings);
}

const fuzz::Property property("people_file", check);

}  // namespace
