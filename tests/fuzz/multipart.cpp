// A file in a form: the first line is the Content-Type, the rest the body.

#include "daemon/http/multipart.hpp"

#include <algorithm>

#include "tests/fuzz/property.hpp"

using namespace presensi::http;
using presensi::fuzz::require;

namespace {

void check_found(std::string_view type, std::string_view body) {
    const FilePart found = find_file_part(type, body);
    if (!found.problem.empty()) {
        require(found.content.empty(), "a form that is refused holds no file");
        return;
    }
    require(
        found.content.data() >= body.data() && found.content.data() + found.content.size() <= body.data() + body.size(),
        "a file is a part of the body", {type, body});
    const auto behind = static_cast<std::size_t>(found.content.data() - body.data()) + found.content.size();
    require(found.content.empty() || body.substr(behind).starts_with("\r\n--"), "it ends at a divider", {type, body});
}

// Whatever a file holds, a form brings it as it is.
void check_carried(std::string_view file) {
    constexpr std::string_view divider = "\r\n--xYz";
    if (file.find(divider) != file.npos || std::string("\r\n").append(file).find(divider) == 0) return;
    std::string body = "--xYz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--xYz\r\n";
    body.append("Content-Disposition: form-data; name=f; filename=\"1_attlog.dat\"\r\n\r\n").append(file);
    body.append("\r\n--xYz--\r\n");
    const FilePart found = find_file_part("multipart/form-data; boundary=xYz", body);
    require(found.problem.empty() && found.content == file, "a file comes as it is", {file, found.content});
}

void check(std::string_view bytes) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    const auto body = bytes.substr(std::min(end + 1, bytes.size()));
    is_multipart(bytes.substr(0, end));
    check_found(bytes.substr(0, end), body);
    check_found("multipart/form-data; boundary=xYz", body);
    check_carried(body);
}

const presensi::fuzz::Property property("multipart", check);

}  // namespace
