#include "protocol/adms/attlog.hpp"

#include <algorithm>

#include "protocol/pin.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::size_t longest_pin = 64;
constexpr std::size_t longest_work_code = 64;
constexpr std::size_t kept_of_long_line = 256;

// Takes the text up to the next TAB off the front.
std::string_view take_field(std::string_view& rest) {
    const auto end = rest.find('\t');
    const auto field = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    return field;
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_pin(std::string_view pin) {
    if (pin.size() > longest_pin) return false;
    return is_plain(pin) || (is_valid_utf8(pin) && to_stored_text(pin) == pin);
}

std::string work_code_of(std::string_view field) {
    std::string text = is_plain(field) ? std::string(field) : to_stored_text(field);
    if (text.size() <= longest_work_code) return text;
    std::size_t end = longest_work_code;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    return text;
}

// protocol-adms § 3.1, last row: "PIN date time [state verify workcode …]" with blanks, only where no TAB is.
std::string with_tabs(std::string_view line) {
    std::string out;
    int field = 0;
    std::string_view rest = trim_blanks(line);
    while (!rest.empty()) {
        const auto end = rest.find(' ');
        if (field > 0) out.push_back(field == 2 ? ' ' : '\t');
        out.append(rest.substr(0, end));
        ++field;
        rest = end == rest.npos ? std::string_view() : trim_blanks(rest.substr(end));
    }
    return field >= 3 ? out : std::string();
}

struct Decoder {
    AttlogBatch& batch;

    void reject(std::string_view line, std::uint32_t number, RejectReason reason) {
        Reject& reject = batch.rejects.emplace_back();
        reject.line = number;
        reject.reason = reason;
        reject.bytes = reason == RejectReason::line_too_long ? line.substr(0, kept_of_long_line) : line;
        reject.sha256 = sha256(line);
        reject.length = line.size();
    }

    // True: it became a punch. `why` otherwise.
    bool punch(std::string_view line, std::uint32_t number, RejectReason& why) {
        std::string_view rest = line;
        if (rest.starts_with("ATTLOG\t")) rest.remove_prefix(7);
        if (rest.find('\t') == rest.npos) {
            why = RejectReason::too_few_fields;
            return false;
        }
        const auto pin = take_field(rest);
        const auto time_text = take_field(rest);
        if (trim_blanks(pin).empty()) {
            why = RejectReason::empty_pin;
            return false;
        }
        if (!is_pin(pin)) {
            why = RejectReason::bad_pin;
            return false;
        }
        const auto time = decode_device_time(time_text);
        if (!time) {
            why = RejectReason::bad_time;
            return false;
        }
        Punch& punch = batch.punches.emplace_back();
        punch.pin = pin;
        punch.pin_key = pin_key(pin);
        punch.device_time = *time;
        punch.line = number;
        punch.state = decode_number(trim_blanks(take_field(rest)), 0, 255);
        punch.verify = decode_number(trim_blanks(take_field(rest)), 0, 65535);
        if (const auto code = take_field(rest); !code.empty()) punch.work_code = work_code_of(code);
        return true;
    }
};

}  // namespace

AttlogBatch decode_attlog(std::string_view body, std::size_t line_limit) {
    AttlogBatch batch;
    const auto last = body.find_last_not_of(std::string_view("\0\t\r\n", 4));
    if (last == body.npos) return batch;
    // The last line keeps the TABs behind it: they are empty columns.
    const auto end_of_last = body.find_first_not_of('\t', last + 1);
    body = body.substr(0, end_of_last);
    Decoder decoder{batch};
    std::uint32_t number = 0;
    for (;;) {
        ++number;
        const auto end = body.find('\n');
        auto line = body.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (!line.empty()) {
            ++batch.lines;
            RejectReason why{};
            if (line.size() > line_limit) {
                decoder.reject(line, number, RejectReason::line_too_long);
            } else if (!decoder.punch(line, number, why)) {
                const std::string spaced = line.find('\t') == line.npos ? with_tabs(line) : std::string();
                RejectReason ignored{};
                if (spaced.empty() || !decoder.punch(spaced, number, ignored)) decoder.reject(line, number, why);
            }
        }
        if (end == body.npos) return batch;
        body.remove_prefix(end + 1);
    }
}

}  // namespace presensi::adms
