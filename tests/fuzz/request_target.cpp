// The first line of a request: mended in front of the parser, read as a target, answered with an option block.

#include <algorithm>

#include "daemon/http/request_line.hpp"
#include "protocol/adms/handshake.hpp"
#include "protocol/adms/target.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;

namespace {

void check_target(const Target& target, std::string_view raw) {
    require(to_lower(target.path) == target.path, "a path is in lower case", {raw});
    require(target.path.find('?') == target.path.npos && target.path.size() <= raw.size(), "a path ends at '?'", {raw});
    require(raw.ends_with(target.query), "a query is what stands behind", {raw});
    if (target.endpoint == Endpoint::unknown) return;
    require(target.path.find_last_not_of("abcdefghijklmnopqrstuvwxyz") < target.path.size() ||
                target.path.find('/') == target.path.npos,
            "an endpoint is the last word of its path", {raw});
    require(decode_target(target.path).endpoint == target.endpoint, "a regular path leads to the same place", {raw});
}

void check_mending(const Target& target, std::string_view raw) {
    const std::string line = presensi::http::mend_request_line(std::string("GET ").append(raw).append(" HTTP/1.1"));
    require(presensi::http::mend_request_line(line) == line, "mending twice is mending once", {raw, line});
    require(line.starts_with("GET ") && line.ends_with(" HTTP/1.1"), "method and version stay", {line});
    const auto mended = std::string_view(line).substr(4, line.size() - 13);
    require(std::all_of(mended.begin(), mended.end(), [](char c) { return c > 0x20 && c < 0x7f; }),
            "a mended target is one word of printable ASCII", {line});
    require(decode_target(mended).parameters == target.parameters, "mending changes no parameter", {raw, line});

    const std::string any = presensi::http::mend_request_line(raw);
    require(presensi::http::mend_request_line(any) == any, "mending twice is mending once", {raw, any});
}

// What a terminal says may not add a line to its own options (protocol-adms § 2.3).
void check_handshake(const Target& target) {
    HandshakeOptions options;
    options.serial = target.parameter("sn");
    options.attlog_stamp = target.parameter("stamp");
    options.operlog_stamp = target.parameter("opstamp");
    options.push_version = target.parameter("pushver");
    const std::string block = encode_handshake(options);
    const std::size_t lines = count_lines(block);
    require(block.ends_with('\n') && (lines == 16 || lines == 20), "an option block has 16 or 20 lines", {block});
    require(block.find('\r') == block.npos && block.size() < 1024, "and is shorter than 1 KiB", {block});
    const bool is_valid = is_valid_serial(options.serial);
    require(!is_valid || options.serial.size() <= 32, "a serial number has at most 32 characters");
    require(block.starts_with("GET OPTION FROM: " + (is_valid ? options.serial : "") + "\n"), "it names the terminal");
}

void check(std::string_view raw) {
    const Target target = decode_target(raw);
    check_target(target, raw);
    check_mending(target, raw);
    check_handshake(target);
    is_handshake(target);
}

const fuzz::Property property("request_target", check);

}  // namespace
