#include "protocol/zk4370/attendance_layout.hpp"

#include <algorithm>
#include <optional>

#include "protocol/zk4370/little_endian.hpp"
#include "protocol/zk4370/packed_time.hpp"

namespace presensi::zk4370 {

namespace {

using Layouts = std::vector<AttendanceLayout>;

// protocol-4370 § 4.2 step 3
bool is_known_state(std::uint8_t state) { return state <= 9 || state == 15 || state == 255; }

// protocol-4370 § 4.1: the top byte of a packed time from 2010 to the middle of 2036
bool is_likely_top_byte(std::uint8_t byte) { return byte >= 0x13 && byte <= 0x45; }

bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }

// One record under one layout. `confirmed`: the counter itself says the size; then a year beyond the range is the
// terminal's clock, and a missing user the record's own matter (protocol-4370 § 4.2).
class RecordTest {
public:
    RecordTest(bool confirmed, int this_year) : confirmed_(confirmed), last_year_(this_year + 1) {}

    bool good(AttendanceLayout layout, std::string_view bytes) const {
        switch (layout) {
            case AttendanceLayout::bytes_8a:
                return has_user(u16_at(bytes, 0)) && has_time(u32_at(bytes, 3)) && is_known_state(u8_at(bytes, 7));
            case AttendanceLayout::bytes_8b:
                // Byte 3 is 0 wherever the full time follows, and over the network it does (protocol-4370 § 4.3).
                return has_user(u16_at(bytes, 0)) && u8_at(bytes, 3) == 0 && has_time(u32_at(bytes, 4));
            case AttendanceLayout::bytes_16:
                return has_user(u32_at(bytes, 0)) && has_time(u32_at(bytes, 4)) && is_known_state(u8_at(bytes, 8));
            case AttendanceLayout::bytes_22:
                return good_text(bytes, 10);
            case AttendanceLayout::bytes_40:
            case AttendanceLayout::bytes_49:
                return good_text(bytes, 24);
        }
        return false;
    }

private:
    bool has_user(std::uint32_t number) const { return confirmed_ || number > 0; }

    bool has_time(std::uint32_t packed) const { return confirmed_ || year_of_packed_time(packed) <= last_year_; }

    bool good_text(std::string_view bytes, std::size_t id_width) const {
        const auto field = bytes.substr(2, id_width);
        const auto id = field.substr(0, field.find('\0'));
        if (!std::all_of(id.begin(), id.end(), is_printable)) return false;
        if (!confirmed_ && (id.empty() || field.find_first_not_of('\0', id.size()) != field.npos)) return false;
        return has_time(u32_at(bytes, 3 + id_width)) && is_known_state(u8_at(bytes, 7 + id_width));
    }

    bool confirmed_;
    int last_year_;
};

template <typename Predicate>
bool all_records(std::string_view records, std::size_t size, Predicate predicate) {
    for (std::size_t at = 0; at < records.size(); at += size) {
        if (!predicate(records.substr(at, size))) return false;
    }
    return true;
}

// Whether a form shows itself: in every record that has a time, and in more than half of all. 16-byte records read as
// 8-byte ones have none in every second of them: there stands the work code, which is zero or a small number.
template <typename Shown>
bool shows_itself(std::string_view records, std::size_t size, std::size_t time_at, Shown shown) {
    std::size_t showing = 0;
    const bool all = all_records(records, size, [&](auto record) {
        if (year_of_packed_time(u32_at(record, time_at)) == year_of_packed_time(no_time)) return true;
        ++showing;
        return shown(record);
    });
    return all && 2 * showing > records.size() / size;
}

// protocol-4370 § 4.3: 8A against 8B, by the top byte of the time, else by valid dates in every record.
std::optional<AttendanceLayout> settle_8_bytes(std::string_view records) {
    constexpr std::size_t time_a = 3;
    constexpr std::size_t time_b = 4;
    if (shows_itself(records, 8, time_a,
                     [](auto r) { return is_likely_top_byte(u8_at(r, 6)) && is_known_state(u8_at(r, 7)); }))
        return AttendanceLayout::bytes_8a;
    if (shows_itself(records, 8, time_b, [](auto r) { return is_likely_top_byte(u8_at(r, 7)); }))
        return AttendanceLayout::bytes_8b;
    const auto dated = [&](std::size_t at) {
        return shows_itself(records, 8, at, [&](auto r) { return decode_packed_time(u32_at(r, at)).has_value(); });
    };
    if (dated(time_a) == dated(time_b)) return std::nullopt;
    return dated(time_a) ? AttendanceLayout::bytes_8a : AttendanceLayout::bytes_8b;
}

// 8-byte records read as 16-byte ones: where the time would be, 8A has the state behind the rest of a time.
bool shows_16_bytes(std::string_view records) {
    return shows_itself(records, 16, 4, [](auto r) { return is_likely_top_byte(u8_at(r, 7)); });
}

bool could_be_16_bytes(std::string_view records, int this_year) {
    const RecordTest test(false, this_year);
    return records.size() % 16 == 0 &&
           all_records(records, 16, [&](auto r) { return test.good(AttendanceLayout::bytes_16, r); });
}

// The candidates that hold for all records, of the 8-byte forms at most one where it can be settled.
struct Good {
    Layouts layouts;
    bool unsettled = false;  // an 8-byte form is among them, but none showed itself
};

Good good_layouts(std::string_view records, const Layouts& candidates, bool confirmed, int this_year) {
    const RecordTest test(confirmed, this_year);
    Good good;
    for (const auto layout : candidates) {
        if (all_records(records, record_size(layout), [&](auto r) { return test.good(layout, r); }))
            good.layouts.push_back(layout);
    }
    const auto forms = std::count_if(good.layouts.begin(), good.layouts.end(), carries_only_slots);
    if (forms == 0) return good;
    // Eight bytes hold so little that the form must show itself also where only one of the two is left; unless the
    // counter says their size, and they are no half of a log of 16-byte records either.
    if (forms == 1 && confirmed && !could_be_16_bytes(records, this_year)) return good;
    const auto settled = settle_8_bytes(records);
    const bool otherwise = std::any_of(good.layouts.begin(), good.layouts.end(), [&](auto layout) {
        return !carries_only_slots(layout) && (layout != AttendanceLayout::bytes_16 || shows_16_bytes(records));
    });
    if (settled || otherwise || confirmed) {
        std::erase_if(good.layouts, [&](auto layout) { return carries_only_slots(layout) && layout != settled; });
    } else {
        good.unsettled = true;
    }
    return good;
}

// Step 1: the sizes that the counter says.
Layouts confirmed_candidates(std::size_t bytes, const CountRange& counts) {
    Layouts candidates;
    for (const auto layout : all_attendance_layouts) {
        for (const std::uint64_t count : counts.counts()) {
            if (count * record_size(layout) == bytes) candidates.push_back(layout);
        }
    }
    return candidates;
}

// Step 2: all sizes that divide.
Layouts dividing_candidates(std::size_t bytes) {
    Layouts candidates;
    for (const auto layout : all_attendance_layouts) {
        if (bytes % record_size(layout) == 0) candidates.push_back(layout);
    }
    return candidates;
}

TableProblem unknown_layout(std::size_t bytes, const CountRange& counts, const Layouts& good) {
    std::string sentence =
        "The log of " + std::to_string(bytes) + " bytes (records counted: " + counts.describe() + ") ";
    if (good.empty()) {
        sentence += "has records of no known layout.";
    } else if (good.size() == 1) {
        sentence +=
            "could be of the layout " + std::string(to_string(good.front())) + ", but nothing in it proves that.";
    } else {
        sentence += "can be read in more than one layout:";
        for (const auto layout : good) sentence.append(" ").append(to_string(layout));
        sentence += ".";
    }
    return {TableProblemKind::unknown_layout, sentence};
}

// Steps 1 to 3 of protocol-4370 § 4.2.
std::variant<AttendanceLayout, TableProblem> choose_layout(std::string_view records, const CountRange& counts,
                                                           int this_year) {
    const Layouts confirmed =
        good_layouts(records, confirmed_candidates(records.size(), counts), true, this_year).layouts;
    if (confirmed.size() == 1 && counts.counts().size() == 1) return confirmed.front();
    auto [good, unsettled] = good_layouts(records, dividing_candidates(records.size()), false, this_year);
    Layouts fitting = good;
    std::erase_if(fitting, [&](auto layout) { return !counts.fits(records.size() / record_size(layout)); });
    // A log that grew meanwhile fits more than one number.
    for (const auto layout : confirmed) {
        if (std::find(fitting.begin(), fitting.end(), layout) == fitting.end()) fitting.push_back(layout);
    }
    if (!fitting.empty()) good = fitting;
    const bool settled = !unsettled || std::none_of(good.begin(), good.end(), carries_only_slots);
    if (good.size() == 1 && settled) return good.front();
    return unknown_layout(records.size(), counts, good);
}

// What was accepted although it is not the plain case.
void note_counts(AttendanceLog& log, const CountRange& counts) {
    if (!counts.known_for(log.count)) {
        log.notes.push_back("The terminal does not count its records; all " + std::to_string(log.count) +
                            " read well in one layout.");
    } else if (counts.before && counts.after && *counts.after < *counts.before) {
        log.notes.push_back("Records vanished from the terminal during the read: " + counts.describe() + ".");
    } else if (!counts.after && log.count > *counts.before) {
        log.notes.push_back("The log grew during the read: " + counts.describe() + ", " + std::to_string(log.count) +
                            " came.");
    }
}

}  // namespace

std::variant<AttendanceLog, TableProblem> detect_attendance(std::string_view buffer, const CountRange& counts,
                                                            int this_year) {
    const auto body = split_table(buffer);
    if (!body) {
        return TableProblem{TableProblemKind::truncated,
                            "The log is cut off: " + std::to_string(buffer.size()) +
                                " bytes came, which are fewer than it says at its beginning."};
    }
    AttendanceLog log;
    log.records = body->records;
    if (body->surplus > 0)
        log.notes.push_back(std::to_string(body->surplus) + " bytes behind the end of the log were ignored.");
    if (!log.records.empty()) {
        const auto chosen = choose_layout(log.records, counts, this_year);
        if (const auto* problem = std::get_if<TableProblem>(&chosen)) return *problem;
        log.layout = std::get<AttendanceLayout>(chosen);
        log.count = log.records.size() / record_size(*log.layout);
    }
    if (!counts.fits(log.count)) {
        return TableProblem{TableProblemKind::count_mismatch, "The log has " + std::to_string(log.count) +
                                                                  " records, but the terminal counts " +
                                                                  counts.describe() + "."};
    }
    if (log.count == 0 && !counts.known_for(0)) {
        log.notes.push_back("The log is empty, and the terminal does not count its records.");
    } else {
        note_counts(log, counts);
    }
    return log;
}

}  // namespace presensi::zk4370
