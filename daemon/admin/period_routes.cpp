// The monthly cycle (Perbup 32/2020 ps. 3(d)): the board, submitting, returning, freezing, a longer window.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/period_question.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/log.hpp"
#include "daemon/period/board.hpp"
#include "daemon/web/sheet_page.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi::admin {

namespace json = boost::json;
using attendance::format_day;
using attendance::Moment;
using storage::PeriodRow;
using storage::PeriodStep;

namespace {

constexpr std::size_t longest_text = 1000;  // of a reason or a legal basis, bytes

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::value to_json(const std::optional<storage::ExtensionRow>& extension) {
    if (!extension) return nullptr;
    return json::object{{"granted", extension->granted},
                        {"until", text_or_null(extension->until)},
                        {"unit", text_or_null(extension->unit)},
                        {"reason", extension->reason},
                        {"legal_basis", text_or_null(extension->legal_basis)},
                        {"by", extension->actor},
                        {"at", extension->at}};
}

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

json::array to_json(const std::vector<period::Missing>& missing) {
    json::array list;
    for (const auto& item : missing) {
        list.push_back(json::object{{"what", item.what},
                                    {"terminal", text_or_null(item.terminal)},
                                    {"n", item.number},
                                    {"sentence", item.sentence}});
    }
    return list;
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
            {"extension", to_json(unit.extension)},
            {"digest", text_or_null(unit.period.digest)},
            {"amendments", unit.amendments},
            {"terminals", std::move(terminals)},
            {"missing", to_json(unit.missing)}};
}

json::object window_of(const period::Board& board) {
    json::array working_days;
    for (const auto day : board.window.working_days) working_days.push_back(json::value(format_day(day)));
    json::value proposal = nullptr;
    if (board.window.proposed && !board.extension) {
        proposal =
            json::object{{"until", format_day(*board.window.proposed)},
                         {"reason", fmt::format("only {} working days from {} to {}", board.window.working_days.size(),
                                                format_day(board.window.first), format_day(board.window.last))}};
    }
    return {{"from", format_day(board.window.first)},
            {"to", format_day(board.window.last)},
            {"open", board.is_open},
            {"working_days", std::move(working_days)},
            {"proposed_extension", std::move(proposal)},
            {"extension", to_json(board.extension)}};
}

// The texts of a JSON object with these keys and no others, or why not.
struct Texts {
    std::map<std::string, std::string> values;
    std::string problem;  // empty: fine

    std::string of(const std::string& key) const {
        const auto found = values.find(key);
        return found == values.end() ? std::string() : found->second;
    }
};

Texts read_texts(std::string_view body, std::initializer_list<std::string_view> keys) {
    Texts texts;
    if (body.empty()) return texts;
    boost::system::error_code unreadable;
    const json::value value = json::parse(body, unreadable);
    if (unreadable || !value.is_object()) {
        texts.problem = R"(the body has to be a JSON object such as {"reason": "…"})";
        return texts;
    }
    for (const auto& [key, item] : value.get_object()) {
        const std::string name(key);
        if (std::find(keys.begin(), keys.end(), std::string_view(name)) == keys.end()) {
            texts.problem = "'" + to_stored_text(name) + "' is not known here";
        } else if (!item.is_string()) {
            texts.problem = "'" + name + "' has to be a text";
        } else {
            std::string text(trim_blanks(std::string_view(item.get_string())));
            if (text.size() > longest_text || to_stored_text(text) != text) {
                texts.problem = name + " has to be at most 1000 bytes without control characters";
            }
            texts.values[name] = std::move(text);
        }
    }
    return texts;
}

struct Wanted {
    std::string unit;
    std::string actor;
    std::string reason;
    bool keeps_outside = true;
};

PeriodStep step_of(const char* name, const Wanted& wanted, const std::string& at, Moment moment) {
    PeriodStep step;
    step.at = at;
    step.actor = wanted.actor;
    step.step = name;
    step.moment = attendance::to_string(moment);
    step.reason = wanted.reason;
    step.detail = "{}";
    return step;
}

void audit(storage::Database& database, const PeriodStep& step, const PeriodRow& row) {
    json::object detail{{"unit", row.unit}, {"state", row.state}, {"moment", step.moment}, {"reason", step.reason}};
    if (!row.digest.empty()) detail["digest"] = row.digest;
    storage::append_audit(database, step.at, step.actor, "period." + step.step, row.month, json::serialize(detail));
}

json::object state_of(const PeriodRow& row, const PeriodStep& step) {
    return {{"month", row.month},
            {"unit", row.unit},
            {"state", row.state},
            {"moment", step.moment},
            {"at", step.at},
            {"by", step.actor},
            {"digest", text_or_null(row.digest)},
            {"punches", row.state == "frozen" ? json::value(row.punches) : json::value(nullptr)}};
}

http::Response moved_meanwhile() {
    return problem(409, "somebody else changed the state of this month at the same moment; look again");
}

// Whether the month may be moved from its state, as a sentence if not.
std::string why_not(const PeriodRow& row, std::initializer_list<std::string_view> from) {
    if (std::find(from.begin(), from.end(), std::string_view(row.state)) != from.end()) return {};
    return fmt::format("this month of {} is {}", row.unit, row.state);
}

http::Response incomplete(const period::UnitLine& unit) {
    json::object body;
    body["type"] = "about:blank";
    body["title"] = http::reason_phrase(409);
    body["status"] = 409;
    body["detail"] = R"(something is missing; mend it, or submit with {"reason": "…"} which says why it is right so)";
    body["missing"] = to_json(unit.missing);
    return {409, "application/problem+json", json::serialize(body) + "\n", {}};
}

// What was looked at, beside the reader, and is to be written.
struct Prepared {
    std::optional<http::Response> refusal;
    PeriodRow row;
    std::string to;
    PeriodStep step;
    std::vector<storage::FrozenPunch> frozen;
};

Prepared refused(http::Response response) {
    Prepared prepared;
    prepared.refusal = std::move(response);
    return prepared;
}

const period::UnitLine* find_unit(const period::Board& board, const std::string& code) {
    for (const auto& unit : board.units) {
        if (unit.code == code) return &unit;
    }
    return nullptr;
}

Prepared prepare_submit(storage::Database& database, const period::Question& question, const Wanted& wanted) {
    const period::Board board = period::make_board(database, question);
    const period::UnitLine* unit = find_unit(board, wanted.unit);
    if (unit == nullptr) return refused(no_such_unit(*question.directory, wanted.unit, question.month));
    if (const auto sentence = why_not(unit->period, {"open", "returned"}); !sentence.empty()) {
        return refused(problem(409, sentence));
    }
    if (board.today < question.month.after()) {
        return refused(problem(409, fmt::format("{} is not over; it can be submitted from {} on", question.month.name(),
                                                format_day(board.window.first))));
    }
    const Moment moment = attendance::moment_of(board.window, period::extended_until(unit->extension), board.today);
    if (moment == Moment::late && !wanted.keeps_outside) {
        return refused(problem(409, fmt::format("the window was open until {}; a super-admin can grant a longer one",
                                                format_day(board.window.last))));
    }
    if (wanted.reason.empty() && !unit->missing.empty()) return refused(incomplete(*unit));
    if (wanted.reason.empty() && moment == Moment::late) {
        return refused(problem(409, R"(the window is over; submit with {"reason": "…"}, and it is marked as late)"));
    }
    Prepared prepared;
    prepared.row = unit->period;
    prepared.to = "submitted";
    prepared.step = step_of("submit", wanted, format_utc(question.now), moment);
    prepared.step.detail = json::serialize(json::object{{"missing", to_json(unit->missing)}});
    return prepared;
}

Prepared prepare_return(storage::Database& database, const period::Question& question, const Wanted& wanted) {
    if (!submits(*question.directory, wanted.unit, question.month)) {
        return refused(no_such_unit(*question.directory, wanted.unit, question.month));
    }
    Prepared prepared;
    prepared.row = storage::PeriodRepository(database).find(question.month.name(), wanted.unit);
    if (const auto sentence = why_not(prepared.row, {"submitted"}); !sentence.empty()) {
        return refused(problem(409, sentence));
    }
    if (wanted.reason.empty()) return refused(problem(422, R"(say why: {"reason": "…"})"));
    prepared.to = "returned";
    prepared.step = step_of("return", wanted, format_utc(question.now), moment_now(database, question, wanted.unit));
    return prepared;
}

Prepared prepare_freeze(storage::Database& database, const period::Question& question, const Wanted& wanted) {
    if (!submits(*question.directory, wanted.unit, question.month)) {
        return refused(no_such_unit(*question.directory, wanted.unit, question.month));
    }
    Prepared prepared;
    prepared.row = storage::PeriodRepository(database).find(question.month.name(), wanted.unit);
    if (const auto sentence = why_not(prepared.row, {"submitted"}); !sentence.empty()) {
        return refused(problem(409, sentence + "; only a submitted one can be frozen"));
    }
    const auto punches = period::punches_of_unit(database, question, wanted.unit);
    for (const auto& punch : punches) prepared.frozen.push_back({punch.punch.row.id, punch.person});
    prepared.row.digest = period::digest_of(punches, *question.directory);
    prepared.row.punches = static_cast<std::int64_t>(punches.size());
    prepared.to = "frozen";
    prepared.step = step_of("freeze", wanted, format_utc(question.now), moment_now(database, question, wanted.unit));
    return prepared;
}

using Prepare = Prepared (*)(storage::Database&, const period::Question&, const Wanted&);

Reply move_period(Context& context, Call call, Prepare prepare) {
    const auto month = attendance::decode_month(call.path.at(0));
    if (!month) co_return no_such_month();
    const Texts texts = read_texts(call.request.body, {"reason"});
    if (!texts.problem.empty()) co_return problem(422, texts.problem);
    Wanted wanted{call.path.at(1), call.viewer.name, texts.of("reason"),
                  context.settings.periods.outside_window == config::OutsideWindow::keep};
    const period::Question question = co_await period_question(context, *month);
    auto look = [question, wanted, prepare](StoreWorker::Reader reader) {
        return prepare(reader.database, question, wanted);
    };
    Prepared prepared = co_await context.worker.read(std::move(look));
    if (prepared.refusal) co_return std::move(*prepared.refusal);
    const std::string to = prepared.to;
    auto write = [prepared = std::move(prepared)](storage::Database& database) mutable {
        bool moved = false;
        database.transaction([&] {
            storage::PeriodRepository periods(database);
            moved = periods.move(prepared.row, prepared.to, prepared.step);
            if (!moved) return;
            periods.add_frozen(prepared.row.id, prepared.frozen);
            audit(database, prepared.step, prepared.row);
        });
        if (!moved) return moved_meanwhile();
        return json_response(200, json::serialize(state_of(prepared.row, prepared.step)));
    };
    http::Response response = co_await context.worker.write(std::move(write));
    if (response.status == 200) {
        log::info("period.moved", "a month was moved",
                  {{"month", month->name()}, {"unit", wanted.unit}, {"state", to}, {"by", wanted.actor}});
    }
    co_return response;
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

struct WantedExtension {
    storage::ExtensionRow row;
    std::string problem;
};

WantedExtension read_extension(const Call& call, const period::Question& question) {
    WantedExtension wanted;
    boost::system::error_code unreadable;
    json::value value = json::parse(call.request.body, unreadable);
    if (unreadable || !value.is_object() || !value.get_object().contains("grant") || !value.at("grant").is_bool()) {
        wanted.problem =
            R"(the body has to be such as {"grant": true, "until": "2025-04-10", "reason": "…", "legal_basis": "…"})";
        return wanted;
    }
    wanted.row.granted = value.at("grant").get_bool();
    value.get_object().erase("grant");
    const Texts texts = read_texts(json::serialize(value), {"until", "unit", "reason", "legal_basis"});
    wanted.problem = texts.problem;
    wanted.row.month = question.month.name();
    wanted.row.unit = texts.of("unit");
    wanted.row.reason = texts.of("reason");
    wanted.row.legal_basis = texts.of("legal_basis");
    wanted.row.actor = call.viewer.name;
    wanted.row.at = format_utc(question.now);
    if (!wanted.problem.empty()) return wanted;
    if (wanted.row.reason.empty()) wanted.problem = "say why: reason";
    if (!wanted.row.unit.empty() && !submits(*question.directory, wanted.row.unit, question.month)) {
        wanted.problem = "unit is none that submits a month";
    }
    if (!wanted.row.granted) return wanted;
    if (wanted.row.legal_basis.empty()) wanted.problem = "a longer window needs its legal_basis";
    const auto until = attendance::decode_day(texts.of("until"));
    const attendance::Day last = question.month.after() + std::chrono::days(4);
    if (!until || *until <= last || *until > last + std::chrono::days(60)) {
        wanted.problem = fmt::format("until has to be a day after {}, at most 60 days", format_day(last));
    }
    wanted.row.until = texts.of("until");
    return wanted;
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
                          {"window", window_of(board)},
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
        body["window"] = window_of(board);
        json::array steps;
        for (const auto& step : storage::PeriodRepository(reader.database).list_steps(unit->period.id)) {
            boost::system::error_code none;
            json::value detail = json::parse(step.detail, none);
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

Reply handle_period_submit(Context& context, Call call) {
    return move_period(context, std::move(call), prepare_submit);
}

Reply handle_period_return(Context& context, Call call) {
    return move_period(context, std::move(call), prepare_return);
}

Reply handle_period_freeze(Context& context, Call call) {
    return move_period(context, std::move(call), prepare_freeze);
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

Reply handle_extension(Context& context, Call call) {
    const auto month = attendance::decode_month(call.path.at(0));
    if (!month) co_return no_such_month();
    const period::Question question = co_await period_question(context, *month);
    WantedExtension wanted = read_extension(call, question);
    if (!wanted.problem.empty()) co_return problem(422, wanted.problem);
    auto write = [row = std::move(wanted.row)](storage::Database& database) {
        database.transaction([&] {
            storage::PeriodRepository(database).add_extension(row);
            const json::object detail{{"granted", row.granted},
                                      {"until", text_or_null(row.until)},
                                      {"unit", text_or_null(row.unit)},
                                      {"reason", row.reason},
                                      {"legal_basis", text_or_null(row.legal_basis)}};
            storage::append_audit(database, row.at, row.actor, "period.extension", row.month, json::serialize(detail));
        });
        return json_response(201, json::serialize(to_json(std::optional(row))));
    };
    http::Response response = co_await context.worker.write(std::move(write));
    co_return response;
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
        const web::SheetData data = web::lay_out_sheet(question, row, punches);
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
