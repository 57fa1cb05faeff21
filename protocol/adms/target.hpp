#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace presensi::adms {

// protocol-adms § 1.5
enum class Endpoint {
    cdata,
    getrequest,
    devicecmd,
    ping,
    fdata,
    registry,
    push,
    rtdata,
    querydata,
    exchange,
    edata,
    event,
    cpos,
    unknown
};

// A request target as terminals write it, made regular.
struct Target {
    Endpoint endpoint = Endpoint::unknown;
    std::string path;   // lower case, without scheme, authority, extension, doubled prefix and trailing slash
    std::string query;  // raw, as received after the first '?'
    std::vector<std::pair<std::string, std::string>> parameters;  // keys in lower case, values percent-decoded

    // First value of `key` (lower case), or empty. `+` is never decoded to a space (protocol-adms § 4.3).
    std::string_view parameter(std::string_view key) const;
    bool has(std::string_view key) const;
};

// Absolute form, doubled and missing /iclock prefix, .aspx and .php, any case (protocol-adms § 1.5, 1.6). Never fails:
// what nobody knows is Endpoint::unknown.
Target decode_target(std::string_view raw);

// 1–32 characters of [A-Za-z0-9_-] (protocol-adms § 1.6 says up to about 20).
bool is_valid_serial(std::string_view serial);

}  // namespace presensi::adms
