// An attendance log in any layout, or in none.

#include <algorithm>

#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"
#include "protocol/zk4370/attendance.hpp"
#include "tests/fuzz/property.hpp"

using namespace presensi;
using namespace presensi::zk4370;
using presensi::fuzz::require;
using presensi::fuzz::require_stored_text;

namespace {

void check_punch(const Punch& punch) {
    require_stored_text(punch.pin, 64, "a PIN is 1-64 bytes of text");
    require(!punch.pin.empty() && punch.pin_key == pin_key(punch.pin), "the PIN key is that of the PIN");
    require(decode_device_time(format_device_time(punch.device_time)) == punch.device_time, "a time can be read again");
    require(punch.state.value_or(0) >= 0 && punch.state.value_or(0) <= 255, "a state is 0-255");
    require(punch.verify.value_or(0) >= 0 && punch.verify.value_or(0) <= 255, "a verify mode is 0-255");
    if (punch.work_code) require_stored_text(*punch.work_code, 64, "a work code is at most 64 bytes of text");
}

// The first byte is what the terminal counts; 255: it does not say; 254: the next two bytes say before and after.
void check(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto counted = static_cast<unsigned char>(bytes.front());
    CountRange counts;
    const bool grows = counted == 254 && bytes.size() >= 3;
    if (grows) {
        counts = {static_cast<unsigned char>(bytes[1]), static_cast<unsigned char>(bytes[2])};
    } else if (counted != 255) {
        counts = {counted, counted};
    }
    const auto buffer = bytes.substr(grows ? 3 : 1);
    const auto found = detect_attendance(buffer, counts, 2026);
    if (const auto* problem = std::get_if<TableProblem>(&found)) {
        require(!problem->sentence.empty(), "a problem is said");
        return;
    }
    const auto& log = std::get<AttendanceLog>(found);
    if (!log.layout) {
        require(log.count == 0 && log.records.empty(), "only an empty log has no layout");
        return;
    }
    require(log.count * record_size(*log.layout) == log.records.size(), "a log is whole records");
    require(log.records.size() + 4 <= buffer.size(), "a log is what came");
    require(counts.fits(log.count) || !counts.known_for(log.count), "a log has what the terminal counted");
    const UserIds users{{1, "1001"}, {2, "x y"}, {7, ""}};
    const AttendanceBatch batch = decode_attendance(log, users);
    require(batch.punches.size() + batch.rejects.size() == log.count, "every record is a punch or a reject");
    for (const auto& punch : batch.punches) {
        require(punch.line >= 1 && punch.line <= log.count, "a punch stands in the log");
        check_punch(punch);
    }
    for (const auto& reject : batch.rejects) {
        require(reject.bytes.size() == record_size(*log.layout), "a reject is its record");
    }
}

const fuzz::Property property("zk_attendance", check);

}  // namespace
