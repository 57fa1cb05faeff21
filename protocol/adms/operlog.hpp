#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "protocol/records.hpp"

namespace presensi::adms {

// What a body of OPERLOG, ERRORLOG or USERINFO tells of the terminal itself.
struct OperationLog {
    std::vector<TerminalEvent> events;  // in the order of their lines
    std::vector<TerminalUser> users;
    std::vector<Reject> rejects;  // lines of a kind we read, which could not be read
    std::size_t others = 0;       // non-empty lines of every other kind: templates, photos, work codes, unknown words
};

// Decodes the (redacted) body line by line; the first word says the kind (protocol-adms § 3.4). Never fails: a line
// never blocks its neighbours. Linear in the body's size.
OperationLog decode_operlog(std::string_view body, std::size_t line_limit);

}  // namespace presensi::adms
