#pragma once
// What every road says alike of the same event of a terminal, so that it is stored once.

#include <string_view>

#include "protocol/records.hpp"

namespace presensi {

// The English name of an operation: 21 is "clock_set"; "operation" for one that no document names. The codes are the
// same over both roads (protocol-adms § 3.4, protocol-4370 § 4.6).
std::string_view operation_name(int operation);

// Of everything in `event` but its line and its own digest.
Sha256 event_digest(const TerminalEvent& event);

}  // namespace presensi
