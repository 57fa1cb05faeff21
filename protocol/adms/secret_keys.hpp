#pragma once
// Which keys hold what we must not keep (protocol-adms § 3.4, Redaction).

#include <cstdint>
#include <string_view>

namespace presensi::adms {

enum class Secrecy : std::uint8_t {
    none,
    secret,     // password, card, identity number, shared key: becomes "<redacted>"
    biometric,  // template or photo: becomes its length and SHA-256
};

// Any case, with or without '_' and blanks inside and digits behind: "Passwd", "ID_Num", "card no", "templatev10".
Secrecy secrecy_of(std::string_view key);

// The keys whose value may be the file name of a photo, which may hold an identity number (protocol-adms § 3.5).
bool names_photo(std::string_view key);

// The number in "<time>-<type>-<pin>-<number>.jpg", a view into `name`; empty if it has another form. Unless `any_name`
// says that it is a photo's, a name must begin with a year.
std::string_view photo_number(std::string_view name, bool any_name);

}  // namespace presensi::adms
