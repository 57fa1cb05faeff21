#include "protocol/pin.hpp"

#include <algorithm>

#include "protocol/text_fields.hpp"

namespace presensi {

std::string pin_key(std::string_view pin) {
    std::string_view key = trim_blanks(pin);
    const bool all_digits = std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (all_digits) {
        while (key.size() > 1 && key.front() == '0') key.remove_prefix(1);
    }
    return std::string(key);
}

}  // namespace presensi
