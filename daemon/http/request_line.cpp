#include "daemon/http/request_line.hpp"

namespace presensi::http {

namespace {

constexpr bool is_plain(char c) { return c > 0x20 && c < 0x7f; }

}  // namespace

std::string mend_request_line(std::string_view line) {
    const auto method_end = line.find(' ');
    const auto version = line.rfind(" HTTP/");
    if (method_end == line.npos || version == line.npos || version <= method_end) return std::string(line);

    const auto target = line.substr(method_end + 1, version - method_end - 1);
    std::string mended(line.substr(0, method_end + 1));
    for (const char c : target) {
        if (is_plain(c)) {
            mended.push_back(c);
        } else {
            constexpr char digits[] = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            mended.append({'%', digits[byte >> 4], digits[byte & 15]});
        }
    }
    mended.append(line.substr(version));
    return mended;
}

}  // namespace presensi::http
