#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/decoded.hpp"

namespace presensi::config {

// http://host[:port][/path][?query], or https; nothing else of RFC 3986.
struct Url {
    bool tls = false;
    std::string host;  // a name or an address, without brackets; empty: no URL
    std::uint16_t port = 0;
    std::string target;  // path and query, at least "/"

    bool empty() const { return host.empty(); }
    std::string authority() const;  // for a Host header
    std::string text() const;
    bool operator==(const Url&) const = default;
};

Decoded<Url> decode_url(std::string_view text);
Decoded<std::string> decode_host(std::string_view text);          // a name or an address
Decoded<std::string> decode_mail_address(std::string_view text);  // somebody@somewhere

}  // namespace presensi::config
