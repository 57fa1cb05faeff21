#pragma once

#include <string>
#include <string_view>

namespace presensi::adms {

// What stays of a template or photo: "<N bytes sha256:HEX>". A measure stays as it is, so that redacting twice is
// redacting once.
std::string measured(std::string_view bytes);

// One measure, or several side by side: a photo's header may end in one.
bool is_measure(std::string_view text);

}  // namespace presensi::adms
