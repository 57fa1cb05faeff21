#pragma once
// What office programs make of a terminal's text file (protocol-4370 § 8.1, 8.3).

#include <string>
#include <string_view>

namespace presensi::usb {

// The text as UTF-8, without its byte order marks: UTF-16 with a mark, or recognised by its NULs; otherwise the bytes
// as they are. What is no UTF-16 becomes U+FFFD. Once more, it changes nothing.
std::string to_utf8(std::string_view bytes);

}  // namespace presensi::usb
