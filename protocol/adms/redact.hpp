#pragma once
// Takes personal secrets out of what terminals send, before anything is hashed, stored or logged (architecture 3.3,
// protocol-adms § 3.4). We hold no biometrics.

#include <string>
#include <string_view>

#include "protocol/adms/upload.hpp"

namespace presensi::adms {

// Templates and photos become "<N bytes sha256:HEX>"; passwords, cards and identity numbers become "<redacted>". A body
// that is not text is kept as length and SHA-256 only. Everything else, line ends included, stays byte for byte: the
// number of lines is the same before and after, unless the whole body is no text. In doubt more goes than must, such as
// 80 and more characters of unbroken base64 under any key.
std::string redact_body(TableKind kind, std::string body);

// The same for a query string: pushcommkey, key, token, passwords, and the identity number in a photo's name. The
// result is printable ASCII.
std::string redact_query(std::string_view query);

}  // namespace presensi::adms
