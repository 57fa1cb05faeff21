// The monthly cycle (Perbup 32/2020 ps. 3(d)) as it is looked at: the board, amendments, the sheet.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/period_question.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/period/board.hpp"
#include "daemon/web/sheet_page.hpp"

namespace presensi::admin {

namespace json = boost::json;
using attendance::format_day;
using storage::PeriodRow;

namespace {

json::object to_json(const period::TerminalLine& line) {
    json::object completeness{{"result", line.result}, {"n", line.difference}, {"unknown_days", line.unknown_days}};
    return {{"serial", line.terminal.serial},
            {"name", text_or_null(line.terminal.name)},
            {"apel", line.terminal.apel},
            {"completeness", std::move(completeness)},
            {"last_push", text_or_null(line.terminal.last_push)},
            {"last_pull", text_or_null(line.last_pull)},
            {"last_upload", text_or_null(line.last_upload)},
            {"weekly_duty_open", line.duty_open},
            {"punches", line.punches},
            {"rejects", line.rejects},
            {"unmatched_pins", line.unmatched_pins}};
}

json::object to_json(const period::UnitLine& unit, const period::Board& board) {
    json::array terminals;
    for (const auto& serial : unit.terminals) terminals.push_back(to_json(board.terminals.at(serial)));
    return {{"unit", unit.code},
            {"name", unit.name},
            {"state", unit.period.state},
            {"changed_at", text_or_null(unit.period.changed_at)},
            {"submitted", text_or_null(unit.moment)},
            {"people", unit.people},
            {"people_without_punch", unit.people_without_punch},
            {"punches", unit.punches},
            {"unmatched_pins", unit.unmatched_pins},
            {"rejects", unit.rejects},
            {"exceptions", unit.exceptions},
            {"weekly_duty_open", unit.duty_open},
            {"working_days_left", unit.working_days_left},
            {"extension", extension_json(unit.extension)},
            {"digest", text_or_null(unit.period.digest)},
            {"amendments", unit.amendments},
            {"terminals", std::move(terminals)},
            {"missing", missing_json(unit.missing)}};
}

// Of a unit, or of all without one of their own: its extension.
json::object window_of(const period::Board& board, const std::optional<storage::ExtensionRow>& extension) {
    const auto moment = attendance::moment_of(board.window, period::extended_until(extension), board.today);
    json::array working_days;
    for (const auto day : board.window.working_days) working_days.push_back(json::value(format_day(day)));
    json::value proposal = nullptr;
    if (board.window.proposed && !extension) {
        proposal =
            json::object{{"until", format_day(*board.window.proposed)},
                         {"reason", fmt::format("only {} working days from {} to {}", board.window.working_days.size(),
                                                format_day(board.window.first), format_day(board.window.last))}};
    }
    return {{"from", format_day(board.window.first)},        {"to", format_day(board.window.last)},
            {"open", moment == attendance::Moment::in_time}, {"working_days", std::move(working_days)},
            {"proposed_extension", std::move(proposal)},     {"extension", extension_json(extension)}};
}

json::value person_or_null(std::int64_t id, const attendance::Directory& directory) {
    const auto* person = id == 0 ? nullptr : directory.find_person(id);
    if (person == nullptr) return nullptr;
    return json::object{{"uuid", person->uuid}, {"name", person->name}};
}

// An answer, and who is named in it.
struct Shown {
    http::Response response;
    std::vector<std::int64_t> people;
};

json::array list_amendments(storage::Database& database, const period::Question& question, const PeriodRow& row,
                            std::vector<std::int64_t>& people) {
    json::array list;
    const auto now = period::punches_of_unit(database, question, row.unit);
    for (const auto& amendment : period::amendments_of(period::frozen_punches(database, row.id), now)) {
        const auto& punch = amendment.punch.punch.row;
        for (const auto person : {amendment.punch.person, amendment.before}) {
            if (person != 0) people.push_back(person);
        }
        list.push_back(json::object{{"kind", amendment.kind},
                                    {"punch", std::to_string(punch.id)},
                                    {"terminal", punch.serial},
                                    {"pin", punch.pin},
                                    {"device_time", punch.device_time},
                                    {"received_at", punch.received_at},
                                    {"grade", punch.grade},
                                    {"person", person_or_null(amendment.punch.person, *question.directory)},
                                    {"before", person_or_null(amendment.before, *question.directory)}});
    }
    return list;
}

}  // namespace

Reply handle_periods(Context& context, Call call) {
    const auto month = attendance::decode_month(call.path.at(0));
    if (!month) co_return no_such_month();
    const period::Question question = co_await period_question(context, *month);
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    auto read = [question, sight](StoreWorker::Reader reader) {
        const period::Board board = period::make_board(reader.database, question);
        json::array units;
        for (const auto& unit : board.units) {
            if (sight->sees_unit(unit.code)) units.push_back(to_json(unit, board));
        }
        json::object body{{"month", board.month.name()},
                          {"today", format_day(board.today)},
                          {"window", window_of(board, board.extension)},
                          {"units", std::move(units)}};
        if (sight->sees_all()) {
            json::array apel;
            for (const auto& [serial, line] : board.terminals) {
                if (line.terminal.apel) apel.push_back(to_json(line));
            }
            body["apel_terminals"] = std::move(apel);
            body["apel_punches_of_nobody"] = board.punches_of_nobody;
        }
        return json_response(200, json::serialize(body));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

Reply handle_period(Context& context, Call call) {
    const auto month = attendance::decode_month(call.path.at(0));
    if (!month) co_return no_such_month();
    const period::Question question = co_await period_question(context, *month);
    auto read = [question, code = call.path.at(1)](StoreWorker::Reader reader) {
        const period::Board board = period::make_board(reader.database, question);
        const period::UnitLine* unit = find_unit(board, code);
        if (unit == nullptr) return no_such_unit(*question.directory, code, question.month);
        json::object body = to_json(*unit, board);
        body["month"] = question.month.name();
        body["window"] = window_of(board, unit->extension);
        json::array steps;
        for (const auto& step : storage::PeriodRepository(reader.database).list_steps(unit->period.id)) {
            boost::system::error_code none;
            json::value detail = json::parse(step.detail, none);
            if (!none && detail.is_object()) detail.get_object().erase(period::roll_key);
            steps.push_back(json::object{{"at", step.at},
                                         {"by", step.actor},
                                         {"step", step.step},
                                         {"moment", step.moment},
                                         {"reason", text_or_null(step.reason)},
                                         {"detail", none ? json::value(nullptr) : std::move(detail)}});
        }
        body["steps"] = std::move(steps);
        return json_response(200, json::serialize(body));
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

Reply handle_amendments(Context& context, Call call) {
    const auto month = attendance::decode_month(call.path.at(0));
    if (!month) co_return no_such_month();
    const period::Question question = co_await period_question(context, *month);
    auto read = [question, code = call.path.at(1)](StoreWorker::Reader reader) {
        if (!submits(*question.directory, code, question.month)) {
            return Shown{no_such_unit(*question.directory, code, question.month), {}};
        }
        const PeriodRow row = storage::PeriodRepository(reader.database).find(question.month.name(), code);
        json::object body{{"month", row.month}, {"unit", row.unit}, {"state", row.state}};
        body["digest"] = text_or_null(row.digest);
        Shown shown;
        body["amendments"] =
            row.state == "frozen" ? list_amendments(reader.database, question, row, shown.people) : json::array();
        shown.response = json_response(200, json::serialize(body));
        return shown;
    };
    Shown shown = co_await context.worker.read(std::move(read));
    co_await context.access_log.record(call.viewer, std::move(shown.people));
    co_return std::move(shown.response);
}

Reply handle_sheet(Context& context, Call call) {
    const auto month = attendance::decode_month(call.path.at(0));
    if (!month) co_return no_such_month();
    const auto* language = call.parameter("lang");
    const bool english = language != nullptr && *language == "en";
    const period::Question question = co_await period_question(context, *month);
    auto read = [question, code = call.path.at(1), english](StoreWorker::Reader reader) {
        if (!submits(*question.directory, code, question.month)) {
            return Shown{no_such_unit(*question.directory, code, question.month), {}};
        }
        const PeriodRow row = storage::PeriodRepository(reader.database).find(question.month.name(), code);
        const auto punches = row.state == "frozen" ? period::frozen_punches(reader.database, row.id)
                                                   : period::punches_of_unit(reader.database, question, code);
        const period::Roll roll = period::roll_of(reader.database, question, row, punches);
        const web::SheetData data = web::lay_out_sheet(question, row, punches, roll);
        Shown shown;
        shown.response =
            html_response(web::render_sheet(data, english ? web::Language::english : web::Language::indonesian));
        for (const auto& person : data.people) shown.people.push_back(person.id);
        return shown;
    };
    Shown shown = co_await context.worker.read(std::move(read));
    co_await context.access_log.record(call.viewer, std::move(shown.people));
    co_return std::move(shown.response);
}

}  // namespace presensi::admin
