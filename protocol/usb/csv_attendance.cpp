#include "protocol/usb/csv_attendance.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "protocol/adms/redact.hpp"
#include "protocol/adms/redact_line.hpp"
#include "protocol/adms/redact_pairs.hpp"
#include "protocol/adms/secret_keys.hpp"
#include "protocol/csv_table.hpp"
#include "protocol/csv_text.hpp"
#include "protocol/pin.hpp"
#include "protocol/reject.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::usb {

namespace {

constexpr std::size_t nowhere = std::string::npos;
constexpr std::size_t longest_work_code = 64;
constexpr std::size_t kept_of_unreadable_row = 256;

// What a column can be, in the order in which they are kept.
enum Part : std::size_t { pin, date, time_of_day, state, verify, work_code, terminal, parts };
constexpr std::array<std::string_view, parts> kept_names{"pin",    "date",      "time",    "state",
                                                         "verify", "work_code", "terminal"};

// Names that are known, the surest first. What merely counts the rows is not among them, if it can be told.
constexpr std::array<std::string_view, 11> pin_names{"pin",    "pin_key", "user_id", "userid",  "user id", "enno",
                                                     "ac-no.", "ac-no",   "no. id",  "no. pin", "no"};
constexpr std::array<std::string_view, 7> moment_names{"device_time", "datetime",      "date time", "date/time",
                                                       "waktu",       "tanggal waktu", "time"};
constexpr std::array<std::string_view, 2> date_names{"date", "tanggal"};
constexpr std::array<std::string_view, 3> time_names{"time", "jam", "waktu"};
constexpr std::array<std::string_view, 2> state_names{"state", "status"};
constexpr std::array<std::string_view, 3> verify_names{"verify", "verify mode", "verifikasi"};
constexpr std::array<std::string_view, 3> work_code_names{"work_code", "workcode", "work code"};
constexpr std::array<std::string_view, 3> terminal_names{"terminal", "serial", "sn"};

using Fields = std::vector<std::string>;
using Places = std::array<std::size_t, parts>;  // of each part the column, or nowhere

std::size_t find_name(const Fields& header, std::string_view name) {
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (equals_ignoring_case(trim_blanks(header[i]), trim_blanks(name))) return i;
    }
    return nowhere;
}

template <std::size_t Count>
std::size_t find_any(const Fields& header, const std::array<std::string_view, Count>& names) {
    for (const auto name : names) {
        if (const auto place = find_name(header, name); place != nowhere) return place;
    }
    return nowhere;
}

void find_times(const Fields& header, Places& places) {
    // device_time is a moment beside any date.
    const auto sure = find_name(header, moment_names.front());
    places[date] = sure == nowhere ? find_any(header, date_names) : nowhere;
    if (places[date] != nowhere) places[time_of_day] = find_any(header, time_names);
    if (places[date] != nowhere && places[time_of_day] != nowhere) return;
    places[date] = nowhere;
    places[time_of_day] = find_any(header, moment_names);
}

Places known_places(const Fields& header) {
    Places places;
    places.fill(nowhere);
    places[pin] = find_any(header, pin_names);
    find_times(header, places);
    places[state] = find_any(header, state_names);
    places[verify] = find_any(header, verify_names);
    places[work_code] = find_any(header, work_code_names);
    places[terminal] = find_any(header, terminal_names);
    return places;
}

std::array<const std::string*, parts> words_of(const CsvColumns& columns) {
    return {&columns.pin,    &columns.date,      &columns.time,    &columns.state,
            &columns.verify, &columns.work_code, &columns.terminal};
}

// A name in the header before a number.
std::size_t place_said(const Fields& first_row, const std::string& word, bool with_header) {
    if (with_header) {
        if (const auto place = find_name(first_row, word); place != nowhere) return place;
    }
    const auto number = decode_number(word, 1, static_cast<int>(first_row.size()));
    return number ? static_cast<std::size_t>(*number) - 1 : nowhere;
}

std::string_view cell(const Fields& fields, std::size_t place) {
    return place < fields.size() ? trim_blanks(fields[place]) : std::string_view();
}

// Date and time as one; 07.58.03 is how some countries write it.
std::string moment_of(const Fields& fields, const Places& places) {
    std::string moment(cell(fields, places[time_of_day]));
    if (moment.find(':') == moment.npos) std::replace(moment.begin(), moment.end(), '.', ':');
    if (places[date] == nowhere) return moment;
    // An office program may give the day a midnight.
    const auto day = cell(fields, places[date]);
    return std::string(day.substr(0, day.find(' '))) + ' ' + moment;
}

bool is_without_seconds(std::string_view moment) { return std::count(moment.begin(), moment.end(), ':') == 1; }

bool is_punch(const Fields& fields, const Places& places) {
    const auto who = cell(fields, places[pin]);
    return !who.empty() && is_valid_pin(who) && begins_with_date(moment_of(fields, places));
}

std::string without_secrets(std::string text) { return adms::redact_body(adms::TableKind::attlog, std::move(text)); }

std::string in_quotes(std::string_view text) {
    const bool plain = text.find_first_of(",;\t\"\r\n=") == text.npos && trim_blanks(text).size() == text.size();
    if (plain) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::size_t line_ends_in(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) ++count;
    }
    return count;
}

CsvLimits limits_of(std::size_t line_limit) {
    CsvLimits limits;
    limits.rows = most_records + 1;
    limits.row = std::min(limits.row, line_limit);
    return limits;
}

// The table with the columns that are read, each row in its line; of a row that nobody can read its text behind this,
// which no reader of tables takes for a row.
constexpr std::string_view unreadable_row = "!\"";

// Before it is cut, for a secret may be cut in two; then alone and behind something: what stands before a key decides
// whether it is one.
std::string as_unreadable(std::string_view text) {
    if (adms::holds_identity_number(text)) return std::string(unreadable_row).append(adms::redacted);
    const auto shown = to_stored_text(without_secrets(std::string(text)), kept_of_unreadable_row);
    return without_secrets(std::string(unreadable_row) + without_secrets(shown));
}

class Keeper {
public:
    explicit Keeper(const Said& said) : said_(said) {}

    void take(CsvRow&& row) {
        if (!refusal.empty()) return;
        if (!begun_) {
            begin(row.fields);
            if (!refusal.empty()) return;
            if (has_header_) return keep(row.line, {kept_names.begin(), kept_names.end()});
        }
        // More cells than the header has: one of them was cut in two, and nobody knows which.
        for (std::size_t i = width_; has_header_ && i < row.fields.size(); ++i) {
            if (!row.fields[i].empty()) return keep_unreadable(row.line, row.text);
        }
        Fields kept;
        for (const auto place : places_) kept.emplace_back(place < row.fields.size() ? row.fields[place] : "");
        if (std::all_of(kept.begin(), kept.end(), [](const auto& each) { return each.empty(); }))
            return keep_unreadable(row.line, row.text);
        counts_rows_ = counts_rows_ && trim_blanks(kept[pin]) == std::to_string(++rows_);
        keep(row.line, std::move(kept));
    }

    void take_problem(const CsvProblem& problem) {
        if (!refusal.empty()) return;
        if (!begun_) refusal = "The first row of the table cannot be read. " + problem.sentence;
        if (refusal.empty()) keep_unreadable(problem.line, problem.text);
    }

    // "No" is a PIN in some tables, and in others only says which row it is.
    bool pin_only_counts_rows() const { return by_weak_name_ && counts_rows_ && rows_ > 1; }

    std::string refusal;
    std::string body;
    CsvColumns columns;  // of the body

private:
    void begin(const Fields& first_row) {
        begun_ = true;
        width_ = first_row.size();
        places_.fill(nowhere);
        find_by_numbers(first_row);
        has_header_ = !is_punch(first_row, places_);
        if (has_header_) find_by_names(first_row);
        if (!refusal.empty()) return;
        if (places_[pin] == nowhere || places_[time_of_day] == nowhere) {
            refusal = fmt::format(
                "It is not clear which columns are the PIN and the time: say pin= and time= by name or by number from "
                "1. The columns are: {}.",
                to_stored_text(fmt::format("{}", fmt::join(first_row, ", ")), 300));
            return;
        }
        for (std::size_t i = 0; i < first_row.size(); ++i)
            holds_secrets_ = holds_secrets_ || (has_header_ && is_secret(first_row[i]));
        number_columns();
    }
    void find_by_numbers(const Fields& first_row) {
        const auto words = words_of(said_.columns);
        for (std::size_t part = 0; part < parts; ++part) places_[part] = place_said(first_row, *words[part], false);
    }
    void find_by_names(const Fields& header) {
        const auto words = words_of(said_.columns);
        const Places known = known_places(header);
        const bool any = said_.columns.any();
        for (std::size_t part = 0; part < parts; ++part) {
            if (!words[part]->empty()) {
                places_[part] = place_said(header, *words[part], true);
                if (places_[part] == nowhere)
                    refusal =
                        fmt::format("There is no column {}; the columns are: {}.", to_stored_text(*words[part], 64),
                                    to_stored_text(fmt::format("{}", fmt::join(header, ", ")), 300));
            } else if (!any || part == pin) {
                places_[part] = known[part];
            }
        }
        if (any && said_.columns.time.empty() && said_.columns.date.empty()) {
            places_[date] = known[date];
            places_[time_of_day] = known[time_of_day];
        }
        by_weak_name_ = said_.columns.pin.empty() && places_[pin] == find_name(header, pin_names.back());
    }
    static bool is_secret(std::string_view name) { return adms::secrecy_of(name) != adms::Secrecy::none; }

    void number_columns() {
        std::string* words[parts] = {&columns.pin,    &columns.date,      &columns.time,    &columns.state,
                                     &columns.verify, &columns.work_code, &columns.terminal};
        std::size_t number = 0;
        for (std::size_t part = 0; part < parts; ++part) {
            if (places_[part] != nowhere) *words[part] = std::to_string(++number);
        }
    }
    void go_to(std::size_t line) {
        for (; line_ < line; ++line_) body += '\n';
    }
    void keep(std::size_t line, Fields kept) {
        const bool is_first = body.empty();
        go_to(line);
        for (std::size_t part = 0; part < parts; ++part) {
            const bool may_be_long = part == pin || part == terminal;
            if (!may_be_long && adms::holds_identity_number(kept[part])) kept[part] = adms::redacted;
        }
        std::string row = as_row(kept);
        if (without_secrets(row) != row) {
            take_secrets_out(kept);
            row = as_row(kept);
        }
        if (is_first && !has_header_ && !is_first_punch(kept)) refusal = first_row_hides;
        line_ += line_ends_in(row) + 1;
        body.append(row) += '\n';
    }
    bool is_first_punch(const Fields& kept) const {
        Places places;
        for (std::size_t part = 0; part < parts; ++part) places[part] = places_[part] == nowhere ? nowhere : part;
        return is_punch(kept, places);
    }
    // Of the first `count` parts, with the comma behind them if there are more.
    std::string as_row(const Fields& kept, std::size_t count = parts) const {
        std::string row;
        bool is_first = true;
        for (std::size_t part = 0; part < parts; ++part) {
            if (places_[part] == nowhere) continue;
            if (!std::exchange(is_first, false)) row += ',';
            if (part >= count) break;
            row += in_quotes(kept[part]);
        }
        return row;
    }
    // Whole cells, so that none loses the quote that ends it: from the first that shows a secret, as the value may
    // stand in a later one.
    void take_secrets_out(Fields& kept) const {
        bool found = false;
        for (std::size_t part = 0; part < parts; ++part) {
            const auto before = as_row(kept, part + 1);
            found = found || without_secrets(before) != before;
            const auto text = trim_blanks(kept[part]);
            const bool is_known = text.empty() || (part == terminal && text == said_.serial);
            if (found && !is_known) kept[part] = adms::redacted;
        }
    }
    void keep_unreadable(std::size_t line, std::string_view text) {
        go_to(line);
        if (text.starts_with(unreadable_row)) text.remove_prefix(unreadable_row.size());
        const auto kept = as_unreadable(text);
        // What would change when it is read again, by a cut or by one secret less, is not shown at all.
        const bool stays =
            kept.starts_with(unreadable_row) && as_unreadable(kept.substr(unreadable_row.size())) == kept;
        body += stays && !holds_secrets_ ? kept : std::string(unreadable_row) + std::string(adms::redacted);
        body += '\n';
        ++line_;
    }

    const Said& said_;
    Places places_{};
    std::size_t width_ = 0;
    std::size_t line_ = 1;  // that the body has come to
    std::size_t rows_ = 0;
    bool begun_ = false;
    bool has_header_ = false;
    bool holds_secrets_ = false;
    bool by_weak_name_ = false;
    bool counts_rows_ = true;
};

// Reads what was kept.
class Reader {
public:
    Reader(AttendanceFile& file, const Said& said) : file_(file), said_(said) {
        places_.fill(nowhere);
        const auto words = words_of(file.again.columns);
        for (std::size_t part = 0; part < parts; ++part) {
            if (!words[part]->empty())
                places_[part] = static_cast<std::size_t>(*decode_number(*words[part], 1, 64)) - 1;
        }
    }

    std::string moment(const Fields& fields) const { return moment_of(fields, places_); }

    void take(const CsvRow& row) {
        if (std::exchange(is_first_, false) && !is_punch(row.fields, places_)) return;
        const auto serial = cell(row.fields, places_[terminal]);
        if (!serial.empty() && !said_.serial.empty() && serial != said_.serial) {
            file_.of_others[to_stored_text(serial, 64)].push_back(
                make_reject(row.text, static_cast<std::uint32_t>(row.line), RejectReason::other_terminal));
            return;
        }
        const auto problem = take_punch(row);
        if (problem) reject(row.line, row.text, *problem);
    }
    void reject(std::size_t line, std::string_view text, RejectReason reason) {
        file_.rejects.push_back(make_reject(text, static_cast<std::uint32_t>(line), reason));
    }

    std::size_t without_seconds = 0;

private:
    std::optional<RejectReason> take_punch(const CsvRow& row) {
        const std::string who = without_formula_marks(cell(row.fields, places_[pin]));
        if (who.empty()) return RejectReason::empty_pin;
        if (!is_valid_pin(who) || who == adms::redacted) return RejectReason::bad_pin;
        const auto when = moment(row.fields);
        if (trim_blanks(when).empty()) return RejectReason::too_few_fields;
        const auto time = decode_written_time(when, file_.again.date_order);
        if (!time) {
            without_seconds += is_without_seconds(when) ? 1 : 0;
            return RejectReason::bad_time;
        }
        Punch& punch = file_.punches.emplace_back();
        punch.pin = who;
        punch.pin_key = pin_key(who);
        punch.device_time = *time;
        punch.state = decode_number(cell(row.fields, places_[state]), 0, 255);
        punch.verify = decode_number(cell(row.fields, places_[verify]), 0, 65535);
        const std::string work = without_formula_marks(cell(row.fields, places_[work_code]));
        if (!work.empty()) punch.work_code = to_stored_text(work, longest_work_code);
        punch.line = static_cast<std::uint32_t>(row.line);
        return std::nullopt;
    }

    AttendanceFile& file_;
    const Said& said_;
    Places places_{};
    bool is_first_ = true;
};

std::optional<DateOrder> order_in(const AttendanceFile& file, const Reader& reader, const CsvLimits& limits) {
    DateOrderFinder finder;
    read_csv(
        file.body, limits, [&](CsvRow&& row) { finder.look_at(reader.moment(row.fields)); }, [](CsvProblem&&) {});
    return finder.order();
}

}  // namespace

bool is_csv_attendance(std::string_view text) {
    constexpr std::size_t longest_header = 4096;
    CsvLimits limits;
    limits.rows = 1;
    bool is_one = false;
    read_csv(
        text.substr(0, longest_header), limits,
        [&](CsvRow&& row) {
            const Places known = known_places(row.fields);
            is_one = known[pin] != nowhere && known[time_of_day] != nowhere;
        },
        [](CsvProblem&&) {});
    return is_one;
}

std::variant<AttendanceFile, std::string> decode_csv_attendance(std::string_view text, std::size_t line_limit,
                                                                const Said& said) {
    const CsvLimits limits = limits_of(line_limit);
    Keeper keeper(said);
    read_csv(
        text, limits, [&](CsvRow&& row) { keeper.take(std::move(row)); },
        [&](CsvProblem&& problem) { keeper.take_problem(problem); });
    if (!keeper.refusal.empty()) return keeper.refusal;
    if (keeper.body.empty()) return std::string("There is no row in this table.");
    if (keeper.pin_only_counts_rows())
        return std::string("The column that is called No only counts the rows: say pin= which column holds the PIN.");
    AttendanceFile file;
    file.kind = FileKind::csv;
    file.body = std::move(keeper.body);
    file.again.columns = keeper.columns;
    file.again.serial = said.serial;
    file.again.date_order = said.date_order;
    Reader reader(file, said);
    if (said.date_order == DateOrder::by_the_file) {
        const auto order = order_in(file, reader, limits);
        if (!order) return std::string(order_is_open);
        file.again.date_order = *order;
    }
    read_csv(
        file.body, limits, [&](CsvRow&& row) { reader.take(row); },
        [&](CsvProblem&& problem) { reader.reject(problem.line, problem.text, RejectReason::bad_row); });
    if (file.punches.empty() && !file.of_others.empty())
        return fmt::format("The rows of this table are of terminal {}, not of {}.", file.of_others.begin()->first,
                           said.serial);
    if (reader.without_seconds > file.punches.size())
        return std::string(
            "The times in this table have no seconds, so they would be other punches than the terminal's own. Export "
            "it with seconds, or bring the terminal's file.");
    if (file.punches.empty())
        return fmt::format("No row of this table is a punch{}: are these the columns of the PIN and the time?",
                           file.rejects.empty() ? ""
                                                : fmt::format("; the first, in line {}, is {}", file.rejects[0].line,
                                                              to_string(file.rejects[0].reason)));
    return file;
}

}  // namespace presensi::usb
