#pragma once

#include <string>
#include <string_view>

#include "protocol/adms/redact_pairs.hpp"
#include "protocol/adms/upload.hpp"

namespace presensi::adms {

// Redacts the lines of one body in their order: a template may be broken over several (protocol-adms § 3.4).
class LineRedactor {
public:
    explicit LineRedactor(TableKind kind) : kind_(kind) {}

    // One line without its line end. A line with text stays a line with text.
    std::string redact(std::string_view line);

    // True if redact() would leave this line of an ATTLOG body as it is, and nothing before it reaches into it.
    bool is_clean_punch(std::string_view line) const;

private:
    std::string redact_open(std::string_view line);
    std::string redact_columns(std::string_view line, bool is_punch);
    std::string redact_identity(std::string_view line);

    TableKind kind_;
    Open open_;                 // what the line before left unfinished
    bool bare_before_ = false;  // the line before was nothing but a piece of a template
};

// True if the text holds 15 to 18 digits, the last of 18 may be an X, between anything but letters and digits: the form
// of the number of an identity card (protocol-adms § 3.1).
bool holds_identity_number(std::string_view text);

}  // namespace presensi::adms
