#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <set>

#include "config/organisation.hpp"
#include "daemon/admin/flag.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/log.hpp"
#include "daemon/people/organisation_import.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;
using attendance::Day;
using attendance::Directory;
using attendance::EchelonGroup;

namespace {

json::value text_or_null(std::string_view text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::array list_of(const std::vector<std::string>& texts) {
    json::array list;
    for (const auto& text : texts) list.push_back(json::value(text));
    return list;
}

json::object terminals_of(const Directory& directory, const std::string& unit, Day today) {
    std::set<std::string> all;
    json::object by_echelon;
    for (const EchelonGroup group :
         {EchelonGroup::eselon_2, EchelonGroup::eselon_3, EchelonGroup::eselon_4, EchelonGroup::staff}) {
        const auto serials = directory.apel_terminals(unit, group, today);
        all.insert(serials.begin(), serials.end());
        by_echelon[attendance::to_string(group)] = list_of(serials);
    }
    return {{"apel", list_of({all.begin(), all.end()})},
            {"apel_by_echelon", std::move(by_echelon)},
            {"daily", list_of(directory.daily_terminals(unit, today))}};
}

// Terminals: of a unit that they do not see nothing is said of them.
json::object to_json(const Directory& directory, const attendance::Unit& unit, Day today, bool is_seen) {
    return {{"code", unit.code},
            {"name", unit.name},
            {"kind", unit.kind},
            {"parent", text_or_null(unit.parent)},
            {"aliases", list_of(unit.aliases)},
            {"valid_from", attendance::format_day(unit.valid.from)},
            {"valid_to", unit.valid.to ? json::value(attendance::format_day(*unit.valid.to)) : json::value(nullptr)},
            {"merged_into", text_or_null(unit.merged_into)},
            {"source", unit.source},
            {"terminals", is_seen ? json::value(terminals_of(directory, unit.code, today)) : json::value(nullptr)}};
}

// Every mistake of a text that was sent, by line.
http::Response mistakes(const std::vector<config::ConfigError>& errors) {
    json::array problems;
    for (const auto& error : errors) {
        problems.push_back(json::object{
            {"line", error.line}, {"column", error.column}, {"path", error.path}, {"message", error.message}});
    }
    json::object body =
        json::parse(problem(422, fmt::format("{} mistake{} in the text, nothing was changed; the first: {}",
                                             errors.size(), errors.size() == 1 ? "" : "s", errors.front().text()))
                        .body)
            .as_object();
    body["problems"] = std::move(problems);
    return {422, "application/problem+json", json::serialize(body) + "\n", {}};
}

}  // namespace

Reply handle_units(Context& context, Call call) {
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const Day today = std::chrono::floor<std::chrono::days>(local_at(Zone(context.settings.time_zone), context.now()));
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    json::array list;
    for (const auto& unit : directory->facts().units) {
        list.push_back(to_json(*directory, unit, today, sight->sees_unit(unit.code)));
    }
    json::object body;
    body["units"] = std::move(list);
    co_return json_response(200, json::serialize(body));
}

Reply handle_units_import(Context& context, Call call) {
    const auto dry_run = flag_of(call, "dry_run");
    if (!dry_run) co_return no_such_flag("dry_run");
    const auto decoded = config::decode_organisation(call.request.body, "units");
    if (!decoded.organisation) co_return mistakes(decoded.errors);
    const Instant now = context.now();
    const people::ImportAsk ask{std::chrono::floor<std::chrono::days>(local_at(Zone(context.settings.time_zone), now)),
                                format_utc(now), call.viewer.name, *dry_run};
    auto save = [organisation = *decoded.organisation, ask](storage::Database& database) {
        return people::import_organisation(database, organisation, ask);
    };
    storage::OrganisationChanges changes = co_await context.worker.write(std::move(save));
    if (context.settings.units_file) {
        changes.remarks.push_back(fmt::format("put the same text into {}: its content is brought in at every start",
                                              context.settings.units_file->string()));
    }
    json::object body = people::to_json(changes);
    if (!*dry_run && !changes.empty()) log::info("organisation.changed", "organisation changed", {{"by", ask.by}});
    body["dry_run"] = *dry_run;
    co_return json_response(200, json::serialize(body));
}

}  // namespace presensi::admin
