#include "attendance/matching_sheet.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "attendance/sheet_columns.hpp"
#include "protocol/csv_text.hpp"
#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::attendance {
namespace {

enum Column : std::size_t { pin, terminals, name_on_terminal, person, nip, name, unit, score, reason, accept, only_on };

constexpr std::array<ColumnNames, 11> columns{{{"pin", "nomor pin,no pin"},
                                               {"terminals", "mesin"},
                                               {"name_on_terminal", "nama di mesin"},
                                               {"person", "uuid"},
                                               {"nip", ""},
                                               {"name", "nama"},
                                               {"unit", "skpd"},
                                               {"score", "skor"},
                                               {"reason", "alasan"},
                                               {"accept", "terima,setuju"},
                                               {"only_on", "hanya di"}}};

std::optional<bool> decode_accept(std::string_view text) {
    const std::string word = to_lower(text);
    constexpr std::array yes{"ya", "yes", "x", "y", "v", "1"};
    constexpr std::array no{"", "tidak", "no", "n", "-", "0"};
    if (std::find(yes.begin(), yes.end(), word) != yes.end()) return true;
    if (std::find(no.begin(), no.end(), word) != no.end()) return false;
    return std::nullopt;
}

bool has_18_digits(std::string_view text) {
    return text.size() == 18 && text.find_first_not_of("0123456789") == text.npos;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!(text = trim_blanks(text)).empty()) {
        const auto word = text.substr(0, text.find(' '));
        words.emplace_back(word);
        text.remove_prefix(word.size());
    }
    return words;
}

class Planner {
public:
    Planner(const Directory& directory, const Reach& reach, const NamesOfPins& names, Day from)
        : directory_(directory), reach_(reach), claims_(directory, reach, names), from_(from) {}

    MatchingPlan plan(std::string_view bytes) {
        const Sheet sheet = read_sheet(bytes, columns, {pin, accept});
        plan_.count = sheet.count;
        plan_.problems = sheet.problems;
        plan_.warnings = sheet.warnings;
        for (const SheetRow& row : sheet.rows) take(row);
        sort_by_line(plan_.problems);
        sort_by_line(plan_.warnings);
        return std::move(plan_);
    }

private:
    void wrong(const SheetRow& row, Column column, std::string sentence) {
        plan_.problems.push_back({row.line, row.header(column), std::move(sentence)});
    }

    void take(const SheetRow& row) {
        const auto accepted = decode_accept(row[accept]);
        if (!accepted) return wrong(row, accept, "\"" + row[accept] + "\" is neither yes nor no; write ya or nothing.");
        if (!*accepted) return;
        if (row[pin].empty() || !is_valid_pin(row[pin])) return wrong(row, pin, "This is no PIN.");
        const Person* found = find_person(row);
        if (found == nullptr) return;
        if (!reach_.span_of(found->id, from_) || !reach_.has_person(found->id, begin_of(*found))) {
            return wrong(row, person, "This person is of another unit.");
        }
        PinClaims::Answer answer = claims_.ask({found->id, found->name, row[pin], words_of(row[only_on]), from_});
        if (!answer.problem.empty()) return wrong(row, pin, std::move(answer.problem));
        if (!answer.warning.empty()) plan_.warnings.push_back({row.line, row.header(pin), std::move(answer.warning)});
        if (answer.claims.empty()) {
            ++plan_.unchanged;
            return;
        }
        claims_.keep(answer.claims);
        plan_.accepted.push_back({row.line, std::move(answer.claims), row[reason]});
    }

    // The first day from `from` on that they have a unit, which may lie ahead; none: `from`.
    Day begin_of(const Person& found) const {
        if (directory_.membership_of(found.id, from_) != nullptr) return from_;
        for (const Membership* membership : directory_.memberships_of(found.id)) {
            if (from_ < membership->valid.from) return membership->valid.from;
        }
        return from_;
    }

    const Person* find_person(const SheetRow& row) {
        const Person* by_nip = row[nip].empty() ? nullptr : directory_.find_person_by_nip(row[nip]);
        if (row[person].empty()) {
            if (row[nip].empty()) {
                wrong(row, person, "Nobody is named: the line needs the uuid or the NIP of a person.");
            } else if (by_nip == nullptr) {
                wrong(row, nip, "Nobody has this NIP.");
            }
            return by_nip;
        }
        const Person* found = directory_.find_person_by_uuid(to_lower(row[person]));
        if (found == nullptr) {
            wrong(row, person, "Nobody has this uuid.");
        } else if (row[nip] != found->nip && has_18_digits(row[nip])) {
            wrong(row, nip, "The NIP is another person's than the uuid; keep one of them.");
            return nullptr;
        }  // otherwise a spreadsheet may have made a number of it, and the uuid says enough
        return found;
    }

    const Directory& directory_;
    const Reach& reach_;
    PinClaims claims_;
    Day from_;
    MatchingPlan plan_;
};

}  // namespace

std::string sheet_header() {
    std::array<std::string, columns.size()> names;
    std::transform(columns.begin(), columns.end(), names.begin(),
                   [](const auto& column) { return std::string(column.name); });
    return csv_record(names);
}

std::string sheet_record(const SheetLine& line) {
    return csv_record(std::array<std::string, columns.size()>{line.pin, line.terminals, line.name_on_terminal,
                                                              line.person, line.nip, line.name, line.unit, line.score,
                                                              line.reason, "", line.only_on});
}

MatchingPlan plan_matching(std::string_view bytes, const Directory& directory, const Reach& reach,
                           const NamesOfPins& names, Day from) {
    return Planner(directory, reach, names, from).plan(bytes);
}

}  // namespace presensi::attendance
