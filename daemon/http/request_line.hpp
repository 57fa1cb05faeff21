#pragma once
// What stands in front of Beast's parser: real terminals write spaces into the request target (`INFO=Ver 8.0.4`,
// protocol-adms § 1.6), which a strict parser refuses. docs/decisions/0003.

#include <string>
#include <string_view>

namespace presensi::http {

// `line` is a request line without its line end. The target is what stands between the first space and the last
// " HTTP/"; blanks, control characters and bytes above 0x7E inside it become %XX. A line without a version, or one that
// needs no mending, comes back as it is.
std::string mend_request_line(std::string_view line);

}  // namespace presensi::http
