#pragma once

#include <string>
#include <string_view>

#include "protocol/records.hpp"

namespace presensi {

Sha256 sha256(std::string_view bytes);
std::string hex(const Sha256& digest);  // 64 lower-case digits

}  // namespace presensi
