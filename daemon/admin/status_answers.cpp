#include "daemon/admin/status_answers.hpp"

#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;

json::object counts_of(const Context& context) {
    const auto& counts = context.ingest.counts();
    json::object totals;
    totals["terminals"] = context.registry.size();
    totals["punches"] = counts.punches;
    totals["deliveries"] = counts.deliveries;
    totals["rejects"] = counts.rejects;
    return totals;
}

json::object store_of(const Context& context) {
    json::object store;
    store["backend"] = context.backend;
    store["state"] = context.ingest.store_available() ? "available" : "unavailable";
    store["trial"] = context.backend == "sqlite";  // MODE UJI COBA (architecture 3.5)
    return store;
}

bool is_ready(const Context& context) { return !context.stopping && context.ingest.store_available(); }

json::array alarms_of(const std::vector<Alarms::Alarm>& alarms, const access::Sight& sight) {
    json::array list;
    for (const auto& alarm : alarms) {
        if (!alarm.terminal.empty() && !sight.sees_terminal(alarm.terminal)) continue;
        json::object item;
        item["id"] = alarm.id;
        item["terminal"] = alarm.terminal.empty() ? json::value(nullptr) : json::value(alarm.terminal);
        item["since"] = format_utc(alarm.since);
        item["urgent"] = alarm.urgent;
        item["message"] = alarm.what.en;
        item["what_to_do"] = alarm.todo.en;
        item["message_id"] = alarm.what.id;  // Bahasa Indonesia
        item["what_to_do_id"] = alarm.todo.id;
        list.push_back(std::move(item));
    }
    return list;
}

}  // namespace presensi::admin
