#include <map>

#include "daemon/admin/routes.hpp"
#include "daemon/web/page.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace {

// 2026-11-20T07:58:03 reads better with a blank.
std::string readable(std::string text) {
    if (const auto t = text.find('T'); t != std::string::npos) text[t] = ' ';
    return text;
}

std::string local_text(const Zone& zone, Instant instant) {
    return readable(format_device_time(zone.to_local(std::chrono::floor<std::chrono::seconds>(instant))));
}

}  // namespace

Reply handle_page(Context& context, Call call) {
    const auto* lang = call.parameter("lang");
    const auto language = lang != nullptr && *lang == "en" ? web::Language::english : web::Language::indonesian;
    const Zone zone(context.settings.time_zone);
    const Instant now = context.now();
    const auto day =
        std::chrono::floor<std::chrono::days>(zone.to_local(std::chrono::floor<std::chrono::seconds>(now)));
    const std::string from = format_device_time(day);
    const std::string to = format_device_time(day + std::chrono::days(1));
    auto count = [from, to](StoreWorker::Reader reader) {
        return storage::TerminalRepository(reader.database).count_punches(from, to);
    };
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    const auto counted = co_await context.worker.read(std::move(count));
    std::map<std::int64_t, std::int64_t> today;
    for (const auto& line : counted) today[line.terminal_id] = line.punches;

    web::PageData data;
    data.version = PRESENSI_VERSION;
    data.trial = context.backend == "sqlite";
    data.ready = context.ingest.store_available();
    data.now = local_text(zone, now);
    data.zone = zone.name();
    data.punches = std::to_string(context.ingest.counts().punches);
    for (const auto& alarm : context.alarms.list()) {
        if (!alarm.terminal.empty() && !sight->sees_terminal(alarm.terminal)) continue;
        const bool english = language == web::Language::english;
        data.alarms.push_back({english ? alarm.what.en : alarm.what.id, english ? alarm.todo.en : alarm.todo.id,
                               local_text(zone, alarm.since), alarm.urgent});
    }
    for (const Terminal* terminal : context.registry.all()) {
        if (!sight->sees_terminal(*terminal)) continue;
        web::TerminalLine line;
        line.serial = terminal->row.serial;
        line.name = terminal->row.name;
        line.state = to_string(terminal->row.state);
        line.portable = terminal->portable;
        if (terminal->last_seen) line.last_heard = local_text(terminal->zone, *terminal->last_seen);
        line.last_punch = readable(terminal->last_punch);
        line.today = std::to_string(today[terminal->row.id]);
        line.total = std::to_string(terminal->punches);
        data.terminals.push_back(std::move(line));
    }
    co_return html_response(web::render_page(data, language));
}

}  // namespace presensi::admin
