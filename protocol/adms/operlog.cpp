#include "protocol/adms/operlog.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "protocol/adms/body_lines.hpp"
#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/terminal_event.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::size_t kept_of_long_line = 256;
constexpr std::size_t longest_pin = 64;
constexpr std::size_t longest_name = 64;  // 24 bytes on many terminals (protocol-adms § 3.4), more once escaped
constexpr std::size_t longest_detail = 256;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks(" \t\r\0", 4);
    const auto begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool is_valid_pin(std::string_view pin) { return pin.size() <= longest_pin && to_stored_text(pin) == pin; }

// Takes the text in front of the next `separator` off `rest`; several blanks separate like one.
std::string_view take(std::string_view& rest, char separator) {
    if (separator == ' ') rest = trim_blanks(rest);
    const auto end = std::min(rest.find(separator), rest.size());
    const auto column = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return trimmed(column);
}

// Values of Key=Value columns by the key in any case; the first of each key counts.
std::string_view value_of(std::string_view line, std::string_view key) {
    while (!line.empty()) {
        const auto column = take(line, '\t');
        const auto equals = column.find('=');
        if (equals != column.npos && equals_ignoring_case(trimmed(column.substr(0, equals)), key))
            return trimmed(column.substr(equals + 1));
    }
    return {};
}

class Decoder {
public:
    explicit Decoder(OperationLog& log) : log_(log) {}

    // Nothing, or why a line of a kind that we read is not readable.
    std::optional<RejectReason> take_line(std::string_view line, std::uint32_t number) {
        const auto word_end = std::min(line.find_first_of(" \t"), line.size());
        const auto word = line.substr(0, word_end);
        const auto rest = line.substr(word_end);
        if (equals_ignoring_case(word, "OPLOG")) return take_operation(rest, number);
        if (equals_ignoring_case(word, "USER")) return take_user(rest, number);
        if (equals_ignoring_case(word, "ERRORLOG")) {
            take_error(rest, number);
        } else {
            ++log_.others;
        }
        return std::nullopt;
    }

private:
    std::optional<RejectReason> take_operation(std::string_view rest, std::uint32_t number) {
        rest = trimmed(rest);
        const char separator = rest.find('\t') == rest.npos ? ' ' : '\t';
        const auto operation = decode_number(take(rest, separator), 0, 65535);
        const auto operator_pin = take(rest, separator);
        std::string time(take(rest, separator));
        if (!operation || time.empty()) return RejectReason::too_few_fields;
        if (separator == ' ') time.append(" ").append(take(rest, separator));
        if (!is_valid_pin(operator_pin)) return RejectReason::bad_pin;
        TerminalEvent event;
        event.device_time = decode_device_time(time);
        if (!event.device_time) return RejectReason::bad_time;
        event.line = number;
        event.kind = operation_name(*operation);
        event.operation = operation;
        if (operator_pin != "0") event.operator_pin = operator_pin;
        while (!rest.empty()) {
            const auto object = take(rest, separator);
            if (!event.detail.empty()) event.detail += ' ';
            event.detail += object.empty() ? "-" : to_stored_text(object, longest_pin);
            if (event.detail.size() > longest_detail) break;
        }
        event.sha256 = event_digest(event);
        log_.events.push_back(std::move(event));
        return std::nullopt;
    }

    std::optional<RejectReason> take_user(std::string_view rest, std::uint32_t number) {
        rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
        // Keys are parted by TABs, because names hold blanks; a PIN holds none.
        auto pin = value_of(rest, "PIN");
        pin = pin.substr(0, pin.find(' '));
        if (pin.empty()) return RejectReason::empty_pin;
        if (!is_valid_pin(pin)) return RejectReason::bad_pin;
        TerminalUser user;
        user.line = number;
        user.pin = pin;
        user.pin_key = pin_key(pin);
        user.name = to_stored_text(value_of(rest, "Name"), longest_name);
        log_.users.push_back(std::move(user));
        return std::nullopt;
    }

    void take_error(std::string_view rest, std::uint32_t number) {
        TerminalEvent event;
        event.line = number;
        event.kind = "error";
        for (const char* key : {"ErrCode", "ErrMsg", "DataOrigin", "CmdId"}) {
            const auto value = value_of(rest, key);
            if (value.empty()) continue;
            if (!event.detail.empty()) event.detail += ' ';
            event.detail.append(key).append("=").append(to_stored_text(value, longest_pin));
        }
        event.sha256 = event_digest(event);
        log_.events.push_back(std::move(event));
    }

    OperationLog& log_;
};

}  // namespace

OperationLog decode_operlog(std::string_view body, std::size_t line_limit) {
    OperationLog log;
    Decoder decoder(log);
    std::string_view rest = without_padding(body);
    for (std::uint32_t number = 1; !rest.empty(); ++number) {
        const auto line = take_line(rest);
        if (trimmed(line).empty()) continue;
        if (line.size() > line_limit) {
            // A template, as a rule, and then what is left of it is short; what is not is kept with the delivery.
            ++log.others;
            continue;
        }
        if (const auto problem = decoder.take_line(line, number)) {
            log.rejects.push_back(
                {number, *problem, std::string(line.substr(0, kept_of_long_line)), sha256(line), line.size()});
        }
    }
    return log;
}

}  // namespace presensi::adms
