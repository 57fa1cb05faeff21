#pragma once
// What of a request's head is refused before anybody interprets it: whatever two readers, such as a proxy and we, could
// understand differently (RFC 9112 § 11.2). Stricter than Beast's parser, and than the RFC where nobody needs the
// freedom (docs/attacks.md, T09).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http/message.hpp"

namespace presensi::http {

class HeadRules {
public:
    explicit HeadRules(Manner manner) : manner_(manner) {}

    // The next line, with its line end; the first is the request line, in which a terminal's spaces are mended. A
    // sentence: it is refused.
    std::optional<std::string_view> look_at(std::string_view line);

    // The empty line was there.
    bool is_complete() const { return complete_; }

private:
    std::optional<std::string_view> look_at_request_line(std::string_view line);
    std::optional<std::string_view> look_at_field(std::string_view name, std::string_view value);
    std::optional<std::string_view> look_at_all() const;

    Manner manner_;
    bool has_request_line_ = false;
    bool complete_ = false;
    bool is_http_1_1_ = false;
    std::string authority_;  // of a target in absolute form
    std::optional<std::string> host_;
    int lengths_ = 0;
    int encodings_ = 0;
};

// The path of a target in absolute form; any other as it is.
std::string_view without_authority(std::string_view target);

}  // namespace presensi::http
