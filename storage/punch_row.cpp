#include "storage/punch_row.hpp"

namespace presensi::storage {

namespace {

// PostgreSQL writes no fraction where it is 0; the feed and SQLite always have three digits.
std::string with_milliseconds(std::string utc) {
    if (utc.ends_with('Z') && utc.find('.') == std::string::npos) utc.insert(utc.size() - 1, ".000");
    return utc;
}

}  // namespace

FeedRow read_punch(const Row& row) {
    FeedRow punch;
    punch.id = row.integer(0);
    punch.serial = row.text(1);
    punch.zone = row.text(2);
    punch.pin = row.text(3);
    punch.device_time = row.text(4);
    punch.punched_at = row.text(5);
    punch.state = row.integer_or_null(6);
    punch.verify = row.integer_or_null(7);
    punch.work_code = row.text_or_null(8);
    punch.roads = {row.text(9)};
    punch.grade = row.text(10);
    punch.received_at = with_milliseconds(row.text(11));
    return punch;
}

}  // namespace presensi::storage
