// A file of a USB stick, whatever it is: what comes out is what a store takes, and reading what is kept is the same.

#include <algorithm>

#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/usb/attendance_file.hpp"
#include "protocol/usb/text_encoding.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::usb;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

constexpr std::size_t line_limit = 1024;

void check_content(const AttendanceFile& file) {
    for (const auto& punch : file.punches) {
        require(!punch.pin.empty() && is_valid_pin(punch.pin), "a PIN is one that stores take", {punch.pin});
        require(punch.pin_key == pin_key(punch.pin), "a PIN has its key", {punch.pin});
        if (punch.work_code) require_stored_text(*punch.work_code, 64, "a work code is text");
    }
    for (const auto& user : file.users) {
        require_stored_text(user.pin, 64, "a PIN is text");
        require_stored_text(user.name, 256, "a name is text");
    }
    for (const auto& number : file.terminal_numbers) require_stored_text(number, 64, "a terminal's number is text");
    require(file.kind != FileKind::users || file.punches.empty(), "users are no punches");
}

void check_file(std::string_view bytes, DateOrder order) {
    const auto read = decode_attendance_file(bytes, line_limit, {order, {}, {}});
    const auto* file = std::get_if<AttendanceFile>(&read);
    if (file == nullptr) {
        require_stored_text(std::get<std::string>(read), 1024, "a refusal is a sentence");
        require(!std::get<std::string>(read).empty(), "a refusal is said");
        return;
    }
    fuzz::reached(to_string(file->kind).data());
    check_content(*file);
    const auto second = decode_attendance_file(file->body, line_limit, file->again);
    const auto* again = std::get_if<AttendanceFile>(&second);
    require(again != nullptr, "what is kept can be read again", {file->body});
    require(again->body == file->body && again->kind == file->kind, "and is kept the same", {file->body, again->body});
    require(std::equal(file->punches.begin(), file->punches.end(), again->punches.begin(), again->punches.end(),
                       [](const Punch& a, const Punch& b) {
                           return a.pin == b.pin && a.device_time == b.device_time && a.state == b.state &&
                                  a.line == b.line;
                       }),
            "reading it again gives the same punches", {file->body, again->body});
    require(file->rejects.size() == again->rejects.size(), "and as many rejects", {file->body, again->body});
}

void check(std::string_view bytes) {
    const std::string text = to_utf8(bytes);
    const bool only_marks = bytes.find_first_not_of("\xff\xfe\xef\xbb\xbf") == bytes.npos;
    require(only_marks || !text.empty(), "text is not lost");
    require(to_utf8(text) == text, "text is text");
    check_file(bytes, DateOrder::by_the_file);
    check_file(bytes, DateOrder::month_first);
}

const fuzz::Property property("usb_file", check);

}  // namespace
