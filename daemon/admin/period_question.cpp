#include "daemon/admin/period_question.hpp"

#include <fmt/format.h>

#include "daemon/admin/json_text.hpp"
#include "daemon/period/whose.hpp"

namespace presensi::admin {

namespace json = boost::json;

boost::asio::awaitable<period::Question> period_question(Context& context, attendance::Month month) {
    period::Question question;
    question.month = month;
    question.now = context.now();
    question.zone = context.settings.time_zone;
    question.terminals = period::terminal_facts(context.registry);
    question.enough_working_days = static_cast<int>(context.settings.periods.working_days);
    question.directory = co_await context.directory.current();
    co_return question;
}

http::Response no_such_month() { return problem(400, "a month is written as 2026-10"); }

bool submits(const attendance::Directory& directory, const std::string& code, attendance::Month month) {
    const auto* unit = directory.find_unit(code);
    return unit != nullptr && unit->parent.empty() && unit->valid.overlaps({month.first(), month.after()});
}

http::Response no_such_unit(const attendance::Directory& directory, const std::string& code, attendance::Month month) {
    if (directory.find_unit(code) == nullptr) {
        return problem(404, "no unit with this code is known; GET /api/v1/units lists them");
    }
    const std::string submitter = period::Whose(directory, month).submitter(code, month.first());
    if (submitter.empty() || submitter == code) return problem(404, "this unit did not exist in that month");
    return problem(404, fmt::format("the month of this unit is submitted by {}", submitter));
}

attendance::Moment moment_now(storage::Database& database, const period::Question& question, const std::string& unit) {
    const auto window = attendance::submit_window(question.month, *question.directory, question.enough_working_days);
    const auto extension =
        period::extension_of(storage::PeriodRepository(database).list_extensions(question.month.name()), unit);
    return attendance::moment_of(window, period::extended_until(extension), period::today_of(question));
}

json::value extension_json(const std::optional<storage::ExtensionRow>& extension) {
    if (!extension) return nullptr;
    return json::object{{"granted", extension->granted},
                        {"until", text_or_null(extension->until)},
                        {"unit", text_or_null(extension->unit)},
                        {"reason", extension->reason},
                        {"legal_basis", text_or_null(extension->legal_basis)},
                        {"by", extension->actor},
                        {"at", extension->at}};
}

json::array missing_json(const std::vector<period::Missing>& missing) {
    json::array list;
    for (const auto& item : missing) {
        list.push_back(json::object{{"what", item.what},
                                    {"terminal", text_or_null(item.terminal)},
                                    {"n", item.number},
                                    {"sentence", item.sentence}});
    }
    return list;
}

const period::UnitLine* find_unit(const period::Board& board, const std::string& code) {
    for (const auto& unit : board.units) {
        if (unit.code == code) return &unit;
    }
    return nullptr;
}

}  // namespace presensi::admin
