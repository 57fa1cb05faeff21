// The steps of the monthly cycle (Perbup 32/2020 ps. 3(d)): submitting, returning, freezing, a longer window.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/period_question.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/log.hpp"
#include "daemon/period/roll.hpp"
#include "protocol/text_fields.hpp"
#include "storage/delivery_repository.hpp"

namespace presensi::admin {

namespace json = boost::json;
using attendance::format_day;
using attendance::Moment;
using storage::PeriodRow;
using storage::PeriodStep;

namespace {

constexpr std::size_t longest_text = 1000;  // of a reason or a legal basis, bytes

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
    body["missing"] = missing_json(unit.missing);
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
        const auto last =
            std::max(board.window.last, period::extended_until(unit->extension).value_or(board.window.last));
        return refused(problem(
            409, fmt::format("the window was open until {}; a super-admin can grant a longer one", format_day(last))));
    }
    if (wanted.reason.empty() && !unit->missing.empty()) return refused(incomplete(*unit));
    if (wanted.reason.empty() && moment == Moment::late) {
        return refused(problem(409, R"(the window is over; submit with {"reason": "…"}, and it is marked as late)"));
    }
    Prepared prepared;
    prepared.row = unit->period;
    prepared.to = "submitted";
    prepared.step = step_of("submit", wanted, format_utc(question.now), moment);
    prepared.step.detail = json::serialize(json::object{{"missing", missing_json(unit->missing)}});
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
    const period::Roll roll = period::call_roll(question, wanted.unit, punches);
    prepared.step.detail = json::serialize(json::object{{period::roll_key, period::to_json(roll)}});
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

Reply handle_period_submit(Context& context, Call call) {
    return move_period(context, std::move(call), prepare_submit);
}

Reply handle_period_return(Context& context, Call call) {
    return move_period(context, std::move(call), prepare_return);
}

Reply handle_period_freeze(Context& context, Call call) {
    return move_period(context, std::move(call), prepare_freeze);
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
        return json_response(201, json::serialize(extension_json(std::optional(row))));
    };
    http::Response response = co_await context.worker.write(std::move(write));
    co_return response;
}

}  // namespace presensi::admin
