#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "attendance/records.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/log.hpp"
#include "protocol/text_fields.hpp"
#include "storage/contact_repository.hpp"
#include "storage/glance_repository.hpp"
#include "storage/pull_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi::admin {

namespace json = boost::json;
using storage::TerminalState;

namespace {

struct ChangeOrProblem {
    TerminalChange change;
    std::string problem;   // empty: fine
    std::string reason{};  // why, for the audit; empty: not told
};

ChangeOrProblem decode_change(std::string_view body) {
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object())
        return {{}, R"(the body has to be a JSON object such as {"state": "approved"})"};
    ChangeOrProblem result;
    for (const auto& [key, item] : value.get_object()) {
        if (!item.is_string()) return {{}, "'" + to_stored_text(key) + "' has to be a text"};
        const std::string text(item.get_string());
        if (key == "state") {
            result.change.state = storage::terminal_state(text);
            if (!result.change.state || *result.change.state == TerminalState::seen) {
                return {{}, "state has to be approved, suspended or retired"};
            }
        } else if (key == "name" || key == "unit") {
            if (text.size() > 200 || to_stored_text(text) != text) {
                return {{}, std::string(key) + " has to be at most 200 bytes without control characters"};
            }
            (key == "name" ? result.change.name : result.change.unit) = text;
        } else if (key == "time_zone") {
            if (!Zone::exists(text)) return {{}, "time_zone has to be a name such as Asia/Makassar"};
            result.change.time_zone = text;
        } else if (key == "reason") {
            if (text.size() > 1000 || to_stored_text(text) != text) {
                return {{}, "reason has to be at most 1000 bytes without control characters"};
            }
            result.reason = text;
        } else {
            return {{}, "'" + to_stored_text(key) + "' cannot be changed here; state, name, unit and time_zone can"};
        }
    }
    return result;
}

struct Changed {
    storage::TerminalRow row;
    std::string values;  // what changed, {"state":["seen","approved"]}
    std::string detail;  // … and why, which is for the audit: people write names into it
};

storage::TerminalRow lay_over(storage::TerminalRow row, const TerminalChange& change) {
    row.state = change.state.value_or(row.state);
    row.name = change.name.value_or(row.name);
    row.unit = change.unit.value_or(row.unit);
    row.time_zone = change.time_zone.value_or(row.time_zone);
    return row;
}

Changed describe_change(const storage::TerminalRow& before, storage::TerminalRow after, const std::string& reason) {
    json::object detail;
    const auto note = [&](const char* key, std::string_view old_value, std::string_view new_value) {
        if (old_value != new_value) detail[key] = json::array{old_value, new_value};
    };
    note("state", to_string(before.state), to_string(after.state));
    note("name", before.name, after.name);
    note("unit", before.unit, after.unit);
    note("time_zone", before.time_zone, after.time_zone);
    Changed changed;
    if (!detail.empty()) {
        changed.values = json::serialize(detail);
        if (!reason.empty()) detail["reason"] = reason;
        changed.detail = json::serialize(detail);
    }
    changed.row = std::move(after);
    return changed;
}

constexpr int latest_events = 100;
constexpr int latest_pulls = 10;
constexpr int latest_clocks = 50;
constexpr std::chrono::days days_of_contact{7};

// What only the store knows of a terminal.
json::object stored_of(storage::Database& database, std::int64_t id, const std::string& serial, const std::string& from,
                       const std::string& to) {
    json::array events;
    json::array pulls;
    json::array clock;
    json::array online;
    storage::TerminalLogRepository log(database);
    storage::ContactRepository contacts(database);
    for (const auto& event : log.list_events(id, 0, latest_events)) events.push_back(to_json(event));
    for (const auto& pull : storage::PullRepository(database).list(id, latest_pulls)) {
        pulls.push_back(to_json(pull, serial));
    }
    for (const auto& row : contacts.list_clock(id, latest_clocks)) {
        clock.push_back(json::object{{"at", row.at}, {"difference_ms", row.difference_ms}, {"road", row.road}});
    }
    for (const auto& row : contacts.list_online(id, from, to)) {
        online.push_back(json::object{{"road", row.road}, {"since", row.since}, {"until", row.until}});
    }
    return {{"events", std::move(events)},
            {"known_users", log.count_users(id)},
            {"pulls", std::move(pulls)},
            {"clock", std::move(clock)},
            {"online", std::move(online)}};
}

// For the clerk who wonders whether they were made when they say.
json::array punches_around(storage::TerminalLogRepository& log, std::int64_t id, const storage::EventRow& event) {
    constexpr std::chrono::minutes around{30};
    constexpr int most = 100;
    json::array punches;
    const auto time = decode_device_time(event.device_time);
    if (!time) return punches;
    for (const auto& punch :
         log.list_punches_near(id, format_device_time(*time - around), format_device_time(*time + around), most)) {
        punches.push_back(json::object{{"id", std::to_string(punch.id)},
                                       {"pin", punch.pin},
                                       {"device_time", punch.device_time},
                                       {"grade", punch.grade},
                                       {"received_at", punch.received_at}});
    }
    return punches;
}

json::object facts_of(const Terminal& terminal) {
    boost::system::error_code none;
    const json::value facts = json::parse(terminal.row.facts, none);
    return !none && facts.is_object() ? facts.get_object() : json::object();
}

}  // namespace

http::Response no_such_terminal() {
    return problem(404,
                   "no terminal with this serial number is known; it has to call first, or stand in the configuration");
}

Reply handle_terminals(Context& context, Call call) {
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    co_await context.glances.refresh(context);
    json::array list;
    for (const Terminal* terminal : context.registry.all()) {
        if (sight->sees_terminal(*terminal)) list.push_back(to_json(*terminal, context.glances.of(*terminal)));
    }
    json::object body;
    body["terminals"] = std::move(list);
    co_return json_response(200, json::serialize(body));
}

Reply handle_terminal(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    co_await context.glances.refresh(context);
    json::object body = to_json(*terminal, context.glances.of(*terminal));
    body["facts"] = facts_of(*terminal);
    const auto due = context.puller.due(terminal->row.serial);
    body["next_pull"] = due ? json::value(format_utc(*due)) : json::value(nullptr);
    const Instant now = context.now();
    auto read = [id = terminal->row.id, serial = terminal->row.serial, from = format_utc(now - days_of_contact),
                 to = format_utc(now)](StoreWorker::Reader reader) {
        return stored_of(reader.database, id, serial, from, to);
    };
    try {
        const json::object stored = co_await context.worker.read(std::move(read));
        for (const auto& [key, value] : stored) body[key] = value;
    } catch (const storage::StoreUnavailable&) {
        // What is in memory is shown all the same.
        for (const char* key : {"events", "known_users", "pulls", "clock", "online"}) body[key] = nullptr;
    }
    co_return json_response(200, json::serialize(body));
}

Reply handle_terminal_minutes(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    std::optional<attendance::Day> day = std::chrono::floor<std::chrono::days>(local_at(terminal->zone, context.now()));
    if (const auto* date = call.parameter("date")) day = attendance::decode_day(*date);
    if (!day) co_return problem(400, "date has to be a day such as 2026-11-20");
    auto read = [id = terminal->row.id, from = format_device_time(*day),
                 to = format_device_time(*day + std::chrono::days(1))](StoreWorker::Reader reader) {
        json::array minutes;
        for (const auto& one : storage::GlanceRepository(reader.database).count_by_minute(id, from, to)) {
            minutes.push_back(json::array{one.minute, one.punches});
        }
        return minutes;
    };
    json::object body;
    body["date"] = attendance::format_day(*day);
    body["zone"] = terminal->zone.name();
    json::array minutes = co_await context.worker.read(std::move(read));
    body["minutes"] = std::move(minutes);
    co_return json_response(200, json::serialize(body));
}

Reply handle_terminal_deliveries(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    auto read = [id = terminal->row.id, limit = *limit](StoreWorker::Reader reader) {
        json::array list;
        for (const auto& delivery : storage::GlanceRepository(reader.database).list_latest_deliveries(id, limit)) {
            list.push_back(json::object{{"id", std::to_string(delivery.id)},
                                        {"road", delivery.road},
                                        {"table", delivery.table},
                                        {"received_at", delivery.received_at},
                                        {"peer", delivery.peer},
                                        {"bytes", delivery.bytes}});
        }
        return list;
    };
    json::array list = co_await context.worker.read(std::move(read));
    json::object body;
    body["deliveries"] = std::move(list);
    co_return json_response(200, json::serialize(body));
}

Reply handle_terminal_events(Context& context, Call call) {
    const Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    const auto limit = limit_of(call);
    if (!limit) co_return problem(400, "limit has to be a number from 1 to 10000");
    const auto before = id_of(call, "before");
    if (!before) co_return problem(400, "before has to be the id of an event");
    auto read = [id = terminal->row.id, before = *before, limit = *limit](StoreWorker::Reader reader) {
        json::array events;
        storage::TerminalLogRepository log(reader.database);
        for (const auto& event : log.list_events(id, before, limit)) {
            json::object item = to_json(event);
            if (event.kind == "clock_set") item["punches_around"] = punches_around(log, id, event);
            events.push_back(std::move(item));
        }
        json::object body;
        body["events"] = std::move(events);
        return json_response(200, json::serialize(body));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

Reply handle_terminal_change(Context& context, Call call) {
    Terminal* terminal = context.registry.find(call.path.at(0));
    if (terminal == nullptr) co_return no_such_terminal();
    // A form on another site can send neither this type nor this method without asking first.
    if (!call.request.content_type.starts_with("application/json")) {
        co_return problem(415, "send the change as Content-Type: application/json");
    }
    const ChangeOrProblem wanted = decode_change(call.request.body);
    if (!wanted.problem.empty()) co_return problem(422, wanted.problem);
    if (wanted.change.unit && !wanted.change.unit->empty()) {
        const attendance::DirectoryPtr directory = co_await context.directory.current();
        if (!directory->facts().units.empty() && directory->find_unit(*wanted.change.unit) == nullptr) {
            co_return problem(422,
                              "there is no unit '" + *wanted.change.unit + "'; GET /api/v1/units lists their codes");
        }
    }

    const std::string actor = call.viewer.name;
    const std::string at = format_utc(context.now());
    // Laid over what is stored at that moment: another change may be under way beside this one.
    auto save = [change = wanted.change, reason = wanted.reason, known = terminal->row, actor,
                 at](storage::Database& database) {
        Changed changed;
        database.transaction([&] {
            storage::TerminalRepository terminals(database);
            const storage::TerminalRow before = terminals.find(known.serial).value_or(known);
            changed = describe_change(before, lay_over(before, change), reason);
            changed.row.id = terminals.save(changed.row);
            if (changed.detail.empty()) return;
            storage::append_audit(database, at, actor, "terminal.change", known.serial, changed.detail);
        });
        return changed;
    };
    const Changed changed = co_await context.worker.write(std::move(save));
    context.registry.apply(*terminal, changed.row);
    if (!changed.values.empty()) {
        log::info("terminal.changed", "terminal changed",
                  {{"terminal", changed.row.serial}, {"change", changed.values}, {"by", actor}});
    }
    co_return json_response(200, json::serialize(to_json(*terminal, context.glances.of(*terminal))));
}

}  // namespace presensi::admin
