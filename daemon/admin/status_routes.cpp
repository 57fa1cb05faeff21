#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/clock.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;

Reply handle_healthz(Context&, Call) { co_return http::Response{200, "text/plain", "alive\n", {}}; }

Reply handle_readyz(Context& context, Call) {
    if (context.stopping) co_return problem(503, "presensid is stopping");
    if (!context.ingest.store_available()) co_return problem(503, "the store cannot write; nothing is acknowledged");
    co_return http::Response{200, "text/plain", "ready\n", {}};
}

namespace {

// Mistakes name files and terminals, so they are for those who see all of these.
json::object configuration_of(const Context& context, const access::Sight& sight) {
    const auto& state = context.configuration;
    json::object out;
    out["loaded_at"] = format_utc(state.loaded_at);
    out["last_reload_error"] = nullptr;
    if (!state.last_reload_error.empty() && sight.sees_all()) {
        out["last_reload_error"] = to_stored_text(state.last_reload_error, 2000);
    }
    return out;
}

}  // namespace

// From memory, too.
Reply handle_metrics(Context& context, Call) {
    // The version of the text format that this is.
    co_return http::Response{200, "text/plain; version=0.0.4; charset=utf-8", context.write_metrics(), {}};
}

// From memory: while the store is away it never waits for it.
Reply handle_status(Context& context, Call call) {
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    const auto& counts = context.ingest.counts();
    json::object store;
    store["backend"] = context.backend;
    store["state"] = context.ingest.store_available() ? "available" : "unavailable";
    store["trial"] = context.backend == "sqlite";  // MODE UJI COBA (architecture 3.5)
    json::object totals;
    totals["terminals"] = context.registry.size();
    totals["punches"] = counts.punches;
    totals["deliveries"] = counts.deliveries;
    totals["rejects"] = counts.rejects;
    json::object intake;
    intake["waiting"] = context.worker.waiting();
    intake["bodies_in_flight"] = context.bodies.used();
    intake["known"] = counts.known;
    intake["refused"] = counts.refused;
    intake["unknown_terminals_not_listed"] = context.registry.refused_unknown();
    json::array alarms;
    for (const auto& alarm : context.alarms.list()) {
        if (!alarm.terminal.empty() && !sight->sees_terminal(alarm.terminal)) continue;
        json::object item;
        item["id"] = alarm.id;
        item["terminal"] = alarm.terminal.empty() ? json::value(nullptr) : json::value(alarm.terminal);
        item["since"] = format_utc(alarm.since);
        item["urgent"] = alarm.urgent;
        item["message"] = alarm.what.en;
        item["what_to_do"] = alarm.todo.en;
        item["message_id"] = alarm.what.id;  // Bahasa Indonesia
        item["what_to_do_id"] = alarm.todo.id;
        alarms.push_back(std::move(item));
    }
    json::object status;
    status["version"] = PRESENSI_VERSION;
    status["uptime_s"] = std::chrono::duration_cast<std::chrono::seconds>(context.now() - context.started_at).count();
    status["ready"] = !context.stopping && context.ingest.store_available();
    status["configuration"] = configuration_of(context, *sight);
    status["store"] = std::move(store);
    status["counts"] = std::move(totals);
    status["intake"] = std::move(intake);
    status["unknown_terminals"] =
        context.settings.unknown_terminals == config::UnknownTerminals::approve ? "approve" : "hold";
    status["clock_synchronised"] = context.clock_synchronised;
    status["alarms"] = std::move(alarms);
    co_return json_response(200, json::serialize(status));
}

}  // namespace presensi::admin
