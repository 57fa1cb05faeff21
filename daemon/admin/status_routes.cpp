#include <boost/json/serialize.hpp>

#include "daemon/admin/routes.hpp"
#include "daemon/admin/status_answers.hpp"
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
    json::object intake;
    intake["waiting"] = context.worker.waiting();
    intake["bodies_in_flight"] = context.bodies.used();
    intake["known"] = counts.known;
    intake["refused"] = counts.refused;
    intake["unknown_terminals_not_listed"] = context.registry.refused_unknown();
    json::object status;
    status["version"] = PRESENSI_VERSION;
    status["now"] = format_utc(context.now());
    status["zone"] = context.settings.time_zone;
    status["uptime_s"] = std::chrono::duration_cast<std::chrono::seconds>(context.now() - context.started_at).count();
    status["ready"] = is_ready(context);
    status["configuration"] = configuration_of(context, *sight);
    status["store"] = store_of(context);
    status["counts"] = counts_of(context);
    status["intake"] = std::move(intake);
    status["unknown_terminals"] =
        context.settings.unknown_terminals == config::UnknownTerminals::approve ? "approve" : "hold";
    status["clock_synchronised"] = context.clock_synchronised;
    status["alarms"] = alarms_of(context.alarms.list(), *sight);
    co_return json_response(200, json::serialize(status));
}

}  // namespace presensi::admin
