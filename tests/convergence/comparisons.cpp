#include "tests/convergence/comparisons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <vector>

#include "daemon/talk/certificate.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::convergence {

namespace {

std::string sorted(std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

// One line for each row, which begins with the position of its terminal.
template <typename Line>
std::string lines_of(storage::Database& database, const Place& place, std::string_view sql, Line line) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < place.terminals.size(); ++i) {
        for (const storage::Row& row : database.query(sql, {place.terminals[i]}))
            lines.push_back(fmt::format("{} {}", i, line(row)));
    }
    return sorted(std::move(lines));
}

std::string identity_text(const Truth::Identity& identity) {
    const auto& [terminal, time, key] = identity;
    return fmt::format("{} {} {}", terminal, format_device_time(time), key);
}

std::string text_or_none(const std::optional<std::string>& text) { return text.value_or("none"); }

std::string number_or_none(const storage::Row& row, std::size_t column) {
    const auto number = row.integer_or_null(column);
    return number ? std::to_string(*number) : "none";
}

std::string number_or_none(const std::optional<int>& number) { return number ? std::to_string(*number) : "none"; }

std::string printable(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) text += c > 0x20 && c < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", c & 0xff);
    return text;
}

// The days of a certificate and its digest, which people sign.
std::string certificates_of(storage::Database& database, const Place& place) {
    using std::chrono::days;
    std::string text;
    for (std::size_t i = 0; i < place.terminals.size(); ++i) {
        talk::Period period;
        period.terminal_id = place.terminals[i];
        period.zone = "Asia/Makassar";
        period.from = period.in_service = std::chrono::floor<days>(first_day);
        period.to = period.from + days(29);
        period.today = period.from + days(34);
        const talk::Certificate certificate = talk::make_certificate(database, period, std::chrono::hours(1));
        for (const auto& day : certificate.days) text += fmt::format("{} {} {}\n", i, day.day, day.punches);
        text += fmt::format("{} {} punches, digest {}\n", i, certificate.punches, certificate.digest);
    }
    return text;
}

constexpr Comparison all_comparisons[] = {
    {"the table", table_of},
    {"the rejects", rejects_of},
    {"the certificates", certificates_of},
    {"the board", board_of},
};

}  // namespace

std::span<const Comparison> comparisons() { return all_comparisons; }

std::string table_of(storage::Database& database, const Place& place) {
    return lines_of(database, place, "SELECT device_time, pin_key, grade FROM punch WHERE terminal_id = $1",
                    [](const storage::Row& row) {
                        const bool counts = row.text(2) != "suspect";
                        return fmt::format("{} {} {}", row.text(0), row.text(1), counts ? "counts" : "suspect");
                    });
}

std::string table_of(const Truth& truth) {
    std::vector<std::string> lines;
    for (const auto& identity : truth.punches) {
        const bool counts = !is_impossible(std::get<DeviceTime>(identity));
        lines.push_back(fmt::format("{} {}", identity_text(identity), counts ? "counts" : "suspect"));
    }
    return sorted(std::move(lines));
}

std::string sightings_of(storage::Database& database, const Place& place) {
    return lines_of(database, place,
                    "SELECT device_time, pin_key, road, state, verify, work_code FROM punch WHERE terminal_id = $1"
                    " UNION ALL SELECT p.device_time, p.pin_key, s.road, s.state, s.verify, s.work_code"
                    " FROM sighting s JOIN punch p ON p.id = s.punch_id WHERE p.terminal_id = $1",
                    [](const storage::Row& row) {
                        return fmt::format("{} {} {} {} {} {}", row.text(0), row.text(1), row.text(2),
                                           number_or_none(row, 3), number_or_none(row, 4),
                                           text_or_none(row.text_or_null(5)));
                    });
}

std::string sightings_of(const Truth& truth) {
    std::vector<std::string> lines;
    for (const auto& [identity, road, seen] : truth.sightings) {
        lines.push_back(fmt::format("{} {} {} {} {}", identity_text(identity), to_string(road),
                                    number_or_none(seen.state), number_or_none(seen.verify),
                                    text_or_none(seen.work_code)));
    }
    return sorted(std::move(lines));
}

std::string rejects_of(storage::Database& database, const Place& place) {
    return lines_of(database, place, "SELECT reason, bytes FROM reject WHERE terminal_id = $1",
                    [](const storage::Row& row) { return row.text(0) + " " + printable(row.blob(1)); });
}

std::string rejects_of(const Truth& truth) {
    std::vector<std::string> lines;
    for (const auto& [of, reason] : truth.rejects)
        lines.push_back(fmt::format("{} {} {}", of.first, to_string(reason), printable(of.second)));
    return sorted(std::move(lines));
}

std::string difference(const std::string& expected, const std::string& found) {
    if (expected == found) return {};
    std::istringstream left(expected);
    std::istringstream right(found);
    std::string expected_line;
    std::string found_line;
    do {
        expected_line = found_line = "nothing more";
        std::getline(left, expected_line);
        std::getline(right, found_line);
    } while (expected_line == found_line);
    return fmt::format("expected: {}\nfound:    {}", expected_line, found_line);
}

}  // namespace presensi::convergence
