#pragma once

#include <string>
#include <string_view>

namespace presensi::zk4370 {

// Texts are valid UTF-8 without control characters, at most 128 bytes: what a terminal says of itself is shown to
// people.
struct Option {
    std::string keyword;
    std::string value;  // may be empty
};

// The data of the answer to option(): "keyword=value" NUL. Cut at the first NUL, split at the first '=', trimmed; the
// NUL may be missing, and so may the value (protocol-4370 § 5.3).
Option decode_option(std::string_view data);

// The data of the answer to version(): "Ver 6.60 Jun 16 2015" (protocol-4370 § 5.3).
std::string decode_version(std::string_view data);

}  // namespace presensi::zk4370
