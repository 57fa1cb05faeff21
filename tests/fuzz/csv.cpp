// A table of punches: what comes out is what a store takes, nothing of it is lost, and reading what is kept is the
// same.

#include <algorithm>

#include "protocol/csv_table.hpp"
#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/usb/csv_attendance.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::usb;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

constexpr std::size_t line_limit = 4096;

void check_table(std::string_view bytes) {
    CsvLimits limits;
    limits.rows = 100;
    limits.columns = 8;
    limits.field = 64;
    limits.row = 256;
    const CsvTable table = read_csv_table(bytes, limits);
    require(table.rows.size() + table.problems.size() <= 101, "rows have a limit");
    std::size_t last = 0;
    for (const auto& row : table.rows) {
        require(row.line > last, "rows come in their order");
        last = row.line;
        require(row.fields.size() == table.header.size(), "a row has a cell for each column");
        for (const auto& field : row.fields) {
            require(field.size() <= 64 && is_valid_utf8(field) && field.find('\0') == field.npos, "a cell is text");
        }
    }
    for (const auto& problem : table.problems) require(!problem.sentence.empty(), "a problem is said");
    std::size_t lines = 0;
    read_csv(
        bytes, limits,
        [&](CsvRow&& row) {
            require(row.line > lines, "each row begins in a line of its own");
            lines = row.line;
            const auto* end = bytes.data() + bytes.size();
            require(row.text.data() >= bytes.data() && row.text.data() + row.text.size() <= end,
                    "a row is in the text");
        },
        [](CsvProblem&&) {});
}

void check_attendance(std::string_view text, const Said& said) {
    const auto read = decode_csv_attendance(text, line_limit, said);
    const auto* file = std::get_if<AttendanceFile>(&read);
    if (file == nullptr) {
        require(!std::get<std::string>(read).empty(), "a refusal is said");
        return;
    }
    fuzz::reached("a table with punches");
    for (const auto& punch : file->punches) {
        require(!punch.pin.empty() && is_valid_pin(punch.pin), "a PIN is one that stores take", {punch.pin});
        require(punch.pin_key == pin_key(punch.pin), "a PIN has its key");
        if (punch.work_code) require_stored_text(*punch.work_code, 64, "a work code is text");
    }
    const auto second = decode_csv_attendance(file->body, line_limit, file->again);
    const auto* again = std::get_if<AttendanceFile>(&second);
    require(again != nullptr, "what is kept can be read again", {file->body});
    require(again->body == file->body, "and is kept the same", {file->body, again->body});
    require(std::equal(file->punches.begin(), file->punches.end(), again->punches.begin(), again->punches.end(),
                       [](const Punch& a, const Punch& b) {
                           return a.pin == b.pin && a.device_time == b.device_time && a.state == b.state &&
                                  a.line == b.line;
                       }),
            "reading it again gives the same punches", {file->body, again->body});
    require(file->rejects.size() == again->rejects.size(), "and as many rejects", {file->body, again->body});
}

void check(std::string_view bytes) {
    check_table(bytes);
    check_attendance(bytes, {});
    check_attendance(bytes, {DateOrder::day_first, {}, "TST7240100001"});
    CsvColumns columns;
    columns.pin = "1";
    columns.time = "2";
    columns.state = "3";
    columns.terminal = "4";
    check_attendance(bytes, {DateOrder::month_first, columns, "TST7240100001"});
}

const fuzz::Property property("csv", check);

}  // namespace
