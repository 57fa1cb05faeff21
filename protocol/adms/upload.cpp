#include "protocol/adms/upload.hpp"

#include <algorithm>
#include <array>

#include "protocol/adms/attlog.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::array<std::pair<std::string_view, TableKind>, 11> tables{{
    {"ATTLOG", TableKind::attlog},
    {"OPERLOG", TableKind::operlog},
    {"BIODATA", TableKind::biodata},
    {"IDCARD", TableKind::idcard},
    {"ATTPHOTO", TableKind::attphoto},
    {"OPTIONS", TableKind::options},
    {"ERRORLOG", TableKind::errorlog},
    {"RTLOG", TableKind::access},
    {"RTSTATE", TableKind::access},
    {"TABLEDATA", TableKind::access},
    {"REMOTEATT", TableKind::remote_user},
}};

constexpr std::size_t longest_table = 64;

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return out;
}

TableKind kind_of(std::string_view table) {
    const auto found =
        std::find_if(tables.begin(), tables.end(), [&](const auto& known) { return known.first == table; });
    return found == tables.end() ? TableKind::other : found->second;
}

// protocol-adms § 2.4: opaque to us, but it goes back to a terminal, so nothing but digits.
bool is_stamp(std::string_view text) {
    return !text.empty() && text.size() <= 20 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view first_line(std::string_view body) {
    while (!body.empty()) {
        const auto end = body.find('\n');
        auto line = body.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (!line.empty()) return line;
        if (end == body.npos) return {};
        body.remove_prefix(end + 1);
    }
    return {};
}

// "Stamp" of "…&table=ATTLOG Stamp=9999": the missing & hides it in the value before (§ 1.6).
std::string_view hidden_stamp(std::string_view table_value) {
    const auto at = table_value.find("Stamp=");
    return at == table_value.npos ? std::string_view() : table_value.substr(at + 6);
}

std::string_view stamp_of(const Target& target, const std::string& table, std::string_view hidden) {
    for (const std::string& key :
         {std::string("stamp"), to_lower(table) + "stamp", std::string(table == "OPERLOG" ? "opstamp" : "stamp"),
          std::string(table == "ATTPHOTO" ? "photostamp" : "stamp")}) {
        if (const auto value = target.parameter(key); !value.empty()) return value;
    }
    return hidden;
}

}  // namespace

Upload classify_upload(const Target& target, std::string_view body) {
    Upload upload;
    upload.answers_query = target.has("cmdid");
    const auto type = target.parameter("type");
    if (target.has("authtype") || equals_ignoring_case(type, "PostVerifyData")) {
        upload.kind = TableKind::verify_request;
        return upload;
    }
    if (target.endpoint == Endpoint::querydata) {
        upload.kind = TableKind::access;
        return upload;
    }
    const auto named = target.parameter("table");
    std::string_view hidden;
    if (!named.empty()) {
        const auto end = named.find_first_of(" \t");
        if (end != named.npos) hidden = hidden_stamp(named.substr(end));
        upload.table = upper(to_stored_text(named.substr(0, std::min(end, longest_table))));
        upload.kind = kind_of(upload.table);
    } else if (target.endpoint == Endpoint::fdata || target.has("photostamp") || target.has("fpimage")) {
        upload.table = "ATTPHOTO";
        upload.kind = TableKind::attphoto;
    } else if (target.endpoint == Endpoint::event || target.endpoint == Endpoint::cpos) {
        upload.table = target.endpoint == Endpoint::event ? "EVENT" : "CPOS";
    } else if (equals_ignoring_case(type, "BioData")) {
        upload.table = "BIODATA";
        upload.kind = TableKind::biodata;
    } else if (target.has("opstamp")) {
        upload.table = "OPERLOG";
        upload.kind = TableKind::operlog;
    } else if (target.has("stamp")) {
        upload.table = "ATTLOG";
        upload.kind = TableKind::attlog;
    } else if (const auto line = first_line(body); line.starts_with("ID=")) {
        upload.kind = TableKind::command_result;
    } else if (!line.empty() && !decode_attlog(line, line.size()).punches.empty()) {
        upload.table = "ATTLOG";
        upload.kind = TableKind::attlog;
    }
    if (!upload.answers_query && !upload.table.empty()) {
        const auto stamp = stamp_of(target, upload.table, hidden);
        if (is_stamp(stamp)) upload.stamp = StampMove{upload.table, std::string(stamp)};
    }
    return upload;
}

bool is_handshake(const Target& target) {
    if (equals_ignoring_case(target.parameter("options"), "all") || target.has("pushver")) return true;
    return std::all_of(target.parameters.begin(), target.parameters.end(),
                       [](const auto& parameter) { return parameter.first == "sn"; });
}

std::size_t count_lines(std::string_view body) {
    // protocol-adms § 3.0: what follows the visible text of vendor examples is no line.
    const auto last = body.find_last_not_of(std::string_view("\0\t\r\n", 4));
    if (last == body.npos) return 0;
    body = body.substr(0, last + 1);
    std::size_t lines = 0;
    while (!body.empty()) {
        const auto end = body.find('\n');
        const auto line = body.substr(0, end);
        if (!line.empty() && line != "\r") ++lines;
        if (end == body.npos) break;
        body.remove_prefix(end + 1);
    }
    return lines;
}

std::string encode_upload_reply(TableKind kind, std::size_t lines) {
    switch (kind) {
        case TableKind::attlog:
        case TableKind::operlog:
        case TableKind::biodata:
        case TableKind::idcard:
        case TableKind::other:
            if (lines == 0 && kind == TableKind::operlog) return "OK: 1";
            return "OK: " + std::to_string(lines);
        default:
            return "OK";
    }
}

}  // namespace presensi::adms
