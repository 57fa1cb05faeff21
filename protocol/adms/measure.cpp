#include "protocol/adms/measure.hpp"

#include <algorithm>

#include "protocol/sha256.hpp"

namespace presensi::adms {

namespace {

constexpr std::string_view middle = " bytes sha256:";
constexpr std::size_t digest_digits = 64;
constexpr std::size_t most_count_digits = 20;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

}  // namespace

std::string measured(std::string_view bytes) {
    if (is_measure(bytes)) return std::string(bytes);
    return "<" + std::to_string(bytes.size()).append(middle).append(hex(sha256(bytes))) + ">";
}

bool is_measure(std::string_view text) {
    if (text.empty()) return false;
    while (!text.empty()) {
        // "<" count middle digest ">"
        const auto count_end = std::min(text.find(' '), text.size());
        if (text.front() != '<' || count_end < 2 || count_end > 1 + most_count_digits) return false;
        const auto count = text.substr(1, count_end - 1);
        text.remove_prefix(count_end);
        if (!text.starts_with(middle) || text.size() < middle.size() + digest_digits + 1) return false;
        const auto digest = text.substr(middle.size(), digest_digits);
        text.remove_prefix(middle.size() + digest_digits);
        if (text.front() != '>' || !std::all_of(count.begin(), count.end(), is_digit) ||
            !std::all_of(digest.begin(), digest.end(), is_hex_digit)) {
            return false;
        }
        text.remove_prefix(1);
    }
    return true;
}

}  // namespace presensi::adms
