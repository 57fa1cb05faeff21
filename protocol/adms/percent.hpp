#pragma once
// Percent-encoding as terminals and proxies use it.

#include <string>
#include <string_view>

namespace presensi::adms {

// %XX becomes its byte; a broken escape stays as it is, and `+` is a plus (protocol-adms § 4.3).
std::string percent_decoded(std::string_view text);

// Blanks, control characters and everything that is not ASCII become %XX.
std::string printable(std::string_view text);

// The same, and '%' and '&' too, so that decoding gives back `text`.
std::string percent_encoded(std::string_view text);

}  // namespace presensi::adms
