#pragma once
// Whose a punch is, and whose month it belongs to.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "attendance/month.hpp"

namespace presensi::period {

struct Owner {
    std::int64_t person = 0;  // 0: nobody's on that day
    std::string unit;         // code of the unit that submits it; empty: none does
    bool operator==(const Owner&) const = default;
};

// From this day of the month on a unit submits the month of somebody.
struct Stay {
    const attendance::Membership* membership = nullptr;  // lives as long as the directory
    attendance::Day day{};
    std::string unit;  // code of the unit that submits
};

// Of one month. Holds a reference to the directory.
class Whose {
public:
    Whose(const attendance::Directory& directory, attendance::Month month);

    // The person's unit on that day; without a person the unit in which the terminal stands, unless it is an apel
    // terminal.
    Owner of(std::string_view serial, std::string_view pin_key, attendance::Day day) const;
    // True if the whole month has the same answer.
    bool is_steady(std::string_view serial, std::string_view pin_key) const;

    // Of everybody, each membership split where its unit merges into one that another submits for.
    std::vector<Stay> stays() const;

    // The unit that submits for `unit` on that day: mergers followed, and up to the top of the tree. Empty: unknown.
    std::string submitter(std::string_view unit, attendance::Day day) const;

private:
    const attendance::Directory& directory_;
    attendance::Month month_;
    std::vector<attendance::Day> mergers_;  // in this month: units begin or end on these days
    std::unordered_set<std::string> changing_pins_;
    std::unordered_set<std::int64_t> changing_people_;
    std::unordered_map<std::string, const attendance::TerminalPlace*> terminals_;
};

}  // namespace presensi::period
