#include "protocol/adms/upload.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "protocol/adms/attlog.hpp"
#include "protocol/adms/body_lines.hpp"
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

std::string table_name(std::string_view text) {
    std::string upper(text);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return to_stored_text(upper, longest_table);
}

TableKind kind_of(std::string_view table) {
    const auto found =
        std::find_if(tables.begin(), tables.end(), [&](const auto& known) { return known.first == table; });
    return found == tables.end() ? TableKind::other : found->second;
}

// The target's parameters, and those that a missing '&' hides in the value of `table` (protocol-adms § 1.6).
class Parameters {
public:
    explicit Parameters(const Target& target) : target_(target) {
        std::string_view rest = target.parameter("table");
        rest = trim_blanks(rest);
        const auto end = std::min(rest.find_first_of(" \t"), rest.size());
        table_ = rest.substr(0, end);
        rest.remove_prefix(end);
        while (!(rest = trim_blanks(rest)).empty()) {
            const auto pair = rest.substr(0, rest.find_first_of(" \t"));
            const auto equals = pair.find('=');
            if (equals != pair.npos) hidden_.emplace_back(to_lower(pair.substr(0, equals)), pair.substr(equals + 1));
            rest.remove_prefix(pair.size());
        }
    }

    std::string_view table() const { return table_; }

    bool has(std::string_view key) const { return target_.has(key) || find(key) != hidden_.end(); }

    std::string_view value(std::string_view key) const {
        if (target_.has(key)) return target_.parameter(key);
        const auto found = find(key);
        return found == hidden_.end() ? std::string_view() : found->second;
    }

private:
    using Hidden = std::vector<std::pair<std::string, std::string_view>>;

    Hidden::const_iterator find(std::string_view key) const {
        return std::find_if(hidden_.begin(), hidden_.end(), [&](const auto& pair) { return pair.first == key; });
    }

    const Target& target_;
    std::string_view table_;
    Hidden hidden_;
};

std::string_view first_line(std::string_view body) {
    while (!body.empty()) {
        const auto line = take_line(body);
        if (!line.empty()) return line;
    }
    return {};
}

bool is_punch(std::string_view line) { return decode_attlog(line, line.size()).punches.size() == 1; }

// protocol-adms § 1.6: devices before 2.x name no table.
std::pair<std::string_view, TableKind> unnamed_table(const Target& target, const Parameters& parameters,
                                                     std::string_view body) {
    if (target.endpoint == Endpoint::fdata || parameters.has("photostamp") || parameters.has("attphotostamp") ||
        parameters.has("fpimage")) {
        return {"ATTPHOTO", TableKind::attphoto};
    }
    if (equals_ignoring_case(parameters.value("type"), "BioData")) return {"BIODATA", TableKind::biodata};
    if (parameters.has("opstamp") || parameters.has("operlogstamp")) return {"OPERLOG", TableKind::operlog};
    if (parameters.has("stamp") || parameters.has("attlogstamp")) return {"ATTLOG", TableKind::attlog};
    const auto line = first_line(body);
    if (equals_ignoring_case(line.substr(0, 3), "ID=")) return {"", TableKind::command_result};
    if (is_punch(line)) return {"ATTLOG", TableKind::attlog};
    return {"", TableKind::other};
}

// protocol-adms § 2.4: Stamp, <Table>Stamp, and the old names of two tables.
std::optional<StampMove> stamp_move(const Parameters& parameters, const std::string& table) {
    std::vector<std::string> names{"stamp", to_lower(table) + "stamp"};
    if (table == "OPERLOG") names.emplace_back("opstamp");
    if (table == "ATTPHOTO") names.emplace_back("photostamp");
    for (const auto& name : names) {
        if (const auto stamp = parameters.value(name); is_stamp(stamp)) return StampMove{table, std::string(stamp)};
    }
    return std::nullopt;
}

}  // namespace

bool is_scrambled(std::string_view body) {
    constexpr std::size_t highest_of_size = 7;
    return body.starts_with("LZO1") && (body.size() <= highest_of_size || body[highest_of_size] == '\0');
}

bool is_stamp(std::string_view text) {
    constexpr std::size_t most_digits = 20;
    return !text.empty() && text.size() <= most_digits &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Upload classify_upload(const Target& target, std::string_view body) {
    const Parameters parameters(target);
    Upload upload;
    upload.answers_query = parameters.has("cmdid");
    if (parameters.has("authtype") || equals_ignoring_case(parameters.value("type"), "PostVerifyData")) {
        upload.kind = TableKind::verify_request;
        return upload;
    }
    if (target.endpoint == Endpoint::querydata) {
        upload.kind = TableKind::access;
        return upload;
    }
    if (target.endpoint == Endpoint::event || target.endpoint == Endpoint::cpos) {
        upload.table = target.endpoint == Endpoint::event ? "EVENT" : "CPOS";
        return upload;
    }
    if (parameters.table().empty()) {
        const auto [table, kind] = unnamed_table(target, parameters, body);
        upload.table = table;
        upload.kind = kind;
    } else {
        upload.table = table_name(parameters.table());
        upload.kind = kind_of(upload.table);
    }
    if (!upload.answers_query && !upload.table.empty()) upload.stamp = stamp_move(parameters, upload.table);
    return upload;
}

bool is_handshake(const Target& target) {
    if (equals_ignoring_case(target.parameter("options"), "all") || target.has("pushver")) return true;
    return !target.parameters.empty() && std::all_of(target.parameters.begin(), target.parameters.end(),
                                                     [](const auto& parameter) { return parameter.first == "sn"; });
}

std::size_t count_lines(std::string_view body) {
    std::size_t lines = 0;
    for (auto rest = without_padding(body); !rest.empty();) {
        if (!take_line(rest).empty()) ++lines;
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
            break;
        case TableKind::attphoto:
        case TableKind::options:
        case TableKind::errorlog:
        case TableKind::command_result:
        case TableKind::access:
        case TableKind::verify_request:
        case TableKind::remote_user:
            return "OK";
    }
    // OPERLOG without a usable line: "OK: 0" would make some firmware send it for ever.
    if (lines == 0 && kind == TableKind::operlog) return "OK: 1";
    return "OK: " + std::to_string(lines);
}

}  // namespace presensi::adms
