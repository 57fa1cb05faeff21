#include "config/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/network.hpp"
#include "config/printable.hpp"

namespace presensi::config {

namespace {

bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_host_name(std::string_view text) {
    constexpr std::size_t longest = 253;  // RFC 1035 § 2.3.4
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    return !text.empty() && text.size() <= longest && text.front() != '.' && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), fits);
}

bool is_host(std::string_view text) {
    return is_host_name(text) || (text.find('/') == text.npos && Network::decode(text).has_value());
}

std::uint16_t usual_port(bool tls) { return tls ? 443 : 80; }

}  // namespace

std::string Url::authority() const {
    const bool is_v6 = host.find(':') != host.npos;
    std::string result = is_v6 ? "[" + host + "]" : host;
    if (port != usual_port(tls)) result += fmt::format(":{}", port);
    return result;
}

std::string Url::text() const { return fmt::format("{}://{}{}", tls ? "https" : "http", authority(), target); }

Decoded<std::string> decode_host(std::string_view text) {
    if (!is_host(text)) return Problem{fmt::format("{} is neither a host name nor an IP address", shown(text))};
    return std::string(text);
}

Decoded<Url> decode_url(std::string_view text) {
    const Problem problem{fmt::format("{} is not a URL like https://host.example/path", shown(text))};
    Url url;
    std::string_view rest = text;
    if (!is_visible(rest) || rest.find('#') != rest.npos) return problem;
    if (rest.starts_with("https://")) {
        url.tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return problem;
    }
    const auto end = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view authority = rest.substr(0, end);
    url.target = std::string(rest.substr(end));
    if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
    if (authority.find('@') != authority.npos) {
        return Problem{"has a name in front of the host; a secret in the path or the query does the same"};
    }
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == authority.npos) return problem;
        url.host = std::string(authority.substr(1, close - 1));
        port = authority.substr(close + 1);
        if (url.host.find(':') == url.host.npos) return problem;
    } else {
        const auto colon = std::min(authority.find(':'), authority.size());
        url.host = std::string(authority.substr(0, colon));
        port = authority.substr(colon);
    }
    if (!is_host(url.host)) return problem;
    url.port = usual_port(url.tls);
    if (!port.empty()) {
        port.remove_prefix(port.starts_with(':') ? 1 : 0);
        const auto [last, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
        if (error != std::errc() || last != port.data() + port.size() || url.port == 0) return problem;
    }
    return url;
}

Decoded<std::string> decode_mail_address(std::string_view text) {
    constexpr std::size_t longest = 254;  // RFC 5321 § 4.5.3.1.3
    const auto at = text.find('@');
    const bool fits = is_visible(text) && text.size() <= longest && at != text.npos && at > 0 &&
                      text.find_first_of("<>()[]\\,;:\"") == text.npos && is_host_name(text.substr(at + 1));
    if (!fits) return Problem{fmt::format("{} is not a mail address", shown(text))};
    return std::string(text);
}

}  // namespace presensi::config
