#include "protocol/adms/body_lines.hpp"

namespace presensi::adms {

std::string_view without_padding(std::string_view body) {
    const auto last = body.find_last_not_of(std::string_view("\0\t\r\n", 4));
    if (last == body.npos) return {};
    return body.substr(0, body.find_first_not_of('\t', last + 1));
}

std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

}  // namespace presensi::adms
