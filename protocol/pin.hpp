#pragma once

#include <string>
#include <string_view>

namespace presensi {

// The form in which PINs are compared (architecture 3.1): without surrounding blanks and, if all digits, without
// leading zeros (one digit stays). "0042", " 42" and "000000042" are the same person; "A12" stays "A12".
std::string pin_key(std::string_view pin);

// What every store takes and shows: valid UTF-8 without control characters, at most 64 bytes. Nothing is valid, too.
bool is_valid_pin(std::string_view pin);

}  // namespace presensi
