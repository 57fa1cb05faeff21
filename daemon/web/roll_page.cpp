#include "daemon/web/roll_page.hpp"

#include <fmt/format.h>

#include <kainjow/mustache.hpp>

#include <array>
#include <map>

#include "protocol/text_fields.hpp"

namespace presensi::web {

namespace mustache = kainjow::mustache;
using attendance::Presence;
using attendance::RollCount;

namespace {

// {{x}} escapes; nothing here is inserted unescaped.
constexpr const char* sheet_page = R"html(<!doctype html>
<html lang="{{lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{t_title}}: {{event}}</title>
<style>
:root { color-scheme: light dark; }
body { font: 13px/1.35 system-ui, sans-serif; margin: 1rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; }
h2 { font-size: 1rem; margin: 1rem 0 .2rem; }
.state { border: 1px solid currentColor; padding: .3rem .6rem; margin: .6rem 0; }
.open { font-weight: bold; }
.wide { margin-top: .8rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8886; padding: .1rem .4rem; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tfoot td { border-top: 2px solid currentColor; font-weight: bold; }
.sign { margin: 1.5rem 0 0 auto; width: 18rem; text-align: center; }
.sign div { height: 4rem; }
@media print { body { margin: 0; max-width: none; font-size: 8pt; line-height: 1.1; } p { margin: .4rem 0; } .sign { margin-top: .6rem; } .sign div { height: 3rem; } a { display: none; } tr, .sign { break-inside: avoid; } thead { display: table-header-group; } th, td { padding: 0 .3rem; } @page { size: A4; margin: 12mm; } }
</style>
</head>
<body>
<h1>{{t_title}}: {{event}}</h1>
<p>{{day}}, {{opens}}–{{closes}} {{zone}}{{#has_place}} · {{place}}{{/has_place}} · {{t_made}} {{made_at}}
 <a href="?lang={{other_lang}}{{people_query}}" hreflang="{{other_lang}}">{{t_other_language}}</a></p>
<p class="state {{state_kind}}">{{state}}</p>
{{#has_waiting}}<table>
<thead><tr><th>{{t_waiting}}</th><th>{{t_serial}}</th><th>{{t_last_contact}}</th><th class="n">{{t_punches}}</th></tr></thead>
<tbody>
{{#waiting}}<tr><td>{{name}}</td><td>{{serial}}</td><td>{{contact}}</td><td class="n">{{punches}}</td></tr>
{{/waiting}}</tbody>
</table>
{{/has_waiting}}<div class="wide"><table>
<thead><tr><th>{{t_unit}}</th><th class="n">{{t_eselon_2}}</th><th class="n">{{t_eselon_3}}</th><th class="n">{{t_eselon_4}}</th><th class="n">{{t_staff}}</th><th class="n">{{t_present}}</th><th class="n">{{t_late}}</th><th class="n">{{t_elsewhere}}</th><th class="n">{{t_absent}}</th><th class="n">%</th></tr></thead>
<tbody>
{{#lines}}<tr><td>{{unit}}</td>{{#groups}}<td class="n">{{text}}</td>{{/groups}}{{#numbers}}<td class="n">{{text}}</td>{{/numbers}}</tr>
{{/lines}}</tbody>
<tfoot><tr><td>{{t_all}}</td>{{#all_groups}}<td class="n">{{text}}</td>{{/all_groups}}{{#all_numbers}}<td class="n">{{text}}</td>{{/all_numbers}}</tr></tfoot>
</table></div>
<p>{{t_legend}}</p>
{{#notes}}<p>{{text}}</p>
{{/notes}}{{#has_people}}<h2>{{t_people}}</h2>
<table>
<thead><tr><th>{{t_unit}}</th><th>{{t_name}}</th><th>NIP</th><th>{{t_what}}</th></tr></thead>
<tbody>
{{#people}}<tr><td>{{unit}}</td><td>{{name}}</td><td>{{nip}}</td><td>{{what}}</td></tr>
{{/people}}</tbody>
</table>
{{/has_people}}<div class="sign">{{t_sign}}<div></div>( ........................................ )</div>
</body>
</html>
)html";

using Words = std::map<std::string, std::string>;

const Words& words(Language language) {
    static const Words indonesian{
        {"lang", "id"},
        {"other_lang", "en"},
        {"t_other_language", "English"},
        {"t_title", "Lembar Apel"},
        {"t_made", "dibuat"},
        {"t_waiting", "Mesin yang belum mengirim"},
        {"t_serial", "Nomor seri"},
        {"t_last_contact", "Terakhir terhubung"},
        {"t_punches", "Absensi"},
        {"t_unit", "Unit kerja"},
        {"t_eselon_2", "Es. II"},
        {"t_eselon_3", "Es. III"},
        {"t_eselon_4", "Es. IV"},
        {"t_staff", "Staf"},
        {"t_present", "Hadir"},
        {"t_late", "Terlambat"},
        {"t_elsewhere", "Di tempat lain"},
        {"t_absent", "Tidak hadir"},
        {"t_all", "Jumlah"},
        {"t_people", "Tidak hadir, terlambat, atau di tempat lain"},
        {"t_name", "Nama"},
        {"t_what", "Keterangan"},
        {"t_sign", "Mengetahui,"},
        {"t_legend",
         "Eselon dan staf: yang berada di acara (hadir dan terlambat) dari yang wajib. Hadir: absensi di mesin apel "
         "sampai "
         "acara ditutup. Terlambat: dalam satu jam sesudahnya. Di tempat lain: pada jam itu hanya di mesin lain. "
         "%: yang berada di acara. Izin, cuti, dan dinas luar tidak diketahui di sini."},
        {"complete", "LENGKAP: semua mesin acara ini sudah mengirim."},
        {"running", "SEMENTARA: acara belum selesai."},
        {"open", "SEMENTARA: {} mesin belum mengirim. Angka di bawah dapat bertambah."},
        {"of_nobody", "{} PIN di mesin apel belum diketahui pemiliknya."},
        {"never", "belum pernah"},
        {"apel", "Apel"},
        {"senam", "Senam/olahraga"},
        {"tausiyah", "Tausiyah"},
        {"upacara", "Upacara"},
        {"late", "terlambat"},
        {"elsewhere", "di tempat lain"},
        {"absent", "tidak hadir"}};
    static const Words english{
        {"lang", "en"},
        {"other_lang", "id"},
        {"t_other_language", "Bahasa Indonesia"},
        {"t_title", "Roll call"},
        {"t_made", "made"},
        {"t_waiting", "Terminals that have not delivered"},
        {"t_serial", "Serial number"},
        {"t_last_contact", "Last contact"},
        {"t_punches", "Punches"},
        {"t_unit", "Unit"},
        {"t_eselon_2", "Ech. II"},
        {"t_eselon_3", "Ech. III"},
        {"t_eselon_4", "Ech. IV"},
        {"t_staff", "Staff"},
        {"t_present", "Present"},
        {"t_late", "Late"},
        {"t_elsewhere", "Elsewhere"},
        {"t_absent", "Absent"},
        {"t_all", "All"},
        {"t_people", "Absent, late or elsewhere"},
        {"t_name", "Name"},
        {"t_what", "What"},
        {"t_sign", "Acknowledged,"},
        {"t_legend",
         "Echelons and staff: how many were at the event (present and late) of those expected. Present: a punch at an "
         "apel terminal until the event closed. Late: within an hour after. Elsewhere: in that time only at another "
         "terminal. %: at the event. Leave and duty travel are not known here."},
        {"complete", "COMPLETE: all terminals of this event have delivered."},
        {"running", "PRELIMINARY: the event is not over."},
        {"open", "PRELIMINARY: terminals that have not delivered: {}. The numbers below may rise."},
        {"of_nobody", "{} PINs at apel terminals are nobody's yet."},
        {"never", "never"},
        {"apel", "Apel"},
        {"senam", "Senam"},
        {"tausiyah", "Tausiyah"},
        {"upacara", "Upacara"},
        {"late", "late"},
        {"elsewhere", "elsewhere"},
        {"absent", "absent"}};
    return language == Language::indonesian ? indonesian : english;
}

std::string say_day(attendance::Day day, Language language) {
    static constexpr std::array<const char*, 7> days_id{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"};
    static constexpr std::array<const char*, 7> days_en{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                        "Thursday", "Friday", "Saturday"};
    static constexpr std::array<const char*, 12> months_id{"Januari",   "Februari", "Maret",    "April",
                                                           "Mei",       "Juni",     "Juli",     "Agustus",
                                                           "September", "Oktober",  "November", "Desember"};
    static constexpr std::array<const char*, 12> months_en{"January",   "February", "March",    "April",
                                                           "May",       "June",     "July",     "August",
                                                           "September", "October",  "November", "December"};
    const bool indonesian = language == Language::indonesian;
    const std::chrono::year_month_day date{day};
    const auto weekday = std::chrono::weekday(day).c_encoding();
    const auto month = static_cast<unsigned>(date.month()) - 1;
    return fmt::format("{}, {} {} {}", (indonesian ? days_id : days_en).at(weekday), static_cast<unsigned>(date.day()),
                       (indonesian ? months_id : months_en).at(month), static_cast<int>(date.year()));
}

mustache::data texts(const std::vector<std::string>& list) {
    mustache::data made{mustache::data::type::list};
    for (const auto& text : list) made << mustache::data("text", text);
    return made;
}

mustache::data groups_of(const std::array<RollCount, 4>& groups) {
    std::vector<std::string> list;
    list.reserve(groups.size());
    for (const auto& group : groups) {
        list.push_back(group.expected == 0 ? "–" : fmt::format("{}/{}", group.at_event(), group.expected));
    }
    return texts(list);
}

mustache::data numbers_of(const RollCount& count) {
    std::vector<std::string> list;
    for (const int number : count.of) list.push_back(std::to_string(number));
    list.push_back(count.expected == 0 ? "–" : std::to_string(count.at_event() * 100 / count.expected));
    return texts(list);
}

void add_to(RollCount& sum, const RollCount& count) {
    sum.expected += count.expected;
    for (std::size_t i = 0; i < sum.of.size(); ++i) sum.of.at(i) += count.of.at(i);
}

std::string unit_name(const period::EventRoll& event_roll, const std::string& code) {
    const auto* unit = event_roll.directory->find_unit(code);
    return unit == nullptr ? code : unit->name;
}

}  // namespace

std::string render_roll(const RollSheet& sheet, Language language) {
    const Words& said = words(language);
    const period::EventRoll& made = sheet.event_roll;
    mustache::data view;
    for (const auto& [key, text] : said) {
        if (key.starts_with("t_") || key.ends_with("lang")) view.set(key, text);
    }
    view.set("event", said.at(std::string(to_string(made.event.kind))));
    view.set("day", say_day(made.event.day, language));
    view.set("opens", attendance::format_time_of_day(made.event.opens));
    view.set("closes", attendance::format_time_of_day(made.event.closes));
    view.set("zone", sheet.zone);
    view.set("made_at", sheet.made_at);
    view.set("has_place", !made.event.place.empty());
    view.set("place", made.event.place);
    view.set("people_query", sheet.people.empty() ? "" : "&people=1");

    mustache::data waiting{mustache::data::type::list};
    bool has_waiting = false;
    for (const auto* terminal : sheet.terminals) {
        if (terminal->delivered) continue;
        has_waiting = true;
        mustache::data line;
        line.set("name", terminal->name.empty() ? terminal->serial : terminal->name);
        line.set("serial", terminal->serial);
        const auto contact = decode_utc(terminal->last_contact);
        line.set("contact", contact ? spoken_local(Zone(sheet.zone), *contact) : said.at("never"));
        line.set("punches", std::to_string(terminal->punches));
        waiting << line;
    }
    view.set("has_waiting", made.is_over && has_waiting);
    view.set("waiting", waiting);
    view.set("state_kind", made.is_complete() ? "complete" : "open");
    view.set("state", !made.is_over        ? said.at("running")
                      : made.is_complete() ? said.at("complete")
                                           : fmt::format(fmt::runtime(said.at("open")), made.waiting()));

    mustache::data lines{mustache::data::type::list};
    std::array<RollCount, 4> groups{};
    RollCount all;
    for (const auto& each : sheet.lines) {
        mustache::data line;
        line.set("unit", unit_name(made, each.unit));
        line.set("groups", groups_of(each.groups));
        line.set("numbers", numbers_of(each.all));
        lines << line;
        for (std::size_t i = 0; i < groups.size(); ++i) add_to(groups.at(i), each.groups.at(i));
        add_to(all, each.all);
    }
    view.set("lines", lines);
    view.set("all_groups", groups_of(groups));
    view.set("all_numbers", numbers_of(all));

    std::vector<std::string> notes;
    if (made.roll.of_nobody > 0) notes.push_back(fmt::format(fmt::runtime(said.at("of_nobody")), made.roll.of_nobody));
    view.set("notes", texts(notes));

    mustache::data people{mustache::data::type::list};
    for (const auto* person : sheet.people) {
        mustache::data line;
        line.set("unit", unit_name(made, person->unit));
        line.set("name", person->person->name);
        line.set("nip", person->person->nip);
        std::string what = said.at(std::string(to_string(person->presence)));
        if (person->time) {
            constexpr std::size_t time_of_day = 11;
            what += fmt::format(", {} {}", format_device_time(*person->time).substr(time_of_day, 5), person->serial);
        }
        line.set("what", what);
        people << line;
    }
    view.set("has_people", !sheet.people.empty());
    view.set("people", people);
    mustache::mustache page{std::string(sheet_page)};
    return page.render(view);
}

}  // namespace presensi::web
