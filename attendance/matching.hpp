#pragma once
// Whose PIN might it be? Proposals with a score and its reasons, for a person to judge; nothing here assigns anything.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace presensi::attendance {

// A PIN without a person on one terminal: of its user list, or only of its punches.
struct UnknownPin {
    std::string serial;
    std::string pin;  // as the terminal writes it
    std::string pin_key;
    std::string name;  // as the terminal has it; empty: none
    // Whose people punch there: of terminals of one place a PIN without a name may be one with a name. The unit; of an
    // apel terminal, where several units punch, its serial.
    std::string place{};
};

// Somebody whose PIN it might be.
struct Somebody {
    std::int64_t person = 0;
    std::string name;
    std::string nip;                     // empty: none
    std::vector<std::string> terminals;  // serials where they are expected
    std::vector<std::string> pin_keys;   // that they have already
};

struct Candidate {
    std::int64_t person = 0;
    int score = 0;  // 0–100
    std::string reason;
};

// One PIN under one name, on the terminals that have it so.
struct Match {
    std::string pin;
    std::string pin_key;
    std::string name;                   // the longest of its spellings
    std::vector<std::string> serials;   // sorted
    bool shared = false;                // other terminals have this PIN under another name
    std::vector<Candidate> candidates;  // at most 5, best first
    bool proposed = false;              // the first of them stands out
};

// What two names have in common. `on_terminal` may be cut: terminals keep 8 or 24 bytes (protocol-4370 § 4.5).
struct Resemblance {
    int score = 0;  // 0: nothing that counts; equal names: 80
    std::string_view reason;
};
Resemblance compare_names(std::string_view on_terminal, std::string_view name);

// A score less than this is no proposal, nor is one that another candidate comes nearer to than this lead.
constexpr int least_score = 50;
constexpr int least_lead = 5;

// In the order of PIN keys and names. 10,000 PINs and 4,000 people are a matter of a moment.
std::vector<Match> match_pins(std::span<const UnknownPin> pins, std::span<const Somebody> people);

// Whether two terminals mean the same person by it, as far as names tell; a missing name says nothing.
bool may_be_one_name(std::string_view a, std::string_view b);

}  // namespace presensi::attendance
