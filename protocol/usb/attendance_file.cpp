#include "protocol/usb/attendance_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/adms/attlog.hpp"
#include "protocol/adms/body_lines.hpp"
#include "protocol/adms/punch_line.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/reject.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/usb/csv_attendance.hpp"
#include "protocol/usb/general_log.hpp"
#include "protocol/usb/other_export.hpp"
#include "protocol/usb/text_encoding.hpp"

namespace presensi::usb {

namespace {

// Of a text file at most so many lines are looked at to learn what it is.
constexpr int lines_to_look_at = 1000;

bool is_text(std::string_view text) {
    const auto head = text.substr(0, 4096);
    const auto odd = std::count_if(head.begin(), head.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
    });
    return odd == 0;
}

// What the columns of an attlog say of their order. Either order has the PIN and the time first.
struct Columns {
    std::string terminal_number;  // the third, while it is the same in every line
    bool third_varies = false;
    bool third_is_no_state = false;   // 7, 101: a terminal's number
    bool fourth_is_no_state = false;  // 15, 25: a verify mode
    std::ptrdiff_t most = 0;          // TABs in a line
    int lines = 0;
    int punches = 0;
};

bool is_state(std::string_view text) {
    const auto number = decode_number(trim_blanks(text), 0, 255);
    return number && (*number <= 5 || *number == 255);
}

Columns look_at(std::string_view text) {
    Columns columns;
    while (!text.empty() && columns.lines < lines_to_look_at) {
        const auto line = adms::take_line(text);
        if (line.empty()) continue;
        ++columns.lines;
        const auto punch = adms::split_punch_line(line);
        if (!punch || punch->separator != '\t' || !decode_device_time(punch->time)) continue;
        ++columns.punches;
        columns.most = std::max(columns.most, std::count(line.begin(), line.end(), '\t'));
        const auto third = trim_blanks(punch->state);
        if (columns.punches == 1) columns.terminal_number = third;
        columns.third_varies = columns.third_varies || third != columns.terminal_number;
        columns.third_is_no_state = columns.third_is_no_state || !is_state(punch->state);
        columns.fourth_is_no_state = columns.fourth_is_no_state || !is_state(punch->verify);
    }
    return columns;
}

// The third column is a terminal's number, the same everywhere unless files were joined, or a state; only a verify mode
// is beyond the states. In doubt it is what terminals write to a stick: the identity of a punch is the same either way.
bool is_as_pushed(const Columns& columns) {
    return columns.fourth_is_no_state || (columns.third_varies && !columns.third_is_no_state);
}

// One readable line in a thousand is chance.
bool is_like_attlog(const Columns& columns) { return columns.punches > 0 && columns.punches * 10 >= columns.lines; }

void note_terminal_numbers(AttendanceFile& file, std::string_view text) {
    while (!text.empty()) {
        const auto punch = adms::split_punch_line(adms::take_line(text));
        if (punch && decode_device_time(punch->time)) note_terminal_number(file, trim_blanks(punch->state));
    }
}

// The stick was pulled out while the last line was written: its time may be cut, too, and still be readable.
std::string_view take_cut_line(std::string_view& text, const Columns& columns) {
    if (text.ends_with('\n')) return {};
    const auto begin = text.rfind('\n') == text.npos ? 0 : text.rfind('\n') + 1;
    const auto last = text.substr(begin);
    if (std::count(last.begin(), last.end(), '\t') >= columns.most) return {};
    text = text.substr(0, begin);
    return last;
}

std::string hex_of(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

// How it begins helps whoever must find out what it is, if nothing secret can be in that.
std::string unknown(std::string_view head, std::size_t size) {
    constexpr std::size_t shown = 64;
    return fmt::format(
        "This is no attendance file that is known here: {} bytes that begin with {}. Bring the file that the "
        "terminal's "
        "menu calls attendance data (attlog.dat), or a pulled file.",
        size, hex_of(head.substr(0, shown)));
}

std::string unknown_text(std::string_view text, std::size_t size) {
    constexpr std::size_t enough = 1024;
    return unknown(adms::redact_body(adms::TableKind::attlog, std::string(text.substr(0, enough))), size);
}

std::variant<AttendanceFile, std::string> decode_binary(std::string_view bytes) {
    auto users = decode_user_file(bytes);
    if (std::holds_alternative<AttendanceFile>(users)) return users;
    if (auto sentence = describe_other_export(bytes); !sentence.empty()) return sentence;
    if (begins_like_users(bytes)) return users;
    return unknown(bytes, bytes.size());
}

std::variant<AttendanceFile, std::string> decode_attlog_file(std::string text, std::size_t size,
                                                             std::size_t line_limit) {
    text = adms::redact_body(adms::TableKind::attlog, std::move(text));
    Columns columns = look_at(text);
    // What is kept must be taken for the same when it is read again.
    const bool is_another = is_general_log(text) || is_csv_attendance(text);
    if (is_another || !is_like_attlog(columns)) return unknown_text(text, size);
    AttendanceFile file;
    std::string_view whole = text;
    const auto cut = take_cut_line(whole, columns);
    // Half a column is no other column.
    if (!cut.empty()) columns = look_at(whole);
    file.kind = is_as_pushed(columns) ? FileKind::attlog_as_pushed : FileKind::attlog;
    const bool from_stick = file.kind == FileKind::attlog;
    auto batch = adms::decode_attlog(whole, line_limit,
                                     from_stick ? adms::AttlogColumns::from_stick : adms::AttlogColumns::as_pushed);
    file.punches = std::move(batch.punches);
    file.rejects = std::move(batch.rejects);
    if (!cut.empty()) {
        file.cut = true;
        const auto line = 1 + static_cast<std::uint32_t>(std::count(whole.begin(), whole.end(), '\n'));
        file.rejects.push_back(make_reject(cut, line, RejectReason::too_few_fields));
    }
    if (from_stick) note_terminal_numbers(file, whole);
    file.body = std::move(text);
    return file;
}

// What is kept is often shorter, so that an odd character far behind comes to where it would make a binary file of it.
std::variant<AttendanceFile, std::string> if_still_text(std::variant<AttendanceFile, std::string> read) {
    const auto* file = std::get_if<AttendanceFile>(&read);
    if (file == nullptr || is_text(file->body) || is_csv_attendance(file->body)) return read;
    return std::string(
        "There are control characters in this file, which no terminal writes. Export it anew, or take them out.");
}

std::string too_many() {
    return fmt::format("There are more than {} lines in this file; no terminal holds so many punches.", most_records);
}

}  // namespace

std::string_view to_string(FileKind kind) {
    switch (kind) {
        case FileKind::attlog:
            return "attlog";
        case FileKind::attlog_as_pushed:
            return "attlog_as_pushed";
        case FileKind::general_log:
            return "general_log";
        case FileKind::general_log_binary:
            return "general_log_binary";
        case FileKind::csv:
            return "csv";
        case FileKind::users:
            return "users";
    }
    return "";
}

void note_terminal_number(AttendanceFile& file, std::string_view number) {
    constexpr std::size_t few = 10;
    auto& numbers = file.terminal_numbers;
    if (number.empty() || numbers.size() == few || std::find(numbers.begin(), numbers.end(), number) != numbers.end())
        return;
    numbers.push_back(to_stored_text(number, 64));
}

std::variant<AttendanceFile, std::string> decode_attendance_file(std::string_view bytes, std::size_t line_limit,
                                                                 const Said& said) {
    if (bytes.empty()) return std::string("The file is empty.");
    if (is_binary_general_log(bytes)) return decode_binary_general_log(bytes);
    if (static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')) > most_records) return too_many();
    std::string text = to_utf8(bytes);
    const bool is_csv = is_csv_attendance(text);
    if (!is_text(text) && !is_csv) return decode_binary(bytes);
    if (said.columns.any()) return if_still_text(decode_csv_attendance(text, line_limit, said));
    if (is_general_log(text)) return if_still_text(decode_general_log(text, line_limit, said.date_order));
    if (is_csv) return decode_csv_attendance(text, line_limit, said);
    // Before redaction, which may need as much memory again: what is no attlog needs none of it.
    if (!is_like_attlog(look_at(text))) {
        auto sentence = describe_other_text(text);
        if (sentence.empty()) sentence = describe_other_export(bytes);
        return sentence.empty() ? unknown_text(text, bytes.size()) : sentence;
    }
    return if_still_text(decode_attlog_file(std::move(text), bytes.size(), line_limit));
}

}  // namespace presensi::usb
