#pragma once
// Finds the secrets in one piece of text: Key=Value, "Key":"Value", <Key>Value</Key> and what lies between.

#include <string>
#include <string_view>

#include "protocol/adms/secret_keys.hpp"

namespace presensi::adms {

inline constexpr std::string_view redacted = "<redacted>";

// `value` as it may be kept.
std::string masked(Secrecy secrecy, std::string_view value);

// Where a value that a piece of text leaves open goes on.
enum class Until {
    closed,       // it does not
    closer,       // up to `Open::closer`
    next_line,    // the whole next line with text
    next_record,  // up to a line that begins a new record
};

struct Open {
    Secrecy secrecy = Secrecy::none;
    Until until = Until::closed;
    std::string_view closer;  // of static storage
};

struct Piece {
    bool has_key = false;
    Secrecy last = Secrecy::none;  // of its last key
    Open open;
};

// How the piece was cut out of its line.
enum class Cut {
    at_tabs,  // a column: the value of Key=Value is all that follows
    whole     // a line without TABs: a value ends in front of the next " Key=", ",Key=", "&Key=" or ";Key="
};

// Appends `text` to `out` without its secrets. `photo_names`: a PIN is the name of a photo's file.
Piece redact_pairs(std::string_view text, Cut cut, bool photo_names, std::string& out);

// True if `text` has a key of its own: it is not the rest of the value before it, whose secrecy is `before`.
bool begins_value(std::string_view text, Secrecy before);

// The place at or after `from` where the next " Key=", ",Key=", "&Key=" or ";Key=" begins, or the end.
std::size_t end_of_value(std::string_view text, std::size_t from, Secrecy secrecy);

}  // namespace presensi::adms
