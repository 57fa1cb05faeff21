#include "daemon/web/certificate_page.hpp"

#include <fmt/format.h>

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <map>

namespace presensi::web {

namespace mustache = kainjow::mustache;

namespace {

// {{x}} escapes; nothing here is inserted unescaped.
constexpr const char* sheet = R"html(<!doctype html>
<html lang="{{lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{t_title}} {{label}} {{month}}</title>
<style>
:root { color-scheme: light dark; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem auto; max-width: 48rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; }
table { border-collapse: collapse; width: 100%; margin-top: .8rem; }
th, td { text-align: left; padding: .15rem .5rem; border-bottom: 1px solid #8884; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.result { font-size: 1.2rem; border: 1px solid currentColor; padding: .4rem .8rem; display: inline-block; }
.short, .unknown { font-weight: bold; }
code { font-size: .8rem; word-break: break-all; }
@media print { body { font-size: 9pt; margin: 0; } a { display: none; } td, th { padding: 0 .4rem; } @page { size: A4; margin: 12mm; } }
</style>
</head>
<body>
<h1>{{t_title}}: {{label}}, {{month}}</h1>
<p>{{t_serial}} {{serial}}{{#unit}} · {{unit}}{{/unit}} · {{zone}} · {{t_issued}} {{issued_at}}
 <a href="?month={{month}}&amp;lang={{other_lang}}" hreflang="{{other_lang}}">{{t_other_language}}</a></p>
<p class="result">{{result}}</p>
<table>
<tr><td>{{t_punches}}</td><td class="n">{{punches}}</td></tr>
{{#roads}}<tr><td>· {{t_by}} {{road}}</td><td class="n">{{punches}}</td></tr>
{{/roads}}{{#sightings}}<tr><td>· {{t_also}} {{road}}</td><td class="n">{{punches}}</td></tr>
{{/sightings}}<tr><td>{{t_own_count}}</td><td class="n">{{own_count}}</td></tr>
<tr><td>{{t_mended}}</td><td class="n">{{mended}}</td></tr>
<tr><td>{{t_gaps}}</td><td>{{#pauses}}{{since}} – {{until}}<br>{{/pauses}}{{^has_pauses}}{{t_no}}{{/has_pauses}}</td></tr>
<tr><td>{{t_clock}}</td><td>{{clock}}</td></tr>
<tr><td>{{t_clock_set}}</td><td>{{#clock_set}}{{at}}<br>{{/clock_set}}{{^has_clock_set}}{{t_no}}{{/has_clock_set}}</td></tr>
<tr><td>{{t_digest}}</td><td><code>{{digest}}</code></td></tr>
</table>
<table>
<thead><tr><th>{{t_day}}</th><th class="n">{{t_punches}}</th><th class="n">{{t_terminal_has}}</th><th>{{t_result}}</th><th>{{t_means}}</th></tr></thead>
<tbody>
{{#days}}<tr><td>{{day}}</td><td class="n">{{punches}}</td><td class="n">{{terminal_has}}</td><td class="{{kind}}">{{result}}</td><td>{{means}}</td></tr>
{{/days}}
</tbody>
</table>
</body>
</html>
)html";

using Words = std::map<std::string, std::string>;

const Words& words(Language language) {
    static const Words indonesian{{"lang", "id"},
                                  {"other_lang", "en"},
                                  {"t_other_language", "English"},
                                  {"t_title", "Keterangan kelengkapan"},
                                  {"t_serial", "Nomor seri"},
                                  {"t_issued", "dibuat"},
                                  {"t_punches", "Absensi tersimpan"},
                                  {"t_by", "melalui"},
                                  {"t_also", "terlihat juga melalui"},
                                  {"t_own_count", "Hitungan mesin sendiri"},
                                  {"t_mended", "Diambil kembali dari mesin"},
                                  {"t_gaps", "Tanpa kontak"},
                                  {"t_clock", "Selisih jam mesin"},
                                  {"t_clock_set", "Jam disetel dengan tangan"},
                                  {"t_digest", "SHA-256 seluruh absensi"},
                                  {"t_day", "Hari"},
                                  {"t_terminal_has", "Ada di mesin"},
                                  {"t_result", "Hasil"},
                                  {"t_means", "Cara"},
                                  {"t_no", "tidak ada"},
                                  {"complete", "lengkap"},
                                  {"mended", "dilengkapi ({})"},
                                  {"short", "kurang ({})"},
                                  {"unknown", "belum diketahui"},
                                  {"verify_sum", "hitungan mesin"},
                                  {"query", "permintaan ulang"},
                                  {"pull", "penarikan log"},
                                  {"of_days", "{} dalam {} hari"},
                                  {"clock_range", "{} s sampai {} s"},
                                  {"not_measured", "tidak terukur"},
                                  {"none", "belum ada"}};
    static const Words english{{"lang", "en"},
                               {"other_lang", "id"},
                               {"t_other_language", "Bahasa Indonesia"},
                               {"t_title", "Certificate of completeness"},
                               {"t_serial", "Serial"},
                               {"t_issued", "issued"},
                               {"t_punches", "Punches stored"},
                               {"t_by", "by"},
                               {"t_also", "also seen by"},
                               {"t_own_count", "The terminal's own count"},
                               {"t_mended", "Fetched from the terminal"},
                               {"t_gaps", "Without contact"},
                               {"t_clock", "The terminal's clock minus ours"},
                               {"t_clock_set", "Clock set by hand"},
                               {"t_digest", "SHA-256 of all punches"},
                               {"t_day", "Day"},
                               {"t_terminal_has", "In the terminal"},
                               {"t_result", "Result"},
                               {"t_means", "Means"},
                               {"t_no", "none"},
                               {"complete", "complete"},
                               {"mended", "mended ({})"},
                               {"short", "short ({})"},
                               {"unknown", "unknown"},
                               {"verify_sum", "terminal's count"},
                               {"query", "asked again"},
                               {"pull", "whole log pulled"},
                               {"of_days", "{} on {} days"},
                               {"clock_range", "{} s to {} s"},
                               {"not_measured", "not measured"},
                               {"none", "none yet"}};
    return language == Language::indonesian ? indonesian : english;
}

std::string say(const Words& said, const std::string& result, std::int64_t number) {
    const auto found = said.find(result);
    return found == said.end() ? result : fmt::format(fmt::runtime(found->second), number);
}

std::string say(const Words& said, const std::string& word) {
    const auto found = said.find(word);
    return found == said.end() ? word : found->second;
}

std::string own_count(const Words& said, const talk::Certificate& certificate) {
    if (certificate.counted_days == 0) return said.at("none");
    return fmt::format(fmt::runtime(said.at("of_days")), certificate.terminal_count, certificate.counted_days);
}

std::string clock_range(const Words& said, const std::vector<storage::ClockRow>& clock) {
    if (clock.empty()) return said.at("not_measured");
    const auto [least, most] = std::minmax_element(
        clock.begin(), clock.end(), [](const auto& a, const auto& b) { return a.difference_ms < b.difference_ms; });
    constexpr std::int64_t second = 1000;
    return fmt::format(fmt::runtime(said.at("clock_range")), least->difference_ms / second,
                       most->difference_ms / second);
}

mustache::data roads_of(const std::vector<storage::RoadCount>& roads) {
    mustache::data list{mustache::data::type::list};
    for (const auto& road : roads) {
        mustache::data line;
        line.set("road", road.road);
        line.set("punches", std::to_string(road.punches));
        list << line;
    }
    return list;
}

mustache::data days_of(const Words& said, const std::vector<talk::Day>& days) {
    mustache::data list{mustache::data::type::list};
    for (const auto& day : days) {
        mustache::data line;
        line.set("day", day.day);
        line.set("punches", std::to_string(day.punches));
        const bool counted = day.last && day.last->terminal_count;
        line.set("terminal_has", counted ? std::to_string(*day.last->terminal_count) : std::string());
        line.set("kind", day.result);
        line.set("result", say(said, day.result, day.difference));
        line.set("means", day.last ? say(said, day.last->means) : std::string());
        list << line;
    }
    return list;
}

}  // namespace

std::string render_certificate(const CertificateData& data, Language language) {
    const Words& said = words(language);
    const talk::Certificate& certificate = *data.certificate;
    mustache::data view;
    for (const auto& [key, text] : said) {
        if (key.starts_with("t_") || key.ends_with("lang")) view.set(key, text);
    }
    view.set("label", data.name.empty() ? data.serial : data.name);
    view.set("serial", data.serial);
    if (!data.unit.empty()) view.set("unit", data.unit);
    view.set("month", data.month);
    view.set("zone", data.zone);
    view.set("issued_at", data.issued_at);
    view.set("result", say(said, certificate.result, certificate.difference));
    view.set("punches", std::to_string(certificate.punches));
    view.set("roads", roads_of(certificate.roads));
    view.set("sightings", roads_of(certificate.sightings));
    view.set("own_count", own_count(said, certificate));
    view.set("mended", std::to_string(certificate.mended));
    mustache::data pauses{mustache::data::type::list};
    for (const auto& [since, until] : data.pauses) {
        mustache::data line;
        line.set("since", since);
        line.set("until", until);
        pauses << line;
    }
    view.set("pauses", pauses);
    view.set("has_pauses", !data.pauses.empty());
    view.set("clock", clock_range(said, certificate.clock));
    mustache::data clock_set{mustache::data::type::list};
    for (const auto& event : certificate.clock_set) clock_set << mustache::data{"at", event.device_time};
    view.set("clock_set", clock_set);
    view.set("has_clock_set", !certificate.clock_set.empty());
    view.set("digest", certificate.digest);
    view.set("days", days_of(said, certificate.days));
    mustache::mustache page{std::string(sheet)};
    return page.render(view);
}

}  // namespace presensi::web
