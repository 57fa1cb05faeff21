#include "protocol/reject.hpp"

#include "protocol/sha256.hpp"

namespace presensi {

Reject make_reject(std::string_view line, std::uint32_t number, RejectReason reason) {
    constexpr std::size_t kept_of_long_line = 256;
    const auto kept = reason == RejectReason::line_too_long ? line.substr(0, kept_of_long_line) : line;
    return {number, reason, std::string(kept), sha256(line), line.size()};
}

}  // namespace presensi
