// Who was at an event: as JSON, and as Lembar Apel to be printed.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "attendance/month.hpp"
#include "daemon/admin/flag.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/admin/people_answers.hpp"
#include "daemon/admin/period_question.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/period/event_roll.hpp"
#include "daemon/web/roll_page.hpp"
#include "protocol/text_fields.hpp"

namespace presensi::admin {

namespace json = boost::json;
using attendance::Presence;
using attendance::RollCount;

namespace {

// Only of units and terminals that the viewer may see.
struct Narrowed {
    std::vector<attendance::RollLine> lines;
    std::vector<const attendance::RollPerson*> people;  // who was not there in time
    std::vector<const period::EventTerminal*> terminals;
};

Narrowed narrow(const period::EventRoll& made, const access::Sight& sight, bool with_people) {
    Narrowed narrowed;
    for (const auto& line : made.roll.lines) {
        if (sight.sees_unit(line.unit)) narrowed.lines.push_back(line);
    }
    for (const auto& terminal : made.terminals) {
        if (sight.sees_terminal(terminal.serial)) narrowed.terminals.push_back(&terminal);
    }
    if (!with_people) return narrowed;
    for (const auto& person : made.roll.people) {
        if (person.presence != Presence::present && sight.sees_unit(person.unit)) narrowed.people.push_back(&person);
    }
    return narrowed;
}

json::object to_json(const RollCount& count) {
    json::object object{{"expected", count.expected}};
    for (std::size_t i = 0; i < count.of.size(); ++i) {
        object[to_string(static_cast<Presence>(i))] = count.of.at(i);
    }
    return object;
}

json::object to_json(const attendance::RollLine& line, const attendance::Directory& directory) {
    json::object groups;
    for (std::size_t i = 0; i < line.groups.size(); ++i) {
        groups[to_string(static_cast<attendance::EchelonGroup>(i))] = to_json(line.groups.at(i));
    }
    const auto* unit = directory.find_unit(line.unit);
    return {{"unit", line.unit},
            {"name", unit == nullptr ? line.unit : unit->name},
            {"groups", std::move(groups)},
            {"all", to_json(line.all)}};
}

json::object to_json(const attendance::RollPerson& person) {
    return {{"uuid", person.person->uuid},
            {"name", person.person->name},
            {"nip", text_or_null(person.person->nip)},
            {"unit", person.unit},
            {"group", to_string(person.group)},
            {"presence", to_string(person.presence)},
            {"terminal", text_or_null(person.serial)},
            {"device_time", person.time ? json::value(format_device_time(*person.time)) : json::value(nullptr)}};
}

json::object to_json(const period::EventTerminal& terminal) {
    return {{"serial", terminal.serial},
            {"name", text_or_null(terminal.name)},
            {"punches", terminal.punches},
            {"last_contact", text_or_null(terminal.last_contact)},
            {"delivered", terminal.delivered}};
}

std::string roll_json(const period::EventRoll& made, const Narrowed& narrowed) {
    json::array units;
    for (const auto& line : narrowed.lines) units.push_back(to_json(line, *made.directory));
    json::array people;
    for (const auto* person : narrowed.people) people.push_back(to_json(*person));
    json::array terminals;
    for (const auto* terminal : narrowed.terminals) terminals.push_back(to_json(*terminal));
    const json::object body{{"event", std::to_string(made.event.id)},
                            {"kind", to_string(made.event.kind)},
                            {"day", attendance::format_day(made.event.day)},
                            {"over", made.is_over},
                            {"complete", made.is_complete()},
                            {"terminals_waiting", made.waiting()},
                            {"terminals", std::move(terminals)},
                            {"units", std::move(units)},
                            {"people", std::move(people)},
                            {"pins_of_nobody", made.roll.of_nobody}};
    return json::serialize(body);
}

std::string roll_page(const period::EventRoll& made, Narrowed narrowed, const period::Question& question,
                      web::Language language) {
    std::string made_at = spoken_local(Zone(question.zone), question.now);
    const web::RollSheet sheet{
        made,          std::move(narrowed.lines), std::move(narrowed.terminals), std::move(narrowed.people),
        question.zone, std::move(made_at)};
    return web::render_roll(sheet, language);
}

enum class Form : std::uint8_t { json, page };

Reply answer_roll(Context& context, Call call, Form form) {
    const auto with_people = flag_of(call, "people");
    if (!with_people) co_return no_such_flag("people");
    const auto id = decode_id(call.path.at(0));
    const attendance::DirectoryPtr directory = co_await context.directory.current();
    const auto& events = directory->facts().events;
    const auto event =
        std::find_if(events.begin(), events.end(), [&](const auto& each) { return id && each.id == *id; });
    if (event == events.end()) co_return problem(404, "no event with this id stands; GET /api/v1/events lists them");
    const attendance::Month month = attendance::month_of(event->day);
    period::Question question = co_await period_question(context, month);
    question.directory = directory;
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    const auto* language = call.parameter("lang");
    const bool english = language != nullptr && *language == "en";
    auto read = [question, sight, form, english, event = *event,
                 with_people = *with_people](StoreWorker::Reader reader) {
        const period::EventRoll made = period::call_event_roll(reader.database, question, event);
        Narrowed narrowed = narrow(made, *sight, with_people);
        Shown shown;
        for (const auto* person : narrowed.people) shown.people.push_back(person->person->id);
        if (form == Form::json) {
            shown.response = json_response(200, roll_json(made, narrowed));
        } else {
            shown.response = html_response(roll_page(made, std::move(narrowed), question,
                                                     english ? web::Language::english : web::Language::indonesian));
        }
        return shown;
    };
    Shown shown = co_await context.worker.read(std::move(read));
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

}  // namespace

Reply handle_roll(Context& context, Call call) { return answer_roll(context, std::move(call), Form::json); }

Reply handle_roll_page(Context& context, Call call) { return answer_roll(context, std::move(call), Form::page); }

}  // namespace presensi::admin
