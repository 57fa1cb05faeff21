// The head of a request, line by line as it comes in; its first byte says which listener reads it.

#include <algorithm>

#include "daemon/http/head_rules.hpp"
#include "daemon/http/request_line.hpp"
#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::http;
using presensi::fuzz::require;

namespace {

struct Head {
    bool accepted = false;
    std::string request_line;
    std::vector<std::string> fields;  // in lower case, with their colons
};

Head read(Manner manner, std::string_view bytes) {
    HeadRules rules(manner);
    Head head;
    while (!bytes.empty() && !rules.is_complete()) {
        const auto end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
        std::string line(bytes.substr(0, end));
        bytes.remove_prefix(end);
        // As the session does for terminals.
        if (manner == Manner::terminal && head.request_line.empty() && line.ends_with("\r\n"))
            line = mend_request_line(std::string_view(line).substr(0, line.size() - 2)) + "\r\n";
        const auto refusal = rules.look_at(line);
        require(!refusal || !refusal->empty(), "a refusal is a sentence");
        if (refusal) return head;
        if (head.request_line.empty())
            head.request_line = line.substr(0, line.size() - 2);
        else
            head.fields.push_back(to_lower(std::string_view(line).substr(0, line.size() - 2)));
    }
    head.accepted = rules.is_complete();
    return head;
}

std::ptrdiff_t count(const Head& head, std::string_view name) {
    return std::count_if(head.fields.begin(), head.fields.end(),
                         [&](const std::string& field) { return field.starts_with(name); });
}

// What two readers could understand differently (RFC 9112 § 11.2) is not in a head that was let through.
void check_head(Manner manner, std::string_view bytes) {
    const Head head = read(manner, bytes);
    if (!head.accepted) return;
    require(count(head, "content-length:") + count(head, "transfer-encoding:") <= 1, "a body has one length", {bytes});
    require(count(head, "host:") <= 1, "there is one Host", {bytes});
    require(count(head, "trailer:") == 0, "nothing comes behind the body", {bytes});
    require(head.request_line.ends_with(" HTTP/1.1") || count(head, "transfer-encoding:") == 0,
            "HTTP/1.0 has no Transfer-Encoding", {bytes});
    require(manner == Manner::terminal || head.request_line.ends_with(" HTTP/1.0") || count(head, "host:") == 1,
            "a Host is named", {bytes});
    require(std::count(head.request_line.begin(), head.request_line.end(), ' ') == 2, "a request line is three words",
            {head.request_line});
    for (const auto& field : head.fields) {
        require(field.find_first_of(std::string_view("\r\n\0", 3)) == field.npos, "a field is one line", {field});
        require(field.empty() || field.find_first_of(" \t:") == field.find(':'), "a name is one word", {field});
    }
}

void check_authority(std::string_view target) {
    const auto path = without_authority(target);
    require(path == "/" || target.ends_with(path), "a path is the end of its target", {target, path});
    require(without_authority(path) == path, "without it is without it", {target, path});
}

void check(std::string_view bytes) {
    if (bytes.empty()) return;
    check_head(bytes.front() % 2 == 0 ? Manner::web : Manner::terminal, bytes.substr(1));
    check_authority(bytes);
    check_authority(bytes.substr(1));
}

const fuzz::Property property("request_head", check);

}  // namespace
