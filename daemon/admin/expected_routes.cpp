#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "daemon/admin/people_answers.hpp"
#include "daemon/people/viewer_units.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;
using attendance::Directory;
using attendance::Expected;

namespace {

std::string window_of(std::chrono::minutes opens, std::chrono::minutes closes) {
    return attendance::format_time_of_day(opens) + "–" + attendance::format_time_of_day(closes);
}

// Why there, in a sentence.
std::string reason_of(const Directory& directory, const attendance::Membership* membership, const Expected& expected,
                      attendance::Day day) {
    if (membership == nullptr) return "no unit of theirs is known on that day";
    if (expected.event != nullptr) {
        const bool has_apel = !directory.apel_terminals(membership->unit, membership->group, day).empty();
        return fmt::format("{}, {}: {}", to_string(expected.event->kind),
                           window_of(expected.event->opens, expected.event->closes),
                           has_apel ? "the apel terminals of their unit and echelon group"
                                    : "their unit has no apel terminal, so its own");
    }
    if (expected.assumed) {
        return fmt::format(
            "no event is recorded for this day; the window {} of Perbup 32/2020 ps. 4(3) at the own unit, "
            "by assumption",
            window_of(attendance::assumed_opens, attendance::assumed_closes));
    }
    if (expected.serials.empty()) return "no terminal is known for their unit; every place is right";
    return "no event at that time: the terminals of their unit";
}

json::object to_json(const attendance::Event& event) {
    return {{"id", std::to_string(event.id)},
            {"kind", to_string(event.kind)},
            {"opens", attendance::format_time_of_day(event.opens)},
            {"closes", attendance::format_time_of_day(event.closes)},
            {"place", event.place.empty() ? json::value(nullptr) : json::value(event.place)}};
}

}  // namespace

Reply handle_expected(Context& context, Call call) {
    const auto* text = call.parameter("at");
    const auto at = text == nullptr ? local_at(Zone(context.settings.time_zone), context.now())
                                    : decode_device_time(*text).value_or(DeviceTime::min());
    if (at == DeviceTime::min()) co_return problem(400, "at has to be a local time such as 2026-11-23T07:30:00");
    const attendance::Day day = std::chrono::floor<std::chrono::days>(at);
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const attendance::Person* person = directory->find_person_by_uuid(call.path.at(0));
    const std::string unit = person == nullptr ? "" : directory->unit_of(person->id, day);
    if (person == nullptr && call.viewer.sees_all()) co_return problem(404, "nobody has this uuid");
    if (person == nullptr || !people::sees_unit(call.viewer, *directory, unit, day)) {
        co_return not_theirs("this person on that day");
    }
    const attendance::Membership* membership = directory->membership_of(person->id, day);
    const Expected expected = directory->expected_terminals(person->id, at);
    json::array terminals;
    for (const auto& serial : expected.serials) {
        const Terminal* terminal = context.registry.find(serial);
        const bool has_name = terminal != nullptr && !terminal->row.name.empty();
        terminals.push_back(
            json::object{{"serial", serial}, {"name", has_name ? json::value(terminal->row.name) : nullptr}});
    }
    json::object body;
    body["person"] = person->uuid;
    body["at"] = format_device_time(at);
    body["unit"] = unit.empty() ? json::value(nullptr) : json::value(unit);
    body["echelon"] = membership == nullptr ? json::value(nullptr) : json::value(to_string(membership->group));
    body["terminals"] = std::move(terminals);
    body["event"] = expected.event == nullptr ? json::value(nullptr) : json::value(to_json(*expected.event));
    body["assumed"] = expected.assumed;
    body["reason"] = reason_of(*directory, membership, expected, day);
    Shown shown{json_response(200, json::serialize(body)), {person->id}};
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

}  // namespace presensi::admin
