#include "tests/convergence/roads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>
#include <variant>

#include "daemon/pull/file.hpp"
#include "daemon/pull/record.hpp"
#include "protocol/adms/attlog.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/adms/target.hpp"
#include "protocol/adms/upload.hpp"
#include "protocol/usb/attendance_file.hpp"
#include "protocol/zk4370/attendance_layout.hpp"
#include "protocol/zk4370/user_table.hpp"

namespace presensi::convergence {

namespace {

using terminals::Profile;
using terminals::ZkLayout;

constexpr std::size_t line_limit = 64 * 1024;
constexpr DeviceTime junk_day = first_day + std::chrono::days(9);

template <typename T>
T taken(std::variant<T, std::string> read) {
    if (const auto* sentence = std::get_if<std::string>(&read)) throw std::runtime_error(*sentence);
    return std::get<T>(std::move(read));
}

template <typename T>
T taken(std::variant<T, zk4370::TableProblem> read) {
    if (const auto* problem = std::get_if<zk4370::TableProblem>(&read)) throw std::runtime_error(problem->sentence);
    return std::get<T>(std::move(read));
}

bool is_number(const std::string& key) { return !key.empty() && key.find_first_not_of("0123456789") == key.npos; }

// The same PIN, as some terminal writes it.
std::string pin_form(const std::string& key, int form, std::size_t width) {
    std::string pin = key;
    if (is_number(key) && form % 4 == 1) pin = "0" + key;
    if (is_number(key) && form % 4 == 2) pin = fmt::format("{:0>9}", key);
    if (is_number(key) && form % 4 == 3) pin = "00" + key;
    return pin.size() <= width ? pin : key;
}

std::string without_line_end(std::string line) {
    line.erase(line.find_last_not_of("\r\n") + 1);
    return line;
}

// The part of the log that a trip takes along.
std::vector<Made> part_of(const std::vector<Made>& log, const Trip& trip) {
    const auto at = [&](int per_mille) { return static_cast<std::size_t>(per_mille) * log.size() / 1000; };
    const auto first = static_cast<std::ptrdiff_t>(at(std::min(trip.from, trip.to)));
    const auto last = static_cast<std::ptrdiff_t>(at(std::max(trip.from, trip.to)));
    return {log.begin() + first, log.begin() + last};
}

// Writes down what must come of what it encodes.
class Traveller {
public:
    Traveller(const Plan& plan, const Trip& trip, Truth& truth)
        : trip_(trip),
          terminal_(static_cast<std::size_t>(trip.terminal)),
          shape_(plan.terminals[terminal_]),
          truth_(truth) {}

    std::vector<Delivery> push(const std::vector<Made>& part) {
        std::vector<std::string> lines = pushed_lines(part, shape_.profile, Road::push);
        std::vector<Delivery> deliveries;
        const auto most = static_cast<std::size_t>(trip_.lines);
        for (std::size_t done = 0; done < lines.size(); done += most) {
            std::string body;
            for (std::size_t i = done; i < std::min(done + most, lines.size()); ++i) body += lines[i];
            deliveries.push_back(read_push(std::move(body), done));
        }
        return deliveries;
    }

    std::vector<Delivery> stick(const std::vector<Made>& part) {
        std::vector<std::string> lines;
        for (const Made& made : part) lines.push_back(stick_line(made));
        add_junk(lines, [&](int number) { return stick_junk(number); });
        // Letters of a line without a time may be a piece of a template: the redactor keeps only their measure.
        const bool cut = trip_.cut && part.size() > 1 && is_number(part.back().key);
        if (cut) cut_last(lines);
        for (std::size_t i = 0; i + (cut ? 1 : 0) < part.size(); ++i)
            see(part[i], Road::upload, {part[i].state, part[i].verify, work_code(part[i])});
        return {read_file(joined(lines), usb::FileKind::attlog)};
    }

    std::vector<Delivery> pushed_file(const std::vector<Made>& part) {
        // Only a verify mode beyond the states shows the order of the columns for sure.
        const Profile profile = shape_.profile == Profile::x100c ? Profile::mb10 : shape_.profile;
        return {read_file(joined(pushed_lines(part, profile, Road::upload)), usb::FileKind::attlog_as_pushed)};
    }

    std::vector<Delivery> pull(const std::vector<Made>& part, Road road) {
        std::vector<Made> carried;
        std::copy_if(part.begin(), part.end(), std::back_inserter(carried),
                     [&](const Made& made) { return can_carry(made); });
        std::vector<std::string> records;
        for (const Made& made : carried) {
            records.push_back(terminals::encode(shape_.layout, zk_punch(made)));
            see(made, road, pulled_attributes(made));
        }
        // Eight bytes hold so little that most of them must have a time (protocol-4370 § 4.3).
        if (!carries_slots() || carried.size() > static_cast<std::size_t>(trip_.junk))
            add_junk(records, [&](int number) { return record_junk(number); });
        return {read_pull(joined(records), records.size(), carried, road)};
    }

private:
    bool carries_slots() const { return shape_.layout == ZkLayout::a8 || shape_.layout == ZkLayout::b8; }

    void see(const Made& made, Road road, Attributes attributes) {
        truth_.sightings.insert({{terminal_, made.time, made.key}, road, std::move(attributes)});
    }

    void refuse(std::string bytes, RejectReason reason) {
        truth_.rejects.emplace(std::pair{terminal_, std::move(bytes)}, reason);
    }

    static std::string work_code(const Made& made) { return std::to_string(made.work_code); }

    static std::string joined(const std::vector<std::string>& parts) {
        std::string all;
        for (const auto& part : parts) all += part;
        return all;
    }

    // Among the first lines, so that a good one stands behind it.
    template <typename Make>
    void add_junk(std::vector<std::string>& lines, Make make) {
        for (int i = 0; i < trip_.junk; ++i) {
            const auto at = std::min<std::size_t>(static_cast<std::size_t>(i) * 2, lines.size() / 2);
            lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), make(i + trip_.form));
        }
    }

    // What no terminal writes, in otherwise well-formed lines.
    std::string junk_line(int number, const std::string& no_pin, const std::string& no_day) {
        switch (number % 3) {
            case 0:
                refuse(without_line_end(no_pin), RejectReason::empty_pin);
                return no_pin;
            case 1:
                refuse(without_line_end(no_day), RejectReason::bad_time);
                return no_day;
            default:
                break;
        }
        const std::string scribble = fmt::format("rusak-{}\n", number);
        refuse(without_line_end(scribble), RejectReason::too_few_fields);
        return scribble;
    }

    static std::string on_no_day(std::string line) {
        constexpr std::string_view day = "2026-11-10";
        return line.replace(line.find(day), day.size(), "2026-11-31");
    }

    std::vector<std::string> pushed_lines(const std::vector<Made>& part, Profile profile, Road road) {
        std::vector<std::string> lines;
        long sequence = 0;
        const auto line_of = [&](const std::string& pin, DeviceTime time, int state) {
            return terminals::encode_record(profile, {time, pin, state, ++sequence});
        };
        for (const Made& made : part) {
            const bool blank = trip_.form % 5 == 4 && is_number(made.key);
            lines.push_back(line_of((blank ? " " : "") + pin_form(made.key, trip_.form, 64), made.time, made.state));
            see(made, road, pushed_attributes(made, profile));
        }
        add_junk(lines, [&](int number) {
            sequence = 9000 + number;
            return junk_line(number, line_of("", junk_day, 0), on_no_day(line_of("42", junk_day, 0)));
        });
        return lines;
    }

    static Attributes pushed_attributes(const Made& made, Profile profile) {
        switch (profile) {
            case Profile::x100c:
                return {made.state, 1, std::nullopt};
            case Profile::senseface:
                return {255, 15, "0"};
            case Profile::mb10:
                break;
        }
        return {made.state, 15, "0"};
    }

    // Redacted, decoded and named as push::Routes does it.
    Delivery read_push(std::string body, std::size_t stamp) const {
        const auto target =
            adms::decode_target(fmt::format("/iclock/cdata?SN=TST0000000001&table=ATTLOG&Stamp={}", stamp));
        adms::Upload upload = adms::classify_upload(target, body);
        if (upload.kind != adms::TableKind::attlog) throw std::runtime_error("an ATTLOG body was taken for another");
        Delivery delivery;
        delivery.road = Road::push;
        delivery.table = std::move(upload.table);
        delivery.stamp = std::move(upload.stamp);
        delivery.query = adms::redact_query(target.query);
        delivery.body = adms::redact_body(upload.kind, std::move(body));
        adms::AttlogBatch batch = adms::decode_attlog(delivery.body, line_limit);
        delivery.punches = std::move(batch.punches);
        delivery.rejects = std::move(batch.rejects);
        return delivery;
    }

    std::string stick_line(const Made& made) const {
        return fmt::format("{:>9}\t{}\t{}\t{}\t{}\t{}\r\n", pin_form(made.key, trip_.form, 64),
                           terminals::format_time(made.time, ' '), terminal_ + 1, made.state, made.verify,
                           made.work_code);
    }

    std::string stick_junk(int number) {
        Made made;
        made.time = junk_day + std::chrono::minutes(number);
        const std::string no_pin = stick_line(made);
        made.key = "42";
        return junk_line(number, no_pin, on_no_day(stick_line(made)));
    }

    // The stick was pulled out: somewhere behind the PIN of the last line, before its last column.
    void cut_last(std::vector<std::string>& lines) {
        std::string& last = lines.back();
        const auto begin = last.find('\t') + 1;
        const auto end = last.rfind('\t');
        last.resize(begin + static_cast<std::size_t>(trip_.form + trip_.lines) % (end - begin));
        refuse(last, RejectReason::too_few_fields);
    }

    Delivery read_file(std::string text, usb::FileKind kind) const {
        if (trip_.way == Way::stick_utf16) text = as_utf16(text);
        auto file = taken(usb::decode_attendance_file(text, line_limit));
        if (file.kind != kind) throw std::runtime_error("the columns of a file were taken for others");
        Delivery delivery;
        delivery.road = Road::upload;
        delivery.table = "ATTLOG";
        delivery.query = to_string(file.kind);
        delivery.body = std::move(file.body);
        delivery.punches = std::move(file.punches);
        delivery.rejects = std::move(file.rejects);
        return delivery;
    }

    static std::string as_utf16(const std::string& text) {
        std::string wide = "\xff\xfe";
        for (const char c : text) {
            wide.push_back(c);
            wide.push_back('\0');
        }
        return wide;
    }

    bool can_carry(const Made& made) const {
        switch (shape_.layout) {
            case ZkLayout::r16:
                return is_number(made.key) && (made.key.size() < 10 || std::stoull(made.key) <= 0xffffffff);
            case ZkLayout::r22:
                return made.key.size() <= pin_width();
            default:
                return true;
        }
    }

    std::size_t pin_width() const { return shape_.layout == ZkLayout::r22 ? 10 : 24; }

    terminals::ZkPunch zk_punch(const Made& made) const {
        return {made.slot,     pin_form(made.key, trip_.form, pin_width()), made.time, made.state, made.verify,
                made.work_code};
    }

    Attributes pulled_attributes(const Made& made) const {
        if (shape_.layout == ZkLayout::a8) return {made.state, made.verify, std::nullopt};
        if (shape_.layout == ZkLayout::b8) return {made.state & 7, made.verify & 3, std::nullopt};
        return {made.state, made.verify, work_code(made)};
    }

    std::size_t time_offset() const {
        switch (shape_.layout) {
            case ZkLayout::a8:
                return 3;
            case ZkLayout::b8:
            case ZkLayout::r16:
                return 4;
            case ZkLayout::r22:
                return 13;
            case ZkLayout::r40:
            case ZkLayout::r49:
                break;
        }
        return 27;
    }

    std::string record_junk(int number) {
        const Made made{1, "42", junk_day + std::chrono::minutes(number), 0, 1, 0};
        std::string record = terminals::encode(shape_.layout, zk_punch(made));
        RejectReason reason = RejectReason::time_unknown;
        switch (number % 3) {
            case 0:
                record.replace(time_offset(), 4, 4, '\0');
                record[0] = static_cast<char>(number + 1);
                break;
            case 1:
                reason = RejectReason::bad_time;
                record.replace(time_offset(), 4, terminals::le32(no_day() + static_cast<unsigned>(number)));
                break;
            default:
                reason = RejectReason::no_user;
                std::fill_n(record.begin(), carries_slots() ? 2 : std::min<std::size_t>(4, time_offset()), '\0');
                if (time_offset() > 4) std::fill_n(record.begin() + 2, pin_width(), '\0');
        }
        refuse(record, reason);
        return record;
    }

    // The 31st of November.
    static std::uint32_t no_day() { return terminals::pack_time(first_day + std::chrono::days(29)) + 86400; }

    zk4370::UserTable user_table(const std::vector<Made>& carried) const {
        std::map<std::uint16_t, std::string> users;
        for (const Made& made : carried) users.emplace(made.slot, zk_punch(made).pin);
        std::string records;
        for (const auto& [slot, pin] : users)
            records += terminals::encode_user72({slot, pin, fmt::format("Pegawai {}", slot), "", 0});
        return taken(zk4370::take_users(terminals::with_length(records), static_cast<std::uint32_t>(users.size())));
    }

    Delivery read_pull(const std::string& records, std::size_t count, const std::vector<Made>& carried,
                       Road road) const {
        pull::Outcome outcome;
        zk4370::Counters counters;
        counters.records = static_cast<std::uint32_t>(count);
        outcome.result.serial = "TST0000000001";
        outcome.result.before = counters;
        outcome.result.after = counters;
        // Somebody punched meanwhile.
        const bool grows =
            !carries_slots() && shape_.layout != ZkLayout::r16 && trip_.junk == 0 && count >= 3 && trip_.form % 3 == 0;
        if (grows) --outcome.result.before->records;
        if (carries_slots() || trip_.form % 2 == 0) outcome.result.users = user_table(carried);

        zk4370::PulledAttendance attendance;
        attendance.raw = terminals::with_length(records);
        const auto log = taken(zk4370::detect_attendance(
            attendance.raw, {outcome.result.before->records, outcome.result.after->records}, 2026));
        attendance.layout = log.layout;
        attendance.batch =
            zk4370::decode_attendance(log, outcome.result.users ? outcome.result.users->ids : zk4370::UserIds());
        if (road == Road::pull) return pull::delivery_of(std::move(attendance), road, "pulled by a test");

        outcome.result.attendance = std::move(attendance);
        Zone zone("Asia/Makassar");
        const Instant pulled_at{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1}.time_since_epoch()};
        auto file = taken(pull::decode_file(pull::encode_file(outcome, pulled_at, zone)));
        return pull::delivery_of(std::move(file.attendance), road, std::move(file.how));
    }

    const Trip& trip_;
    const std::size_t terminal_;
    const TerminalPlan& shape_;
    Truth& truth_;
};

}  // namespace

std::vector<Delivery> travel(const Plan& plan, const Trip& trip, const std::vector<Made>& log, Truth& truth) {
    const std::vector<Made> part = part_of(log, trip);
    Traveller traveller(plan, trip, truth);
    switch (trip.way) {
        case Way::pull:
            return traveller.pull(part, Road::pull);
        case Way::pulled_file:
            return traveller.pull(part, Road::upload);
        default:
            break;
    }
    if (part.empty()) return {};
    switch (trip.way) {
        case Way::stick:
        case Way::stick_utf16:
            return traveller.stick(part);
        case Way::pushed_file:
            return traveller.pushed_file(part);
        default:
            return traveller.push(part);
    }
}

}  // namespace presensi::convergence
