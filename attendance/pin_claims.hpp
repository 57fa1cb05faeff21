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

// By PIN key: which terminals have it in their user lists, under which name.
struct NameOnTerminal {
    std::string serial;
    std::string name;
};
using NamesOfPins = std::unordered_map<std::string, std::vector<NameOnTerminal>>;

struct PinWish {
    std::int64_t person = 0;  // somebody not recorded yet: any number that is no id
    std::string name;
    std::string pin;                   // valid
    std::vector<std::string> serials;  // empty: on all terminals
    Day from{};
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
        std::string warning;           // a sentence, beside the claims
        std::vector<PinClaim> claims;  // none: it is theirs already
    };
    Answer ask(const PinWish& wish) const;
    // From now on these count, too.
    void keep(const std::vector<PinClaim>& claims);

private:
    Answer ask_one(const PinWish& wish, const std::string& serial, const std::string& key) const;
    void look_at_terminals(const PinWish& wish, const std::string& key, Answer& answer) const;
    std::string describe(std::int64_t person, Day day) const;

    const Directory& directory_;
    const Reach& reach_;
    const NamesOfPins& names_;
    std::unordered_map<std::string, std::vector<PinAssignment>> held_;  // by PIN key
};

}  // namespace presensi::attendance
