#pragma once
// May this PIN be theirs? Asked of what is recorded and of what was claimed before in the same file.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attendance/directory.hpp"
#include "attendance/reach.hpp"

namespace presensi::attendance {

// By PIN key: which terminals have it in their user lists, under which name, or in their punches.
struct NameOnTerminal {
    std::string serial;
    std::string name;  // empty: it has none there, or has only punched
};
using NamesOfPins = std::unordered_map<std::string, std::vector<NameOnTerminal>>;

struct PinWish {
    std::int64_t person = 0;  // somebody not recorded yet: any number that is no id
    std::string name;
    std::string pin;                   // valid
    std::vector<std::string> serials;  // empty: on all terminals
    Day from{};
    std::string unit{};  // where they are to work from then on; empty: where they are recorded
    EchelonGroup group = EchelonGroup::staff;
};

// One row to be recorded.
struct PinClaim {
    std::int64_t person = 0;
    std::string serial;  // empty: on all terminals
    std::string pin;
    Span valid;
};

class PinClaims {
public:
    // All of them outlive it.
    PinClaims(const Directory& directory, const Reach& reach, const NamesOfPins& names);

    struct Answer {
        std::string problem;           // a sentence; then there are no claims
        std::string warning;           // sentences, beside the claims
        std::vector<PinClaim> claims;  // none: it is theirs already
        void warn(const std::string& sentence) { warning += (warning.empty() ? "" : " ") + sentence; }
    };
    // On all terminals: unless a terminal has this PIN that is neither of `reach` nor needed by them. Then it is
    // claimed only where they look after it or need it, and the warning says where. A claim ends when they go to a unit
    // that is not of `reach`.
    Answer ask(const PinWish& wish) const;
    // From now on these count, too.
    void keep(const std::vector<PinClaim>& claims);

private:
    Answer ask_one(const PinWish& wish, const std::string& serial, const std::string& key) const;
    Answer ask_everywhere(const PinWish& wish, const std::string& key) const;
    Answer ask_where_theirs(const PinWish& wish, const std::string& key) const;
    // What it overrules that somebody has on all terminals; a problem for who does not reach everything.
    void look_at_all_terminals(const PinWish& wish, const std::string& key, Answer& answer) const;
    void look_at_names(const PinWish& wish, const std::string& key, Answer& answer) const;
    bool is_held_alone(const std::string& serial, const std::string& key, Day day) const;
    bool has_other_name(const PinWish& wish, const std::string& serial, const std::string& key) const;
    std::vector<std::string> needed(const PinWish& wish) const;
    std::string describe(const PinAssignment& pin, const PinWish& wish) const;
    std::string describe(std::int64_t person, Day day) const;

    const Directory& directory_;
    const Reach& reach_;
    const NamesOfPins& names_;
    std::unordered_map<std::string, std::vector<PinAssignment>> held_;  // by PIN key
};

}  // namespace presensi::attendance
