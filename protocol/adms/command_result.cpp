#include "protocol/adms/command_result.hpp"

#include <algorithm>

#include "protocol/adms/body_lines.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::size_t longest_id = 20;
constexpr std::size_t longest_command = 64;
constexpr std::size_t longest_serial = 32;
constexpr int largest_code = 1'000'000'000;

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= longest_id && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

// Puts a result together. The first pair of each name counts: what follows may be content that only looks like one.
class Builder {
public:
    // False if the pair is not one of a result's own.
    bool take(std::string_view pair) {
        const auto equals = pair.find('=');
        if (equals == pair.npos) return false;
        const auto key = pair.substr(0, equals);
        const auto value = trim_blanks(pair.substr(equals + 1));
        if (equals_ignoring_case(key, "ID") && !has_id_) {
            has_id_ = true;
            if (is_id(value)) result_.id = value;
        } else if (equals_ignoring_case(key, "Return") && !has_return_) {
            has_return_ = true;
            result_.return_code = decode_number(value, -largest_code, largest_code);
        } else if (equals_ignoring_case(key, "CMD") && !has_command_) {
            has_command_ = true;
            result_.command = to_stored_text(value, longest_command);
        } else if (equals_ignoring_case(key, "SN") && !has_serial_) {
            has_serial_ = true;
            result_.serial = to_stored_text(value, longest_serial);
        } else {
            return false;
        }
        return true;
    }

    void add_content(std::string_view line) { result_.content.append(line).append("\n"); }
    void add_rest(std::string_view bytes) { result_.content.append(bytes); }

    bool is_result() const { return has_id_ || has_return_; }
    CommandResult& result() { return result_; }

private:
    CommandResult result_;
    bool has_id_ = false;
    bool has_return_ = false;
    bool has_command_ = false;
    bool has_serial_ = false;
};

// protocol-adms § 4.3, parser recipe: ^ID=[^&]*&
bool begins_result(std::string_view line) {
    return equals_ignoring_case(line.substr(0, 3), "ID=") && line.find('&') != line.npos;
}

// Form 5: the result is a query string, in which other parameters may come first.
bool is_query(std::string_view line) {
    if (line.find('\n') != line.npos) return false;
    const std::string lower = to_lower(line);
    return lower.find("&id=") != lower.npos;
}

Builder decode_line(std::string_view line) {
    Builder builder;
    for (;;) {
        const auto end = line.find('&');
        const auto pair = line.substr(0, end);
        if (!builder.take(pair) && !pair.empty()) builder.add_content(pair);
        if (end == line.npos) return builder;
        line.remove_prefix(end + 1);
    }
}

// Form 3: a line per key; after Content= everything to the end, whatever it looks like.
std::vector<CommandResult> decode_line_form(std::string_view body) {
    constexpr std::string_view content = "Content=";
    Builder builder;
    while (!body.empty()) {
        if (equals_ignoring_case(body.substr(0, content.size()), content)) {
            builder.add_rest(body.substr(content.size()));
            break;
        }
        const auto line = take_line(body);
        if (!builder.take(line) && !line.empty()) builder.add_content(line);
    }
    std::vector<CommandResult> results;
    if (builder.is_result()) results.push_back(std::move(builder.result()));
    return results;
}

}  // namespace

std::vector<CommandResult> decode_command_results(std::string_view body) {
    body.remove_prefix(std::min(body.find_first_not_of("\r\n"), body.size()));
    const auto text = without_padding(body);
    if (is_query(text)) return {std::move(decode_line(text).result())};
    if (!begins_result(text.substr(0, text.find('\n')))) return decode_line_form(body);
    std::vector<CommandResult> results;
    for (auto rest = text; !rest.empty();) {
        const auto line = take_line(rest);
        if (begins_result(line)) {
            if (results.size() == most_results) break;
            results.push_back(std::move(decode_line(line).result()));
        } else if (!line.empty()) {
            results.back().content.append(line).append("\n");
        }
    }
    return results;
}

}  // namespace presensi::adms
