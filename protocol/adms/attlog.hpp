#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"

namespace presensi::adms {

// The order of the columns behind PIN and time.
enum class AttlogColumns {
    as_pushed,   // state, verify mode, work code (protocol-adms § 3.1)
    from_stick,  // terminal number, state, verify mode, work code (protocol-4370 § 8.1)
};

struct AttlogBatch {
    std::vector<Punch> punches;  // in the order of their lines
    std::vector<Reject> rejects;
    std::size_t lines = 0;  // non-empty physical lines = punches + rejects; the n of "OK: n"
};

// Decodes the (redacted) body of an ATTLOG upload in every form of protocol-adms § 3.1. Never fails: a line that is not
// a punch becomes a reject and never blocks its neighbours. A line longer than `line_limit` bytes is a reject too.
AttlogBatch decode_attlog(std::string_view body, std::size_t line_limit,
                          AttlogColumns order = AttlogColumns::as_pushed);

}  // namespace presensi::adms
