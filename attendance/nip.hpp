#pragma once
// NIP and NI PPPK (requirements 2.2): looked at, never repaired.

#include <optional>
#include <string>
#include <string_view>

#include "attendance/records.hpp"

namespace presensi::attendance {

// What the number says of itself. A PNS or CPNS has the month of their appointment in digits 13 and 14, a PPPK the code
// of their contract (seen as 21 and above; anything that is no month is taken for one).
enum class NipForm : std::uint8_t { pns, pppk };

struct Nip {
    NipForm form = NipForm::pns;
    Day birth{};
};

// Exactly one of the two is set: the number, or a sentence that says what is wrong with it and what to do. `today`
// bounds the dates in it.
struct NipOrProblem {
    std::optional<Nip> nip;
    std::string problem;
};
NipOrProblem decode_nip(std::string_view text, Day today);

// Whether a number of that form may belong to a person of that kind; a sentence if not.
std::optional<std::string> contradiction(NipForm form, PersonKind kind);

}  // namespace presensi::attendance
