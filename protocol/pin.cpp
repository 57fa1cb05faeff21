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

// What to_stored_text would have to escape is not text.
bool is_valid_pin(std::string_view pin) {
    constexpr std::size_t longest = 64;
    const bool is_ascii = std::all_of(pin.begin(), pin.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    return pin.size() <= longest && (is_ascii || (is_valid_utf8(pin) && to_stored_text(pin) == pin));
}

}  // namespace presensi
