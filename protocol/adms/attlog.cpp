#include "protocol/adms/attlog.hpp"

#include <algorithm>

#include "protocol/adms/body_lines.hpp"
#include "protocol/adms/punch_line.hpp"
#include "protocol/pin.hpp"
#include "protocol/reject.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

constexpr std::size_t longest_work_code = 64;

// "1 TAB 2026-1-1T1:1:1": more punches than this a body cannot hold.
constexpr std::size_t shortest_punch = 16;

// Puts the line's punch into `punches`, or says why it is none.
std::optional<RejectReason> take_punch(std::string_view line, std::uint32_t number, AttlogColumns order,
                                       std::vector<Punch>& punches) {
    auto columns = split_punch_line(line);
    if (!columns) return RejectReason::too_few_fields;
    if (order == AttlogColumns::from_stick) {
        columns->state = columns->verify;
        columns->verify = columns->work_code;
        columns->work_code = columns->beyond.substr(0, columns->beyond.find(columns->separator));
    }
    if (trim_blanks(columns->pin).empty()) return RejectReason::empty_pin;
    if (!is_valid_pin(columns->pin)) return RejectReason::bad_pin;
    const auto time = decode_device_time(columns->time);
    if (!time) return RejectReason::bad_time;
    Punch& punch = punches.emplace_back();
    // Terminals pad it with blanks on a stick, and only there.
    punch.pin = order == AttlogColumns::from_stick ? trim_blanks(columns->pin) : columns->pin;
    punch.pin_key = pin_key(columns->pin);
    punch.device_time = *time;
    punch.state = decode_number(trim_blanks(columns->state), 0, 255);
    punch.verify = decode_number(trim_blanks(columns->verify), 0, 65535);
    if (!columns->work_code.empty()) punch.work_code = to_stored_text(columns->work_code, longest_work_code);
    punch.line = number;
    return std::nullopt;
}

}  // namespace

AttlogBatch decode_attlog(std::string_view body, std::size_t line_limit, AttlogColumns order) {
    AttlogBatch batch;
    std::string_view rest = without_padding(body);
    const auto line_ends = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
    batch.punches.reserve(std::min(line_ends + 1, rest.size() / shortest_punch));
    for (std::uint32_t number = 1; !rest.empty(); ++number) {
        const auto line = take_line(rest);
        if (line.empty()) continue;
        ++batch.lines;
        const auto problem =
            line.size() > line_limit ? RejectReason::line_too_long : take_punch(line, number, order, batch.punches);
        if (problem) batch.rejects.push_back(make_reject(line, number, *problem));
    }
    return batch;
}

}  // namespace presensi::adms
