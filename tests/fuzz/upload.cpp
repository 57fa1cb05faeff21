// What an upload carries: its first line is the request target, the rest the body.

#include "protocol/adms/upload.hpp"

#include <algorithm>

#include "protocol/text_fields.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::adms;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

void check_reply(const Upload& upload, std::size_t lines) {
    const std::string reply = encode_upload_reply(upload.kind, lines);
    require(reply.starts_with("OK") && reply.size() <= 24, "a reply is OK, or OK and a number", {reply});
    require(upload.kind != TableKind::operlog || reply != "OK: 0", "OPERLOG never hears of nothing");
}

void check(std::string_view bytes) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    const auto body = bytes.substr(std::min(end + 1, bytes.size()));
    const Target target = decode_target(bytes.substr(0, end));
    const Upload upload = classify_upload(target, body);

    require_stored_text(upload.table, 64, "a table's name is at most 64 bytes of text");
    require(
        std::none_of(upload.table.begin(), upload.table.end(), [](char c) { return c >= 'a' && c <= 'w'; }),  // \x1F
        "a table's name is in upper case", {upload.table});
    if (upload.stamp) {
        require(is_stamp(upload.stamp->stamp) && upload.stamp->stamp.size() <= 20, "a stamp is 1-20 digits");
        require(!upload.table.empty() && upload.stamp->table == upload.table, "a stamp belongs to the table");
        require(!upload.answers_query, "the answer to a query moves no stamp");
        require(upload.kind != TableKind::verify_request, "a question is no upload");
    }
    if (target.endpoint == Endpoint::querydata && upload.kind != TableKind::verify_request) {
        require(upload.kind == TableKind::access, "querydata is the ACC dialect");
    }
    if (!target.parameter("table").empty()) {
        const Upload empty = classify_upload(target, "");
        if (!trim_blanks(target.parameter("table")).empty()) {
            require(empty.kind == upload.kind && empty.table == upload.table, "a named table needs no body", {bytes});
        }
    }
    require(!is_scrambled(body) || body.starts_with("LZO1"), "scrambled bodies say so");
    check_reply(upload, count_lines(body));
}

const fuzz::Property property("upload", check);

}  // namespace
