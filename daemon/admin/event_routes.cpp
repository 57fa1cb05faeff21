#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "daemon/admin/routes.hpp"
#include "daemon/log.hpp"
#include "daemon/people/viewer_units.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/organisation_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;
using attendance::CalendarDay;
using attendance::Day;
using attendance::Directory;
using attendance::Event;
using attendance::format_day;
using attendance::format_time_of_day;
using storage::OrganisationRepository;

namespace {

constexpr std::chrono::days most_days{366};
constexpr std::size_t longest_text = 500;

constexpr std::array<std::pair<std::string_view, std::chrono::weekday>, 7> weekdays{
    {{"monday", std::chrono::Monday},
     {"tuesday", std::chrono::Tuesday},
     {"wednesday", std::chrono::Wednesday},
     {"thursday", std::chrono::Thursday},
     {"friday", std::chrono::Friday},
     {"saturday", std::chrono::Saturday},
     {"sunday", std::chrono::Sunday}}};

json::object to_json(const Event& event) {
    json::array units;
    for (const auto& unit : event.units) units.push_back(json::value(unit));
    return {{"id", std::to_string(event.id)},
            {"kind", to_string(event.kind)},
            {"day", format_day(event.day)},
            {"opens", format_time_of_day(event.opens)},
            {"closes", format_time_of_day(event.closes)},
            {"place", event.place.empty() ? json::value(nullptr) : json::value(event.place)},
            {"units", std::move(units)},
            {"source", event.source}};
}

json::object to_json(const CalendarDay& holiday) {
    return {{"id", std::to_string(holiday.id)},
            {"day", format_day(holiday.day)},
            {"kind", to_string(holiday.kind)},
            {"name", holiday.name},
            {"source", holiday.source}};
}

// A JSON object, read key by key; the first mistake is kept.
class Body {
public:
    explicit Body(std::string_view text) {
        boost::system::error_code unreadable;
        json::value value = json::parse(text, unreadable);
        if (unreadable || !value.is_object()) {
            problem_ = "the body has to be a JSON object";
        } else {
            object_ = std::move(value.get_object());
        }
    }

    const std::string& problem() const { return problem_; }
    void refuse(std::string sentence) {
        if (problem_.empty()) problem_ = std::move(sentence);
    }
    bool has(std::string_view key) const { return object_.contains(key); }

    std::string text(std::string_view key, bool required = true) {
        const json::value* value = take(key);
        if (value == nullptr || value->is_null()) {
            if (required) refuse(fmt::format("{} is missing", key));
            return "";
        }
        if (!value->is_string()) {
            refuse(fmt::format("{} has to be a text", key));
            return "";
        }
        std::string text(value->get_string());
        if (text.size() > longest_text || to_stored_text(text) != text || (required && trim_blanks(text).empty())) {
            refuse(
                fmt::format("{} has to be a text of at most {} bytes without control characters", key, longest_text));
        }
        return text;
    }

    template <typename Decode>
    auto value(std::string_view key, const Decode& decode, const char* form) {
        const std::string written = text(key);
        const auto decoded = decode(written);
        if (!decoded) refuse(fmt::format("{} has to be {}", key, form));
        return decoded.value_or(typename std::decay_t<decltype(decoded)>::value_type{});
    }
    Day day(std::string_view key) { return value(key, attendance::decode_day, "a day such as 2026-11-23"); }
    std::chrono::minutes time(std::string_view key) {
        return value(key, attendance::decode_time_of_day, "a time of day such as 07:30");
    }

    std::vector<std::string> texts(std::string_view key) {
        const json::value* value = take(key);
        std::vector<std::string> list;
        if (value == nullptr) return list;
        if (!value->is_array()) {
            refuse(fmt::format("{} has to be a list of texts", key));
            return list;
        }
        for (const auto& item : value->get_array()) {
            if (!item.is_string())
                refuse(fmt::format("{} has to be a list of texts", key));
            else
                list.emplace_back(item.get_string());
        }
        return list;
    }

    // Refuses every key that nobody asked for.
    void finish() {
        for (const auto& [key, value] : object_) {
            if (std::find(known_.begin(), known_.end(), std::string_view(key)) != known_.end()) continue;
            refuse(fmt::format("'{}' is not known here; {} are", to_stored_text(key), fmt::join(known_, ", ")));
        }
    }

private:
    const json::value* take(std::string_view key) {
        known_.emplace_back(key);
        return object_.if_contains(key);
    }

    json::object object_;
    std::string problem_;
    std::vector<std::string> known_;
};

std::optional<std::chrono::weekday> weekday_of(std::string_view name) {
    for (const auto& [known, weekday] : weekdays) {
        if (known == name) return weekday;
    }
    return std::nullopt;
}

// The events that the body asks for: one, or one on each such day.
std::vector<Event> read_events(Body& body, const Directory& directory) {
    Event event;
    event.kind = body.value("kind", attendance::event_kind, "apel, senam, tausiyah or upacara");
    const bool is_weekly = body.has("every");
    std::chrono::weekday weekday{};
    Day from{};
    Day to{};
    if (is_weekly) {
        weekday = body.value("every", weekday_of, "a day of the week such as monday");
        from = body.day("from");
        to = body.day("to");
        if (from >= to || to - from > most_days)
            body.refuse("to has to be after from, by a year at most; it is the first day without");
    } else {
        event.day = body.day("day");
    }
    event.opens = body.time("opens");
    event.closes = body.time("closes");
    if (event.closes < event.opens) body.refuse("closes has to be opens or later");
    event.place = body.text("place", false);
    event.units = body.texts("units");
    for (const auto& unit : event.units) {
        if (directory.find_unit(unit) == nullptr)
            body.refuse(fmt::format("there is no unit '{}'; GET /api/v1/units lists them", to_stored_text(unit)));
    }
    event.source = body.text("source");
    body.finish();
    if (!body.problem().empty()) return {};
    if (!is_weekly) return {event};
    return attendance::held_weekly(event, weekday, from, to);
}

struct AddedEvents {
    std::vector<Event> added;
    std::vector<Event> known;  // stand already
};

http::Response cancelled(OrganisationRepository::Cancelled result, const std::string& id, std::string_view what,
                         const std::string& reason) {
    switch (result) {
        case OrganisationRepository::Cancelled::unknown:
            return problem(404, fmt::format("there is no {} with this id; GET /api/v1/events lists them", what));
        case OrganisationRepository::Cancelled::was_already:
            return problem(409, fmt::format("this {} was cancelled before", what));
        case OrganisationRepository::Cancelled::done:
            break;
    }
    return json_response(200, json::serialize(json::object{{"id", id}, {"cancelled_for", reason}}));
}

using Cancel = OrganisationRepository::Cancelled (OrganisationRepository::*)(std::int64_t, const std::string&,
                                                                             const std::string&);

Reply cancel(Context& context, Call call, Cancel function, std::string what) {
    const auto id = decode_id(call.path.at(0));
    if (!id) co_return problem(404, fmt::format("there is no {} with this id; GET /api/v1/events lists them", what));
    if (!call.request.content_type.starts_with("application/json"))
        co_return problem(415, "send the reason as Content-Type: application/json");
    Body body(call.request.body);
    const std::string reason = body.text("reason");
    body.finish();
    if (!body.problem().empty()) co_return problem(422, body.problem() + R"(; the body is such as {"reason": "…"})");
    const std::string at = format_utc(context.now());
    auto save = [id = *id, reason, at, by = call.viewer.name, function, what](storage::Database& database) {
        auto result = OrganisationRepository::Cancelled::unknown;
        database.transaction([&] {
            OrganisationRepository organisation(database);
            result = (organisation.*function)(id, reason, at);
            if (result != OrganisationRepository::Cancelled::done) return;
            storage::append_audit(database, at, by, what + ".cancel", std::to_string(id),
                                  json::serialize(json::object{{"reason", reason}}));
        });
        return result;
    };
    const auto result = co_await context.worker.write(std::move(save));
    co_return cancelled(result, std::to_string(*id), what, reason);
}

Day today_of(const Context& context) {
    return std::chrono::floor<std::chrono::days>(local_at(Zone(context.settings.time_zone), context.now()));
}

}  // namespace

Reply handle_events(Context& context, Call call) {
    const auto* from_text = call.parameter("from");
    const auto* to_text = call.parameter("to");
    const auto from = from_text == nullptr ? today_of(context) : attendance::decode_day(*from_text);
    const auto to = to_text != nullptr ? attendance::decode_day(*to_text)
                    : from             ? std::optional(*from + std::chrono::days(30))
                                       : std::nullopt;
    if (!from || !to || *from > *to || *to - *from >= most_days)
        co_return problem(400, "from and to have to be days such as 2026-11-01, at most 366 of them");
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    json::array events;
    json::array holidays;
    for (Day day = *from; day <= *to; day += std::chrono::days(1)) {
        for (const Event* event : directory->events_on(day)) {
            if (people::concerns(call.viewer, *directory, *event)) events.push_back(to_json(*event));
        }
    }
    for (const CalendarDay& holiday : directory->facts().calendar) {
        if (*from <= holiday.day && holiday.day <= *to) holidays.push_back(to_json(holiday));
    }
    json::object body;
    body["events"] = std::move(events);
    body["holidays"] = std::move(holidays);
    co_return json_response(200, json::serialize(body));
}

Reply handle_event_add(Context& context, Call call) {
    if (!call.request.content_type.starts_with("application/json"))
        co_return problem(415, "send the event as Content-Type: application/json");
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    Body body(call.request.body);
    std::vector<Event> wanted = read_events(body, *directory);
    if (!body.problem().empty()) co_return problem(422, body.problem());
    const bool is_weekly = body.has("every");
    json::array left_out;
    const auto leave_out = [&](const Event& event, std::string reason) {
        left_out.push_back(json::object{{"day", format_day(event.day)}, {"reason", std::move(reason)}});
    };
    if (is_weekly) {
        std::erase_if(wanted, [&](const Event& event) {
            const CalendarDay* holiday = directory->holiday_on(event.day);
            if (holiday != nullptr) leave_out(event, "a holiday: " + holiday->name);
            return holiday != nullptr;
        });
    }
    const std::string at = format_utc(context.now());
    auto save = [wanted, at, by = call.viewer.name](storage::Database& database) {
        AddedEvents result;
        database.transaction([&] {
            result = {};
            OrganisationRepository organisation(database);
            json::array added;
            for (const Event& event : wanted) {
                const auto id = organisation.add(event, at);
                (id ? result.added : result.known).push_back(event);
                if (!id) continue;
                result.added.back().id = *id;
                added.push_back(to_json(result.added.back()));
            }
            if (added.empty()) return;
            storage::append_audit(database, at, by, "event.add", std::string(to_string(wanted.front().kind)),
                                  json::serialize(added));
        });
        return result;
    };
    const AddedEvents saved = co_await context.worker.write(std::move(save));
    if (!is_weekly && saved.added.empty())
        co_return problem(409, "there is such an event on that day, at that time and place already");
    for (const Event& event : saved.known) leave_out(event, "there is such an event already");
    json::array added;
    for (const Event& event : saved.added) added.push_back(to_json(event));
    json::object answer;
    answer["events"] = std::move(added);
    answer["left_out"] = std::move(left_out);
    co_return json_response(201, json::serialize(answer));
}

Reply handle_event_cancel(Context& context, Call call) {
    return cancel(context, std::move(call), &OrganisationRepository::cancel_event, "event");
}

Reply handle_holiday_add(Context& context, Call call) {
    if (!call.request.content_type.starts_with("application/json"))
        co_return problem(415, "send the holiday as Content-Type: application/json");
    Body body(call.request.body);
    CalendarDay holiday;
    holiday.day = body.day("day");
    holiday.kind = body.value("kind", attendance::holiday_kind, "national, collective_leave or local");
    holiday.name = body.text("name");
    holiday.source = body.text("source");
    body.finish();
    if (!body.problem().empty()) co_return problem(422, body.problem());
    const std::string at = format_utc(context.now());
    auto save = [holiday, at, by = call.viewer.name](storage::Database& database) {
        CalendarDay added = holiday;
        database.transaction([&] {
            added.id = OrganisationRepository(database).add(holiday, at).value_or(0);
            if (added.id == 0) return;
            storage::append_audit(database, at, by, "holiday.add", format_day(added.day),
                                  json::serialize(to_json(added)));
        });
        return added;
    };
    const CalendarDay added = co_await context.worker.write(std::move(save));
    if (added.id == 0) co_return problem(409, "that day is a holiday of this kind already");
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    // They stand: what is held on a holiday (upacara) and what is not only people know.
    json::array events;
    for (const Event* event : directory->events_on(added.day)) events.push_back(to_json(*event));
    json::object answer;
    answer["holiday"] = to_json(added);
    answer["events_that_day"] = std::move(events);
    co_return json_response(201, json::serialize(answer));
}

Reply handle_holiday_cancel(Context& context, Call call) {
    return cancel(context, std::move(call), &OrganisationRepository::cancel_holiday, "holiday");
}

}  // namespace presensi::admin
