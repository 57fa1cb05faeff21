#pragma once
// Lembar Apel: who was at an event, on one page to be printed and signed.

#include <string>
#include <vector>

#include "daemon/period/event_roll.hpp"
#include "daemon/web/language.hpp"

namespace presensi::web {

struct RollSheet {
    const period::EventRoll& event_roll;
    std::vector<attendance::RollLine> lines;              // those that the viewer may see
    std::vector<const period::EventTerminal*> terminals;  // those that the viewer may see
    std::vector<const attendance::RollPerson*> people;    // to be named: who was not there in time; none: numbers alone
    std::string zone;
    std::string made_at;  // local time
};

// Escaped, no script.
std::string render_roll(const RollSheet& sheet, Language language);

}  // namespace presensi::web
