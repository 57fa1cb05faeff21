#include "protocol/usb/general_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/adms/body_lines.hpp"
#include "protocol/adms/redact.hpp"
#include "protocol/adms/redact_line.hpp"
#include "protocol/adms/redact_pairs.hpp"
#include "protocol/pin.hpp"
#include "protocol/reject.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::usb {

namespace {

constexpr std::size_t longest_name = 64;

// Where the columns are; nothing: there is none.
struct Columns {
    std::optional<std::size_t> terminal;
    std::size_t pin = 0;
    std::optional<std::size_t> name;
    std::optional<std::size_t> state;
    std::size_t time = 0;
    std::size_t count = 0;
};

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> fields;
    for (;;) {
        const auto end = line.find('\t');
        fields.push_back(line.substr(0, end));
        if (end == line.npos) return fields;
        line.remove_prefix(end + 1);
    }
}

std::optional<std::size_t> place_of(const std::vector<std::string_view>& names,
                                    std::initializer_list<std::string_view> wanted) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        for (const auto name : wanted) {
            if (equals_ignoring_case(trim_blanks(names[i]), name)) return i;
        }
    }
    return std::nullopt;
}

std::optional<Columns> columns_of_header(std::string_view line) {
    const auto names = split(line);
    const auto pin = place_of(names, {"EnNo"});
    const auto time = place_of(names, {"DateTime"});
    if (!pin || !time) return std::nullopt;
    Columns columns;
    columns.terminal = place_of(names, {"TMNo", "Mchn", "GMNo"});
    columns.pin = *pin;
    columns.name = place_of(names, {"Name"});
    columns.state = place_of(names, {"INOUT", "IN/OUT", "IOMd"});
    columns.time = *time;
    columns.count = names.size();
    return columns;
}

// Lines without a header: number, terminal, EnNo, name, two more, date and time.
std::optional<Columns> columns_without_header(std::string_view line) {
    constexpr std::size_t count = 7;
    const auto fields = split(line);
    if (fields.size() != count || !begins_with_date(fields.back())) return std::nullopt;
    Columns columns;
    columns.terminal = 1;
    columns.pin = 2;
    columns.name = 3;
    columns.time = count - 1;
    columns.count = count;
    return columns;
}

std::string_view first_line(std::string_view text) {
    while (!text.empty()) {
        const auto line = adms::take_line(text);
        if (!trim_blanks(line).empty()) return line;
    }
    return {};
}

std::optional<DateOrder> order_in(std::string_view text, const Columns& columns) {
    DateOrderFinder finder;
    while (!text.empty()) {
        const auto fields = split(adms::take_line(text));
        if (fields.size() > columns.time) finder.look_at(fields[columns.time]);
    }
    return finder.order();
}

// Digits as they are; letters of some makes.
std::optional<int> state_of(std::string_view text) {
    text = trim_blanks(text);
    if (equals_ignoring_case(text, "I")) return 0;
    if (equals_ignoring_case(text, "O")) return 1;
    return decode_number(text, 0, 255);
}

// What redaction writes stands for no person.
bool is_pin(std::string_view text) {
    return !text.empty() && is_valid_pin(text) && text.find(adms::redacted) == text.npos;
}

class Reader {
public:
    Reader(AttendanceFile& file, const Columns& columns, DateOrder order)
        : file_(file), columns_(columns), order_(order) {}

    void take(std::string_view line, std::uint32_t number) {
        if (const auto problem = take_punch(line, number)) file_.rejects.push_back(make_reject(line, number, *problem));
    }

private:
    std::optional<RejectReason> take_punch(std::string_view line, std::uint32_t number) {
        const auto fields = split(line);
        if (fields.size() <= std::max(columns_.pin, columns_.time)) return RejectReason::too_few_fields;
        const auto pin = trim_blanks(fields[columns_.pin]);
        if (pin.empty()) return RejectReason::empty_pin;
        if (!is_pin(pin)) return RejectReason::bad_pin;
        const auto time = decode_written_time(fields[columns_.time], order_);
        if (!time) return RejectReason::bad_time;
        Punch& punch = file_.punches.emplace_back();
        punch.pin = pin;
        punch.pin_key = pin_key(pin);
        punch.device_time = *time;
        // Its modes are numbered otherwise than ours (protocol-4370 § 8.3), so they stay in the delivery.
        if (columns_.state && *columns_.state < fields.size()) punch.state = state_of(fields[*columns_.state]);
        punch.line = number;
        note_terminal(fields);
        note_user(fields, punch);
        return std::nullopt;
    }

    void note_terminal(const std::vector<std::string_view>& fields) {
        if (!columns_.terminal || *columns_.terminal >= fields.size()) return;
        note_terminal_number(file_, trim_blanks(fields[*columns_.terminal]));
    }

    void note_user(const std::vector<std::string_view>& fields, const Punch& punch) {
        if (!columns_.name || *columns_.name >= fields.size()) return;
        const auto name = trim_blanks(fields[*columns_.name]);
        if (name.empty()) return;
        file_.users.push_back({punch.line, punch.pin, punch.pin_key, to_stored_text(name, longest_name)});
    }

    AttendanceFile& file_;
    const Columns& columns_;
    const DateOrder order_;
};

// A cell as a column of a punch: Key=Value and long pieces of base64 lose their value there, names are no keys.
std::string without_values(std::string_view cell) {
    constexpr std::string_view punch = "1\t2000-01-01 00:00:00\t";
    constexpr std::size_t long_piece = 80;  // which a template may be; ATTLOG has none
    std::string line = adms::redact_body(adms::TableKind::attlog, std::string(punch).append(cell));
    // By what is left, which may be longer, so that it stays when it is read again.
    if (line.size() >= punch.size() + long_piece) line = adms::redact_body(adms::TableKind::other, std::move(line));
    return line.starts_with(punch) ? line.substr(punch.size()) : std::string(adms::redacted);
}

// Its PIN and its time can be trusted to be that.
bool is_row(const std::vector<std::string_view>& fields, const Columns& columns) {
    if (fields.size() <= std::max(columns.pin, columns.time)) return false;
    const auto pin = fields[columns.pin];
    const auto time = fields[columns.time];
    const auto is_plain = [](std::string_view cell) {
        return cell.find('<') == cell.npos && without_values(cell) == cell;
    };
    return is_pin(trim_blanks(pin)) && begins_with_date(time) && is_plain(pin) && is_plain(time);
}

// Cell by cell: a long PIN is no number of an identity card here, and a name that ends with "card" no key of the time
// behind it.
std::string redacted_row(const std::vector<std::string_view>& fields, const Columns& columns) {
    std::string row;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) row += '\t';
        if (i == columns.pin || i == columns.time)
            row += fields[i];
        else
            row += adms::holds_identity_number(fields[i]) ? std::string(adms::redacted) : without_values(fields[i]);
    }
    return row;
}

// All but the header, which is no punch and holds no secret.
std::string redacted(std::string_view text, std::string_view header, const Columns& columns) {
    const auto begin = header.empty() ? 0 : static_cast<std::size_t>(header.data() + header.size() - text.data());
    std::string out(text.substr(0, begin));
    std::string others;  // lines that are no rows: a secret may go on from one to the next
    const auto put_others = [&] { out += adms::redact_body(adms::TableKind::attlog, std::exchange(others, {})); };
    for (auto rest = text.substr(begin); !rest.empty();) {
        const auto whole = rest;
        const auto line = adms::take_line(rest);
        const auto with_end = whole.substr(0, whole.size() - rest.size());
        const auto fields = split(line);
        if (is_row(fields, columns)) {
            put_others();
            out.append(redacted_row(fields, columns)).append(with_end.substr(line.size()));
        } else {
            others += with_end;
        }
    }
    put_others();
    return out;
}

constexpr std::string_view hides_too_much =
    "Too much of this file looks like passwords or templates for it to be kept. Export it anew.";

constexpr std::string_view binary_magic = "ZoucqGENLOGData";

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 4; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

}  // namespace

bool is_general_log(std::string_view text) {
    const auto line = first_line(text);
    return columns_of_header(line) || columns_without_header(line);
}

std::variant<AttendanceFile, std::string> decode_general_log(std::string_view brought, std::size_t line_limit,
                                                             DateOrder order) {
    const auto head = first_line(brought);
    const auto header = columns_of_header(head);
    const Columns columns = header ? *header : *columns_without_header(head);
    // In rubbish a secret taken out may show another beside it, and what is kept must be read the same.
    constexpr int most_passes = 4;
    std::string text(brought);
    for (int pass = 0;; ++pass) {
        std::string next = redacted(text, header ? first_line(text) : std::string_view(), columns);
        if (next == text) break;
        if (pass == most_passes) return std::string(hides_too_much);
        text = std::move(next);
    }
    if (!header && !columns_without_header(first_line(text))) return std::string(first_row_hides);
    const auto said = order_in(text, columns);
    if (!said && order == DateOrder::by_the_file) return std::string(order_is_open);
    if (order == DateOrder::by_the_file) order = *said;
    AttendanceFile file;
    file.kind = FileKind::general_log;
    Reader reader(file, columns, order);
    std::string_view rest = text;
    bool is_header = header.has_value();
    std::uint32_t last = 0;
    for (std::uint32_t number = 1; !rest.empty(); ++number) {
        const auto line = adms::take_line(rest);
        if (trim_blanks(line).empty()) continue;
        if (std::exchange(is_header, false)) continue;
        last = number;
        if (line.size() > line_limit)
            file.rejects.push_back(make_reject(line, number, RejectReason::line_too_long));
        else
            reader.take(line, number);
    }
    file.cut = !text.ends_with('\n') && !file.rejects.empty() && file.rejects.back().line == last;
    file.body = text;
    file.again.date_order = order;
    return file;
}

bool is_binary_general_log(std::string_view bytes) { return bytes.starts_with(binary_magic); }

// One public sample: 15 bytes, a count, then of each record the seconds since 2000 by the wall clock, a byte with the
// PIN above and the mode below, and three zeros (protocol-4370 § 8.3).
std::variant<AttendanceFile, std::string> decode_binary_general_log(std::string_view bytes) {
    constexpr std::size_t head = binary_magic.size() + 4;
    constexpr std::size_t record = 8;
    const std::string refusal =
        "This binary file (AGL_001.DAT) is not of the one form that is known. Bring the text file (AGL_001.TXT).";
    if (bytes.size() < head) return refusal;
    const std::uint64_t count = number_at(bytes, binary_magic.size());
    if (bytes.size() != head + record * count) return refusal;
    constexpr std::chrono::local_days epoch{std::chrono::year{2000} / 1 / 1};
    AttendanceFile file;
    file.kind = FileKind::general_log_binary;
    file.body = bytes;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::size_t at = head + record * i;
        if (bytes.substr(at + 5, 3) != std::string_view("\0\0\0", 3)) return refusal;
        Punch& punch = file.punches.emplace_back();
        punch.pin = std::to_string(static_cast<unsigned char>(bytes[at + 4]) >> 4);
        punch.pin_key = pin_key(punch.pin);
        punch.device_time = DeviceTime(epoch) + std::chrono::seconds(number_at(bytes, at));
        punch.line = i + 1;
    }
    return file;
}

}  // namespace presensi::usb
