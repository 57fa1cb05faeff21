#include "protocol/adms/command_result.hpp"

#include <algorithm>

#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::size_t longest_command = 64;

std::string_view take_line(std::string_view& body) {
    const auto end = body.find('\n');
    auto line = body.substr(0, end);
    body = end == body.npos ? std::string_view() : body.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

// Key=value of either form; true if the key is one of a result's own.
bool take_pair(CommandResult& result, std::string_view pair) {
    const auto equals = pair.find('=');
    if (equals == pair.npos) return false;
    const auto key = pair.substr(0, equals);
    const auto value = pair.substr(equals + 1);
    if (equals_ignoring_case(key, "ID")) {
        if (is_id(value)) result.id = value;
    } else if (equals_ignoring_case(key, "Return")) {
        result.return_code = decode_number(trim_blanks(value), -1'000'000'000, 1'000'000'000);
    } else if (equals_ignoring_case(key, "CMD")) {
        result.command = to_stored_text(value.substr(0, longest_command / 4));
    } else if (equals_ignoring_case(key, "SN")) {
        result.serial = to_stored_text(value.substr(0, 32));
    } else {
        return false;
    }
    return true;
}

bool begins_result(std::string_view line) {
    return line.size() > 3 && equals_ignoring_case(line.substr(0, 3), "ID=") && line.find('&') != line.npos;
}

// Forms 1, 2 and 4 of § 4.3: everything of a result on one line.
CommandResult decode_line(std::string_view line) {
    CommandResult result;
    while (!line.empty()) {
        const auto end = line.find('&');
        const auto pair = line.substr(0, end);
        if (!take_pair(result, pair)) result.content.append(pair).append("\n");
        if (end == line.npos) break;
        line.remove_prefix(end + 1);
    }
    return result;
}

}  // namespace

std::vector<CommandResult> decode_command_results(std::string_view body) {
    std::vector<CommandResult> results;
    while (!body.empty() && (body.front() == '\n' || body.front() == '\r')) body.remove_prefix(1);
    if (begins_result(body.substr(0, body.find('\n')))) {
        while (!body.empty()) {
            const auto line = take_line(body);
            if (begins_result(line)) {
                results.push_back(decode_line(line));
            } else if (!line.empty()) {
                results.back().content.append(line).append("\n");
            }
        }
        return results;
    }
    // Form 3: a line per key; after Content= everything to the end, whatever it looks like.
    CommandResult result;
    bool any = false;
    while (!body.empty()) {
        constexpr std::string_view content = "Content=";
        if (equals_ignoring_case(body.substr(0, content.size()), content)) {
            result.content.append(body.substr(content.size()));
            any = true;
            break;
        }
        const auto line = take_line(body);
        if (take_pair(result, line)) {
            any = true;
        } else if (!line.empty()) {
            result.content.append(line).append("\n");
        }
    }
    if (any) results.push_back(std::move(result));
    return results;
}

}  // namespace presensi::adms
