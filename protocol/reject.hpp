#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/records.hpp"

namespace presensi {

// The reject of a redacted line; `number` from 1. Of an over-long one (RejectReason::line_too_long) the first 256 bytes
// are kept.
Reject make_reject(std::string_view line, std::uint32_t number, RejectReason reason);

}  // namespace presensi
