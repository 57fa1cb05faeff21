#include "attendance/people_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "attendance/sheet_columns.hpp"
#include "protocol/pin.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::attendance {
namespace {

enum Column : std::size_t { uuid, nip, name, kind, unit, echelon, golongan, jabatan, pin, from };

constexpr std::array<ColumnNames, 10> columns{{
    {"uuid", "person"},
    {"nip", "nip baru,nip/ni pppk,ni pppk"},
    {"name", "nama,nama lengkap,nama pegawai"},
    {"kind", "jenis,jenis pegawai,tipe pegawai,status pegawai"},
    {"unit", "skpd,opd,unit kerja,satuan kerja"},
    {"echelon", "eselon,esselon"},
    {"golongan", "gol,golongan/ruang,gol/ruang,pangkat/golongan,pangkat/gol"},
    {"jabatan", "position,nama jabatan"},
    {"pin", "nomor pin,no pin"},
    {"from", "mulai,sejak,tmt,valid_from"},
}};

std::optional<PersonKind> decode_kind(std::string_view text) {
    const std::string word = to_lower(text);
    if (word == "p3k") return PersonKind::pppk;
    return person_kind(word);
}

// Words for people who are neither; anything else is taken so too, with a warning.
bool says_none(std::string_view text) {
    static constexpr std::array words{"-",       "honorer",        "non asn",         "non-asn", "ptt",       "thl",
                                      "kontrak", "tenaga kontrak", "pegawai kontrak", "lain",    "lain-lain", "other"};
    return std::find(words.begin(), words.end(), to_lower(text)) != words.end();
}

class Reader {
public:
    explicit Reader(Day today) : today_(today) {}

    PeopleFile read(std::string_view bytes) {
        const Sheet sheet = read_sheet(bytes, columns, {name, unit});
        file_.count = sheet.count;
        file_.problems = sheet.problems;
        file_.warnings = sheet.warnings;
        for (const SheetRow& row : sheet.rows) take(row);
        sort_by_line(file_.problems);
        sort_by_line(file_.warnings);
        return std::move(file_);
    }

private:
    void wrong(const SheetRow& row, Column column, std::string sentence) {
        file_.problems.push_back({row.line, row.header(column), std::move(sentence)});
    }
    void warn(const SheetRow& row, Column column, std::string sentence) {
        file_.warnings.push_back({row.line, row.header(column), std::move(sentence)});
    }

    void take(const SheetRow& row) {
        const std::size_t before = file_.problems.size();
        PersonLine line;
        line.line = row.line;
        line.uuid = to_lower(row[uuid]);
        line.name = row[name];
        line.unit = row[unit];
        if (line.name.empty()) wrong(row, name, "The name is missing.");
        if (line.name.find_first_of("=+@") == 0)
            wrong(row, name, "A name does not begin with " + line.name.substr(0, 1) + ".");
        if (line.unit.empty()) wrong(row, unit, "The unit is missing.");
        take_nip(row, line);
        if (!row[kind].empty()) {
            line.kind = decode_kind(row[kind]);
            if (!line.kind) {
                line.kind = PersonKind::none;
                if (!says_none(row[kind])) {
                    warn(row, kind,
                         "\"" + row[kind] + "\" is none of PNS, CPNS and PPPK, so it is taken as none of them.");
                }
            }
        }
        if (!row[echelon].empty()) {
            line.group = decode_echelon(row[echelon]);
            if (!line.group) {
                wrong(row, echelon, "\"" + row[echelon] + "\" is no echelon; write II, III, IV, staf or fungsional.");
            }
        }
        if (!row[golongan].empty()) line.golongan = row[golongan];
        if (!row[jabatan].empty()) line.jabatan = row[jabatan];
        take_pins(row, line);
        if (!row[from].empty()) {
            line.from = decode_day(row[from]);
            if (!line.from) wrong(row, from, "\"" + row[from] + "\" is no day; write it as 2026-10-01.");
        }
        if (file_.problems.size() == before) file_.lines.push_back(std::move(line));
    }

    void take_nip(const SheetRow& row, PersonLine& line) {
        if (row[nip].empty()) return;
        auto decoded = decode_nip(row[nip], today_);
        if (!decoded.nip) return wrong(row, nip, std::move(decoded.problem));
        line.nip = row[nip];
        line.nip_form = decoded.nip->form;
    }

    void take_pins(const SheetRow& row, PersonLine& line) {
        std::string_view rest = row[pin];
        while (!(rest = trim_blanks(rest)).empty()) {
            const std::string one(rest.substr(0, rest.find(' ')));
            rest.remove_prefix(one.size());
            if (!is_valid_pin(one)) {
                wrong(row, pin, "\"" + one + "\" is no PIN: at most 64 bytes, no control characters.");
            } else if (std::none_of(line.pins.begin(), line.pins.end(),
                                    [&](const auto& other) { return pin_key(other) == pin_key(one); })) {
                line.pins.push_back(one);
            }
        }
    }

    Day today_;
    PeopleFile file_;
};

}  // namespace

std::optional<EchelonGroup> decode_echelon(std::string_view text) {
    std::string word;
    for (const char c : to_lower(text)) {
        if (std::string_view(" \t./-_").find(c) == std::string_view::npos) word += c;
    }
    for (const std::string_view prefix : {"eselon", "esselon", "echelon"}) {
        if (word.starts_with(prefix)) word.erase(0, prefix.size());
    }
    static constexpr std::array staff{"staf", "staff", "fungsional", "functional", "pelaksana",
                                      "jft",  "jfu",   "jf",         "noneselon"};
    if (std::find(staff.begin(), staff.end(), word) != staff.end()) return EchelonGroup::staff;
    if (word.size() > 1 && word.back() >= 'a' && word.back() <= 'd') word.pop_back();
    if (word == "ii" || word == "2") return EchelonGroup::eselon_2;
    if (word == "iii" || word == "3") return EchelonGroup::eselon_3;
    if (word == "iv" || word == "4") return EchelonGroup::eselon_4;
    return std::nullopt;
}

PeopleFile read_people_file(std::string_view bytes, Day today) { return Reader(today).read(bytes); }

}  // namespace presensi::attendance
