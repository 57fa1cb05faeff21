#include "daemon/pull/file.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <utility>

#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::pull {

namespace json = boost::json;

namespace {

constexpr std::string_view first_line = "presensi-pull 1\n";
constexpr std::string_view seal_word = "sha256 ";
constexpr std::size_t seal_size = 7 + 64 + 1;
constexpr std::size_t longest_head = 16 * 1024;

json::value counters_json(const std::optional<zk4370::Counters>& counters) {
    if (!counters) return nullptr;
    json::object out;
    out["users"] = counters->users;
    out["records"] = counters->records;
    if (counters->records_capacity) out["records_capacity"] = *counters->records_capacity;
    return out;
}

std::string seal_of(std::string_view bytes) { return std::string(seal_word) + hex(sha256(bytes)) + "\n"; }

std::optional<std::uint32_t> records_in(const json::object& head, const char* key) {
    const auto* counters = head.if_contains(key);
    if (counters == nullptr || !counters->is_object()) return std::nullopt;
    const auto* records = counters->get_object().if_contains("records");
    if (records == nullptr || !records->is_int64() || records->get_int64() < 0) return std::nullopt;
    return static_cast<std::uint32_t>(records->get_int64());
}

std::string text_in(const json::object& head, const char* key) {
    const auto* text = head.if_contains(key);
    return text != nullptr && text->is_string() ? std::string(text->get_string()) : std::string();
}

std::optional<std::size_t> size_in(const json::object& head, const char* key) {
    const auto* size = head.if_contains(key);
    if (size == nullptr || !size->is_int64() || size->get_int64() < 0) return std::nullopt;
    return static_cast<std::size_t>(size->get_int64());
}

std::variant<FileContent, std::string> check(const json::object& head, std::string_view attendance,
                                             std::string_view users) {
    FileContent content;
    content.serial = to_stored_text(text_in(head, "serial"));
    const auto pulled_at = decode_utc(text_in(head, "pulled_at"));
    if (content.serial.empty() || !pulled_at)
        return "The head of the file does not say which terminal it is of, or when.";
    content.pulled_at = *pulled_at;
    content.how = to_stored_text(fmt::format("pulled {} from {}; the terminal's clock said {}", format_utc(*pulled_at),
                                             text_in(head, "place"), text_in(head, "clock")));
    if (!users.empty()) {
        auto table = zk4370::take_users(std::string(users), std::nullopt);
        if (auto* problem = std::get_if<zk4370::TableProblem>(&table)) return std::move(problem->sentence);
        content.users = std::get<zk4370::UserTable>(std::move(table));
    }
    const zk4370::CountRange counts{records_in(head, "counted_before"), records_in(head, "counted_after")};
    const int year =
        static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(*pulled_at)).year());
    if (year < 2000) return "The head of the file says an impossible time.";
    content.attendance.raw = std::string(attendance);
    auto log = zk4370::detect_attendance(content.attendance.raw, counts, year);
    if (auto* problem = std::get_if<zk4370::TableProblem>(&log)) return std::move(problem->sentence);
    const auto& found = std::get<zk4370::AttendanceLog>(log);
    const std::size_t most = zk4370::PullRequest{}.most_records;
    if (found.count > most)
        return fmt::format("The log has {} records; more than {} are not taken.", found.count, most);
    if (found.layout && zk4370::carries_only_slots(*found.layout) && !content.users) {
        return "The log tells people by slots only, and the file has no user table that says who is who.";
    }
    content.attendance.layout = found.layout;
    const zk4370::UserIds nobody;
    content.attendance.batch = zk4370::decode_attendance(found, content.users ? content.users->ids : nobody);
    for (const auto& note : found.notes) content.how += "; " + note;
    return content;
}

}  // namespace

std::string encode_file(const Outcome& outcome, Instant pulled_at, Zone& computer) {
    const auto& result = outcome.result;
    json::object head;
    head["serial"] = result.serial;
    head["model"] = result.model;
    head["platform"] = result.platform;
    head["firmware"] = result.firmware;
    head["mac"] = result.mac;
    head["place"] = describe(outcome.endpoint);
    head["pulled_at"] = format_utc(pulled_at);
    head["layout"] =
        result.attendance->layout ? json::value(to_string(*result.attendance->layout)) : json::value(nullptr);
    head["records"] = result.attendance->batch.punches.size() + result.attendance->batch.rejects.size();
    head["counted_before"] = counters_json(result.before);
    head["counted_after"] = counters_json(result.after);
    if (result.clock && outcome.clock_asked_at) {
        head["clock"] = format_device_time(*result.clock);
        head["clock_asked_at"] = format_utc(*outcome.clock_asked_at);
        head["clock_difference_ms"] = (Instant(computer.to_utc(*result.clock)) - *outcome.clock_asked_at).count();
        head["computer_zone"] = computer.name();
    }
    const std::string users = result.users ? result.users->raw : std::string();
    head["attendance_bytes"] = result.attendance->raw.size();
    head["users_bytes"] = users.size();
    std::string bytes = std::string(first_line) + json::serialize(head) + "\n";
    bytes += result.attendance->raw;
    bytes += users;
    return bytes + seal_of(bytes);
}

std::string redacted_file(std::string_view bytes, const FileContent& content) {
    const auto end = bytes.find('\n', first_line.size());
    json::object head =
        json::parse(json::string_view(bytes.data() + first_line.size(), end - first_line.size())).as_object();
    const std::string users = content.users ? content.users->raw : std::string();
    head["users_bytes"] = users.size();
    std::string whole = std::string(first_line) + json::serialize(head) + "\n" + content.attendance.raw + users;
    return whole + seal_of(whole);
}

bool is_pulled_file(std::string_view bytes) { return bytes.starts_with("presensi-pull "); }

std::variant<FileContent, std::string> decode_file(std::string_view bytes) {
    if (!is_pulled_file(bytes)) return "This is no file of presensid pull.";
    if (!bytes.starts_with(first_line)) return "This file is of a newer presensid.";
    if (bytes.size() < first_line.size() + seal_size) return "The file is not whole: its end is missing.";
    const auto seal = bytes.substr(bytes.size() - seal_size);
    if (!seal.starts_with(seal_word) || seal.back() != '\n') return "The file is not whole: its end is missing.";
    const auto body = bytes.substr(0, bytes.size() - seal_size);
    if (seal != seal_of(body)) return "The file was changed since it was pulled: its hash does not fit.";
    const auto rest = body.substr(first_line.size());
    const auto end = rest.substr(0, longest_head).find('\n');
    boost::system::error_code unreadable;
    const json::value value =
        end == rest.npos ? json::value() : json::parse(json::string_view(rest.data(), end), unreadable);
    if (end == rest.npos || unreadable || !value.is_object()) return "The head of the file cannot be read.";
    const auto& head = value.get_object();
    const auto attendance = size_in(head, "attendance_bytes");
    const auto users = size_in(head, "users_bytes");
    const auto tables = rest.substr(end + 1);
    if (!attendance || !users || *attendance > tables.size() || *users != tables.size() - *attendance) {
        return "The head of the file does not fit what follows it.";
    }
    return check(head, tables.substr(0, *attendance), tables.substr(*attendance));
}

}  // namespace presensi::pull
