#include "protocol/adms/secret_keys.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>

namespace presensi::adms {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The key's letters and digits in lower case, without digits at the end. Only the end of a very long key counts.
class PlainKey {
public:
    explicit PlainKey(std::string_view key) {
        if (key.size() > letters_.size()) key.remove_prefix(key.size() - letters_.size());
        for (const char c : key) {
            const char small = lower(c);
            if ((small >= 'a' && small <= 'z') || is_digit(small)) letters_[size_++] = small;
        }
        while (size_ > 0 && is_digit(letters_[size_ - 1])) --size_;
    }

    bool is_any_of(std::initializer_list<std::string_view> words) const {
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text() == word; });
    }
    bool ends_with_any(std::initializer_list<std::string_view> ends) const {
        return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return text().ends_with(end); });
    }
    bool contains(std::string_view part) const { return text().find(part) != std::string_view::npos; }

private:
    std::string_view text() const { return {letters_.data(), size_}; }

    std::array<char, 64> letters_{};
    std::size_t size_ = 0;
};

}  // namespace

Secrecy secrecy_of(std::string_view key) {
    const PlainKey plain(key);
    if (plain.ends_with_any({"tmp", "template", "templatev", "fpimage"}) ||
        plain.is_any_of({"content", "photo", "additional"})) {
        return Secrecy::biometric;
    }
    // AuthKey stands beside CommKey in the option dumps of MB360 and F20; NFC is a card, psk and wpakey a network's.
    if (plain.contains("passw") ||
        plain.ends_with_any({"pwd", "card", "cardno", "cardnum", "cardnumber", "idnum", "snnum", "dnnum", "commkey",
                             "comkey", "authkey", "psk", "wpakey", "wepkey", "nfc"})) {
        return Secrecy::secret;
    }
    return Secrecy::none;
}

bool names_photo(std::string_view key) { return PlainKey(key).is_any_of({"pin", "filename"}); }

std::string_view photo_number(std::string_view name, bool any_name) {
    constexpr std::size_t year = 4;
    if (!any_name && (name.size() < year || !std::all_of(name.begin(), name.begin() + year, is_digit))) return {};
    std::size_t begin = 0;
    for (int dash = 0; dash < 3; ++dash) {
        begin = name.find('-', begin);
        if (begin == name.npos) return {};
        ++begin;
    }
    auto end = name.rfind('.');
    if (end == name.npos || end < begin) end = name.size();
    return name.substr(begin, end - begin);
}

}  // namespace presensi::adms
