#include "daemon/web/sheet_page.hpp"

#include <fmt/format.h>

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <array>
#include <map>

#include "protocol/text_fields.hpp"

namespace presensi::web {

namespace mustache = kainjow::mustache;
using attendance::Day;
using std::chrono::days;

namespace {

constexpr std::size_t most_exceptions = 500;

// {{x}} escapes; nothing here is inserted unescaped.
constexpr const char* sheet = R"html(<!doctype html>
<html lang="{{lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{t_title}} {{unit}} {{month}}</title>
<style>
:root { color-scheme: light dark; }
body { font: 13px/1.35 system-ui, sans-serif; margin: 1rem; }
h1 { font-size: 1.2rem; margin: 0 0 .2rem; }
h2 { font-size: 1rem; margin: 1rem 0 .2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border: 1px solid #8888; padding: .05rem .25rem; text-align: left; vertical-align: top; }
table.month td.day { font-size: .72rem; line-height: 1.15; font-variant-numeric: tabular-nums; text-align: center; min-width: 2.1rem; }
table.month th { font-weight: 600; font-size: .75rem; }
.free { background: #8883; }
.mark { font-weight: bold; }
code { font-size: .75rem; word-break: break-all; }
@media print { body { margin: 0; font-size: 7pt; } a { display: none; } table.month td.day { font-size: 5.5pt; min-width: 0; padding: 0 1px; } thead { display: table-header-group; } tr { break-inside: avoid; } @page { size: A4 landscape; margin: 8mm; } }
</style>
</head>
<body>
<h1>{{t_title}}: {{unit}}, {{month}}</h1>
<p>{{t_state}}: <b>{{state}}</b> · {{zone}} · {{t_made}} {{made_at}}
 <a href="?lang={{other_lang}}" hreflang="{{other_lang}}">{{t_other_language}}</a></p>
{{#has_digest}}<p>SHA-256 <code>{{digest}}</code></p>
{{/has_digest}}<div class="wide"><table class="month">
<thead><tr><th>{{t_no}}</th><th>{{t_name}}</th>{{#days}}<th class="{{kind}}" title="{{note}}">{{number}}<br>{{weekday}}</th>{{/days}}<th>{{t_days}}</th></tr></thead>
<tbody>
{{#people}}<tr><td>{{no}}</td><td>{{name}}{{#has_nip}}<br>{{nip}}{{/has_nip}}{{#has_jabatan}}<br>{{jabatan}}{{/has_jabatan}}</td>{{#cells}}<td class="day {{kind}}">{{in}}<br>{{out}}{{#has_marks}} <span class="mark">{{marks}}</span>{{/has_marks}}</td>{{/cells}}<td>{{present}}</td></tr>
{{/people}}</tbody>
</table></div>
<p>{{t_legend}}</p>
{{#notes}}<p>{{text}}</p>
{{/notes}}<h2>{{t_exceptions}}</h2>
{{^has_exceptions}}<p>{{t_none}}</p>
{{/has_exceptions}}{{#has_exceptions}}<table>
<thead><tr><th>{{t_name}}</th><th>PIN</th><th>{{t_time}}</th><th>{{t_terminal}}</th><th>{{t_why}}</th></tr></thead>
<tbody>
{{#exceptions}}<tr><td>{{name}}</td><td>{{pin}}</td><td>{{time}}</td><td>{{terminal}}</td><td>{{why}}</td></tr>
{{/exceptions}}</tbody>
</table>
{{/has_exceptions}}</body>
</html>
)html";

using Words = std::map<std::string, std::string>;

const Words& words(Language language) {
    static const Words indonesian{
        {"lang", "id"},
        {"other_lang", "en"},
        {"t_other_language", "English"},
        {"t_title", "Laporan presensi"},
        {"t_state", "Status"},
        {"t_made", "dibuat"},
        {"t_no", "No."},
        {"t_name", "Nama"},
        {"t_days", "Hari"},
        {"t_time", "Waktu"},
        {"t_terminal", "Mesin"},
        {"t_why", "Sebab"},
        {"t_exceptions", "Yang perlu diperiksa"},
        {"t_none", "Tidak ada."},
        {"t_legend",
         "Atas: masuk (absensi pertama), bawah: pulang (absensi terakhir). T: di mesin lain, tetap dihitung. "
         "!: menunggu pemeriksaan. Abu-abu: bukan hari kerja."},
        {"of_nobody", "{} absensi di mesin unit ini belum diketahui pemiliknya."},
        {"more", "… dan {} lagi."},
        {"open", "terbuka"},
        {"submitted", "diajukan"},
        {"returned", "dikembalikan"},
        {"frozen", "dibekukan"},
        {"wrong_terminal", "mesin lain"},
        {"late_online", "terlambat dikirim padahal tersambung"},
        {"pull_only", "hanya ada saat ditarik"},
        {"suspect", "meragukan, tidak dihitung"}};
    static const Words english{
        {"lang", "en"},
        {"other_lang", "id"},
        {"t_other_language", "Bahasa Indonesia"},
        {"t_title", "Attendance report"},
        {"t_state", "State"},
        {"t_made", "made"},
        {"t_no", "No."},
        {"t_name", "Name"},
        {"t_days", "Days"},
        {"t_time", "Time"},
        {"t_terminal", "Terminal"},
        {"t_why", "Why"},
        {"t_exceptions", "To be looked at"},
        {"t_none", "Nothing."},
        {"t_legend",
         "Above: in (first punch), below: out (last punch). T: at another terminal, counts all the same. "
         "!: waits for review. Grey: no working day."},
        {"of_nobody", "{} punches at terminals of this unit are nobody's yet."},
        {"more", "… and {} more."},
        {"open", "open"},
        {"submitted", "submitted"},
        {"returned", "returned"},
        {"frozen", "frozen"},
        {"wrong_terminal", "another terminal"},
        {"late_online", "sent late although online"},
        {"pull_only", "seen by a pull only"},
        {"suspect", "suspect, does not count"}};
    return language == Language::indonesian ? indonesian : english;
}

std::string say(const Words& said, const std::string& word) {
    const auto found = said.find(word);
    return found == said.end() ? word : found->second;
}

bool needs_review(const std::string& grade) {
    return grade == "late_online" || grade == "pull_only" || grade == "suspect";
}

std::vector<SheetDay> lay_out_days(const attendance::Directory& directory, attendance::Month month) {
    static constexpr std::array<const char*, 7> indonesian{"Mg", "Sn", "Sl", "Rb", "Km", "Jm", "Sb"};
    static constexpr std::array<const char*, 7> english{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"};
    std::vector<SheetDay> list;
    for (Day day = month.first(); day < month.after(); day += days(1)) {
        SheetDay made;
        const auto weekday = std::chrono::weekday(day).c_encoding();
        made.number = std::to_string(static_cast<unsigned>(std::chrono::year_month_day(day).day()));
        made.weekday_id = indonesian.at(weekday);
        made.weekday_en = english.at(weekday);
        made.working = directory.is_working_day(day);
        if (const auto* holiday = directory.holiday_on(day)) made.note = holiday->name;
        for (const auto* event : directory.events_on(day)) {
            if (!made.note.empty()) made.note += ", ";
            made.note += to_string(event->kind);
        }
        list.push_back(std::move(made));
    }
    return list;
}

std::map<std::int64_t, SheetPerson> lay_out_people(const period::Roll& roll, const std::vector<SheetDay>& sheet_days) {
    std::map<std::int64_t, SheetPerson> people;
    for (const auto& person : roll.people) {
        SheetPerson& made = people[person.id];
        made.id = person.id;
        made.name = person.name;
        made.nip = person.nip;
        made.jabatan = person.jabatan;
        made.cells.resize(sheet_days.size());
        for (std::size_t i = 0; i < sheet_days.size(); ++i) made.cells[i].working = sheet_days[i].working;
    }
    return people;
}

void enter(SheetCell& cell, const std::string& time, bool is_counted, bool elsewhere, bool review) {
    constexpr std::size_t to_minutes = 5;
    const std::string minutes = time.substr(0, to_minutes);
    if (is_counted && (cell.in.empty() || minutes < cell.in)) {
        if (!cell.in.empty() && cell.out.empty()) cell.out = cell.in;
        cell.in = minutes;
    } else if (is_counted && minutes > cell.in && minutes > cell.out) {
        cell.out = minutes;
    }
    if (elsewhere && cell.marks.find('T') == std::string::npos) cell.marks += 'T';
    if (review && cell.marks.find('!') == std::string::npos) cell.marks += '!';
}

template <typename Item, typename Fill>
mustache::data list_of(const std::vector<Item>& items, Fill fill) {
    mustache::data list{mustache::data::type::list};
    for (const Item& item : items) {
        mustache::data line;
        fill(line, item);
        list << line;
    }
    return list;
}

}  // namespace

SheetData lay_out_sheet(const period::Question& question, const storage::PeriodRow& row,
                        const std::vector<period::UnitPunch>& punches, const period::Roll& roll) {
    const attendance::Directory& directory = *question.directory;
    SheetData data;
    data.month = question.month.name();
    const auto* unit = directory.find_unit(row.unit);
    data.unit = unit == nullptr ? row.unit : unit->name;
    data.state = row.state;
    data.digest = row.digest;
    data.zone = question.zone;
    data.made_at = spoken_local(Zone(question.zone), question.now);
    data.days = lay_out_days(directory, question.month);
    std::map<std::int64_t, SheetPerson> people = lay_out_people(roll, data.days);
    for (const auto& punch : punches) {
        const auto& stored = punch.punch.row;
        const auto time = decode_device_time(stored.device_time);
        if (!time) continue;
        const bool review = needs_review(stored.grade);
        const bool elsewhere = roll.elsewhere.contains(stored.id);
        const auto found = people.find(punch.person);
        if (punch.person == 0) ++data.of_nobody;
        if (found != people.end()) {
            const auto index =
                static_cast<std::size_t>((std::chrono::floor<days>(*time) - question.month.first()).count());
            constexpr std::size_t time_of_day = 11;
            enter(found->second.cells.at(index), stored.device_time.substr(time_of_day), stored.grade != "suspect",
                  elsewhere, review);
        }
        if (!review && !elsewhere) continue;
        if (data.exceptions.size() == most_exceptions) {
            ++data.more_exceptions;
            continue;
        }
        std::string when = stored.device_time;
        std::replace(when.begin(), when.end(), 'T', ' ');
        data.exceptions.push_back({found == people.end() ? std::string() : found->second.name, stored.pin,
                                   std::move(when), stored.serial, review ? stored.grade : "wrong_terminal"});
    }
    for (auto& [id, person] : people) {
        person.days = static_cast<int>(std::count_if(person.cells.begin(), person.cells.end(),
                                                     [](const SheetCell& cell) { return !cell.in.empty(); }));
        data.people.push_back(std::move(person));
    }
    std::sort(data.people.begin(), data.people.end(),
              [](const auto& a, const auto& b) { return std::tie(a.name, a.nip) < std::tie(b.name, b.nip); });
    return data;
}

std::string render_sheet(const SheetData& data, Language language) {
    const Words& said = words(language);
    mustache::data view;
    for (const auto& [key, text] : said) {
        if (key.starts_with("t_") || key.ends_with("lang")) view.set(key, text);
    }
    view.set("unit", data.unit);
    view.set("month", data.month);
    view.set("state", say(said, data.state));
    view.set("zone", data.zone);
    view.set("made_at", data.made_at);
    view.set("has_digest", !data.digest.empty());
    view.set("digest", data.digest);
    view.set("days", list_of(data.days, [&](mustache::data& line, const SheetDay& day) {
                 line.set("number", day.number);
                 line.set("weekday", language == Language::indonesian ? day.weekday_id : day.weekday_en);
                 line.set("kind", day.working ? "" : "free");
                 line.set("note", day.note);
             }));
    int number = 0;
    view.set("people", list_of(data.people, [&](mustache::data& line, const SheetPerson& person) {
                 line.set("no", std::to_string(++number));
                 line.set("name", person.name);
                 line.set("has_nip", !person.nip.empty());
                 line.set("nip", person.nip);
                 line.set("has_jabatan", !person.jabatan.empty());
                 line.set("jabatan", person.jabatan);
                 line.set("present", std::to_string(person.days));
                 line.set("cells", list_of(person.cells, [](mustache::data& cell, const SheetCell& made) {
                              cell.set("in", made.in);
                              cell.set("out", made.out);
                              cell.set("has_marks", !made.marks.empty());
                              cell.set("marks", made.marks);
                              cell.set("kind", made.working ? "" : "free");
                          }));
             }));
    std::vector<std::string> notes;
    if (data.of_nobody > 0) notes.push_back(fmt::format(fmt::runtime(said.at("of_nobody")), data.of_nobody));
    if (data.more_exceptions > 0) notes.push_back(fmt::format(fmt::runtime(said.at("more")), data.more_exceptions));
    view.set("notes", list_of(notes, [](mustache::data& line, const std::string& note) { line.set("text", note); }));
    view.set("has_exceptions", !data.exceptions.empty());
    view.set("exceptions", list_of(data.exceptions, [&](mustache::data& line, const SheetException& exception) {
                 line.set("name", exception.name);
                 line.set("pin", exception.pin);
                 line.set("time", exception.time);
                 line.set("terminal", exception.terminal);
                 line.set("why", say(said, exception.why));
             }));
    mustache::mustache page{std::string(sheet)};
    return page.render(view);
}

}  // namespace presensi::web
