#include "protocol/adms/punch_line.hpp"

#include <algorithm>

#include "protocol/text_fields.hpp"

namespace presensi::adms {

namespace {

std::string_view take_column(std::string_view& rest, char separator) {
    // Columns are a few bytes long: a plain loop finds their end before memchr has begun.
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != separator) ++end;
    const auto column = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // Several blanks separate like one.
    if (separator == ' ') rest = trim_blanks(rest);
    return column;
}

// protocol-adms § 3.1, last row: "PIN date time …" with blanks, from documents and test tools.
std::optional<PunchLine> split_at_blanks(std::string_view line) {
    std::string_view rest = trim_blanks(line);
    PunchLine punch;
    punch.separator = ' ';
    punch.pin = take_column(rest, ' ');
    const auto time_begin = rest;
    take_column(rest, ' ');
    const auto clock = take_column(rest, ' ');
    if (clock.empty()) return std::nullopt;
    // Date and time are one column; the blanks between them belong to it.
    punch.time = time_begin.substr(0, static_cast<std::size_t>(clock.data() - time_begin.data()) + clock.size());
    if (!decode_device_time(punch.time)) return std::nullopt;
    punch.state = take_column(rest, ' ');
    punch.verify = take_column(rest, ' ');
    punch.work_code = take_column(rest, ' ');
    punch.beyond = rest;
    return punch;
}

}  // namespace

std::string_view PunchLine::column_8() const {
    std::string_view rest = beyond;
    take_column(rest, separator);
    take_column(rest, separator);
    return take_column(rest, separator);
}

std::optional<PunchLine> split_punch_line(std::string_view line) {
    constexpr std::string_view prefix = "ATTLOG\t";
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
    PunchLine punch;
    std::string_view rest = line;
    punch.pin = take_column(rest, '\t');
    if (punch.pin.size() == line.size()) return split_at_blanks(line);
    punch.time = take_column(rest, '\t');
    punch.state = take_column(rest, '\t');
    punch.verify = take_column(rest, '\t');
    punch.work_code = take_column(rest, '\t');
    punch.beyond = rest;
    return punch;
}

}  // namespace presensi::adms
