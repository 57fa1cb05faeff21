#include "daemon/admin/people_answers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include "daemon/admin/flag.hpp"
#include "daemon/log.hpp"
#include "daemon/people/import.hpp"
#include "daemon/people/pins_of_terminals.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;
using namespace attendance;

namespace {

// More would say no more.
constexpr std::size_t most_lines_listed = 10'000;

json::array to_json(const std::vector<LineProblem>& lines) {
    json::array list;
    for (const auto& line : lines) {
        if (list.size() == most_lines_listed) break;
        json::object item;
        item["line"] = line.line;
        item["column"] = line.column.empty() ? json::value(nullptr) : json::value(line.column);
        item["sentence"] = line.sentence;
        list.push_back(std::move(item));
    }
    return list;
}

struct Answered {
    people::Outcome outcome;
    http::Response response;
};

// Counts, problems and warnings; 422 if it was refused.
http::Response answer_of(const people::Outcome& outcome, bool dry_run, Day from, LinesOf what) {
    const std::string_view added = what == LinesOf::people ? "added" : "assigned";
    json::object body;
    if (outcome.refused && !dry_run) {
        body["type"] = "about:blank";
        body["title"] = http::reason_phrase(422);
        body["status"] = 422;
        body["detail"] = std::to_string(outcome.problems.size()) +
                         (outcome.problems.size() == 1 ? " line has a problem" : " problems") +
                         ", so nothing was taken; mend them, or send it again with partial=1 to take the other lines";
    } else {
        body["dry_run"] = dry_run;
        body["from"] = format_day(from);
    }
    const bool nothing = outcome.refused && !dry_run;
    body["refused"] = outcome.refused;
    body["lines"] = outcome.lines;
    body[added] = nothing ? 0 : outcome.added;
    if (added == "added") body["changed"] = nothing ? 0 : outcome.changed;
    body["unchanged"] = outcome.unchanged;
    body["problem_count"] = outcome.problems.size();
    body["problems"] = to_json(outcome.problems);
    body["warnings"] = to_json(outcome.warnings);
    http::Response response = json_response(outcome.refused && !dry_run ? 422 : 200, json::serialize(body));
    if (response.status == 422) response.content_type = "application/problem+json";
    return response;
}

}  // namespace

Day today_at(const Context& context) {
    const Zone zone(context.settings.time_zone);
    return std::chrono::floor<std::chrono::days>(local_at(zone, context.now()));
}

std::optional<Day> day_of(const Call& call, std::string_view name, Day otherwise) {
    const auto* text = call.parameter(name);
    return text == nullptr ? otherwise : decode_day(*text);
}

http::Response no_such_day(std::string_view name) {
    return problem(400, std::string(name) + " has to be a day such as 2026-10-01");
}

bool wants_csv(const Call& call) { return to_lower(call.request.accept).find("text/csv") != std::string::npos; }

http::Response csv_response(std::string body) { return {200, "text/csv; charset=utf-8", std::move(body), {}}; }

Reply answer_naming(Context& context, access::Viewer viewer, Shown shown) {
    co_await context.access_log.record(viewer, std::move(shown.people));
    co_return std::move(shown.response);
}

const Membership* latest_membership(const Directory& directory, std::int64_t person, Day today) {
    if (const Membership* now = directory.membership_of(person, today)) return now;
    const auto memberships = directory.memberships_of(person);
    const auto next = std::find_if(memberships.begin(), memberships.end(),
                                   [&](const Membership* membership) { return today < membership->valid.from; });
    if (next != memberships.end()) return *next;
    return memberships.empty() ? nullptr : memberships.back();
}

bool may_see(const Reach& reach, const Directory& directory, std::int64_t person, Day today) {
    if (reach.everything()) return true;
    const Membership* membership = latest_membership(directory, person, today);
    return membership != nullptr && reach.has_unit(membership->unit, std::max(today, membership->valid.from));
}

bool may_look_at(const Reach& reach, const Directory& directory, std::int64_t person, Day today) {
    if (may_see(reach, directory, person, today)) return true;
    const Day since = today - std::chrono::days(62);
    const auto memberships = directory.memberships_of(person);
    return std::any_of(memberships.begin(), memberships.end(), [&](const Membership* membership) {
        return membership->valid.from <= today && (!membership->valid.to || since < *membership->valid.to) &&
               reach.has_unit(membership->unit, today);
    });
}

std::optional<http::Response> refuse_unit(const Call& call, const Directory& directory, const Reach& reach, Day today) {
    const auto* unit = call.parameter("unit");
    if (unit == nullptr) return std::nullopt;
    if (directory.find_unit(*unit) == nullptr && reach.everything()) {
        return problem(404, "there is no unit '" + to_stored_text(*unit) + "'; GET /api/v1/units lists their codes");
    }
    if (!reach.has_unit(*unit, today)) return not_theirs("this unit");
    return std::nullopt;
}

std::optional<http::Response> refuse_terminal(const Call& call, const Directory& directory, const Reach& reach,
                                              Day today) {
    const auto* serial = call.parameter("terminal");
    if (serial == nullptr) return std::nullopt;
    const auto& terminals = directory.facts().terminals;
    const bool known = std::any_of(terminals.begin(), terminals.end(),
                                   [&](const auto& terminal) { return terminal.serial == *serial; });
    if (!known && reach.everything()) return no_such_terminal();
    if (!reach.has_terminal(*serial, today)) return not_theirs("this terminal");
    return std::nullopt;
}

std::string text_of(const Call& call, std::string_view parameter) {
    const auto* text = call.parameter(parameter);
    return text == nullptr ? std::string() : *text;
}

json::object brief_json(const Person& person, const Directory& directory, Day today) {
    const std::string unit = directory.unit_of(person.id, today);
    json::object out;
    out["uuid"] = person.uuid;
    out["nip"] = person.nip.empty() ? json::value(nullptr) : json::value(person.nip);
    out["name"] = person.name;
    out["unit"] = unit.empty() ? json::value(nullptr) : json::value(unit);
    return out;
}

Reply take_lines(Context& context, Call call, LinesOf what) {
    const Day today = today_at(context);
    const auto from = day_of(call, "from", today);
    if (!from) co_return no_such_day("from");
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const auto wants_dry_run = flag_of(call, "dry_run");
    if (!wants_dry_run) co_return no_such_flag("dry_run");
    const auto partial = flag_of(call, "partial");
    if (!partial) co_return no_such_flag("partial");
    const bool dry_run = *wants_dry_run;
    auto brought = std::make_shared<people::Brought>();
    brought->bytes = std::move(call.request.body);
    brought->viewer = call.viewer;
    brought->from = *from;
    brought->today = today;
    brought->at = format_utc(context.now());
    brought->partial = *partial;
    // Looked at on the reader's thread first, so that what is refused or changes nothing holds up no terminal.
    auto look = [directory, brought, what, dry_run](StoreWorker::Reader reader) {
        brought->names = people::names_of_pins(reader.database, brought->viewer, brought->today);
        const auto try_lines = what == LinesOf::people ? people::try_people : people::try_matching;
        Answered answered{try_lines(reader.database, *directory, *brought), {}};
        answered.response = answer_of(answered.outcome, dry_run, brought->from, what);
        return answered;
    };
    Answered answered = co_await context.worker.read(std::move(look));
    const people::Outcome& outcome = answered.outcome;
    if (dry_run || outcome.refused || !outcome.changes()) co_return std::move(answered.response);
    auto take = [directory, brought, what](storage::Database& database) {
        const auto take_all = what == LinesOf::people ? people::take_people : people::take_matching;
        Answered taken{take_all(database, directory->facts().terminals, *brought), {}};
        taken.response = answer_of(taken.outcome, false, brought->from, what);
        return taken;
    };
    answered = co_await context.worker.write(std::move(take));
    log::info("people.taken", "a list was taken",
              {{"list", what == LinesOf::people ? "people" : "matching"},
               {"by", call.viewer.name},
               {"added", outcome.added},
               {"changed", outcome.changed},
               {"problems", outcome.problems.size()}});
    co_return std::move(answered.response);
}

}  // namespace presensi::admin
