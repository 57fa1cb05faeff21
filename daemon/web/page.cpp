#include "daemon/web/page.hpp"

#include <kainjow/mustache.hpp>

#include <map>

namespace presensi::web {

namespace mustache = kainjow::mustache;

namespace {

// {{x}} escapes; nothing here is inserted unescaped.
constexpr const char* page = R"html(<!doctype html>
<html lang="{{lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="15">
<title>Presensi Gateway</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; }
h1 { font-size: 1.4rem; margin: 0; }
table { border-collapse: collapse; width: 100%; margin-top: 1rem; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8884; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.trial, .alarm, .notice { border: 1px solid #b80; border-left-width: .4rem; padding: .3rem .6rem; margin: .6rem 0; }
.alarm { border-color: #c22; }
.state-approved { color: #181; } .state-seen { color: #b60; } .state-suspended, .state-retired { color: #777; }
@media (prefers-color-scheme: dark) { .state-approved { color: #6c6; } .state-seen { color: #fb4; } }
.scroll { overflow-x: auto; }
</style>
</head>
<body>
<header>
<h1>Presensi Gateway</h1>
<span>{{t_now}} {{now}} ({{zone}})</span>
<span>{{t_punches}}: <b>{{punches}}</b></span>
<a href="/?lang={{other_lang}}" hreflang="{{other_lang}}">{{t_other_language}}</a>
</header>
{{#trial}}<p class="trial"><b>MODE UJI COBA</b>. {{t_trial}}</p>{{/trial}}
{{^ready}}<p class="alarm">{{t_not_ready}}</p>{{/ready}}
{{#alarms}}<p class="{{kind}}"><b>{{what}}</b> {{todo}} <small>{{t_since}} {{since}}</small></p>
{{/alarms}}
<div class="scroll">
<table>
<thead><tr><th>{{t_terminal}}</th><th>{{t_state}}</th><th>{{t_last_heard}}</th><th class="n">{{t_today}}</th><th class="n">{{t_total}}</th><th>{{t_last_punch}}</th><th></th></tr></thead>
<tbody>
{{#terminals}}<tr><td>{{name}} <small>{{serial}}{{#portable}} · {{t_portable}}{{/portable}}</small></td><td class="state-{{state}}">{{state_text}}</td><td>{{last_heard}}</td><td class="n">{{today}}</td><td class="n">{{total}}</td><td>{{last_punch}}</td><td><a href="/terminals/{{serial}}/certificate?lang={{lang}}">{{t_certificate}}</a></td></tr>
{{/terminals}}
</tbody>
</table>
</div>
{{^any}}<p>{{t_none}}</p>{{/any}}
<footer><small>presensid {{version}}</small></footer>
</body>
</html>
)html";

using Words = std::map<std::string, std::string>;

const Words& words(Language language) {
    static const Words indonesian{
        {"lang", "id"},
        {"other_lang", "en"},
        {"t_other_language", "English"},
        {"t_now", "Waktu"},
        {"t_punches", "Absensi tersimpan"},
        {"t_terminal", "Mesin"},
        {"t_state", "Status"},
        {"t_last_heard", "Terakhir terdengar"},
        {"t_today", "Absensi hari ini"},
        {"t_total", "Jumlah"},
        {"t_last_punch", "Absensi terbaru"},
        {"t_portable", "dibawa ke lapangan"},
        {"t_since", "sejak"},
        {"t_certificate", "kelengkapan"},
        {"t_trial", "Data disimpan dalam berkas SQLite di komputer ini; untuk pemakaian resmi gunakan PostgreSQL."},
        {"t_not_ready", "Penyimpanan tidak dapat menulis. Mesin menyimpan datanya dan akan mengirim ulang."},
        {"t_none", "Belum ada mesin. Daftarkan nomor serinya di berkas konfigurasi, atau arahkan mesin ke server ini."},
        {"never", "belum pernah"},
        {"approved", "disetujui"},
        {"seen", "belum disetujui"},
        {"suspended", "ditangguhkan"},
        {"retired", "tidak dipakai lagi"}};
    static const Words english{
        {"lang", "en"},
        {"other_lang", "id"},
        {"t_other_language", "Bahasa Indonesia"},
        {"t_now", "Time"},
        {"t_punches", "Punches stored"},
        {"t_terminal", "Terminal"},
        {"t_state", "State"},
        {"t_last_heard", "Last heard"},
        {"t_today", "Punches today"},
        {"t_total", "Total"},
        {"t_last_punch", "Latest punch"},
        {"t_portable", "carried to the field"},
        {"t_since", "since"},
        {"t_certificate", "completeness"},
        {"t_trial", "Trial mode: data is kept in an SQLite file on this computer; use PostgreSQL in production."},
        {"t_not_ready", "The store cannot write. Terminals keep their data and will send it again."},
        {"t_none",
         "No terminal yet. Put its serial number into the configuration file, or point a terminal at this server."},
        {"never", "never"},
        {"approved", "approved"},
        {"seen", "not approved"},
        {"suspended", "suspended"},
        {"retired", "retired"}};
    return language == Language::indonesian ? indonesian : english;
}

}  // namespace

std::string render_page(const PageData& data, Language language) {
    const Words& said = words(language);
    mustache::data view;
    for (const auto& [key, text] : said) {
        if (key.starts_with("t_") || key.ends_with("lang")) view.set(key, text);
    }
    view.set("version", data.version);
    view.set("now", data.now);
    view.set("zone", data.zone);
    view.set("punches", data.punches);
    view.set("trial", data.trial);
    view.set("ready", data.ready);
    view.set("any", !data.terminals.empty());
    mustache::data alarms{mustache::data::type::list};
    for (const auto& alarm : data.alarms) {
        mustache::data line;
        line.set("kind", alarm.urgent ? "alarm" : "notice");
        line.set("what", alarm.what);
        line.set("todo", alarm.todo);
        line.set("since", alarm.since);
        alarms << line;
    }
    view.set("alarms", alarms);
    mustache::data terminals{mustache::data::type::list};
    for (const auto& terminal : data.terminals) {
        const auto state = said.find(terminal.state);
        mustache::data line;
        line.set("serial", terminal.serial);
        line.set("name", terminal.name);
        line.set("portable", terminal.portable);
        line.set("state", terminal.state);
        line.set("state_text", state == said.end() ? terminal.state : state->second);
        line.set("last_heard", terminal.last_heard.empty() ? said.at("never") : terminal.last_heard);
        line.set("last_punch", terminal.last_punch);
        line.set("today", terminal.today);
        line.set("total", terminal.total);
        terminals << line;
    }
    view.set("terminals", terminals);
    mustache::mustache sheet{std::string(page)};
    return sheet.render(view);
}

}  // namespace presensi::web
