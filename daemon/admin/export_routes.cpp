// A month's punches as files: as a stick's attlog.dat, which today's upload of SIKEP takes, and as CSV.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/period_question.hpp"
#include "daemon/admin/routes.hpp"
#include "protocol/text_fields.hpp"
#include "storage/month_repository.hpp"
#include "storage/period_repository.hpp"

namespace presensi::admin {

namespace {

enum class Form { attlog, csv };

struct Wanted {
    Form form = Form::csv;
    std::string unit;    // empty: all
    std::string serial;  // empty: all
};

bool is_counted(const period::UnitPunch& punch) { return punch.punch.row.grade != to_string(Grade::suspect); }

// protocol-4370 § 8.1. The third column tells terminals of one file apart: never 0–5, which would pass for the states
// of the columns as pushed.
std::string attlog_of(const std::vector<period::UnitPunch>& punches) {
    constexpr int first_of_several = 101;
    std::map<std::string, int> numbers;
    for (const auto& punch : punches) numbers.emplace(punch.punch.row.serial, 1);
    if (numbers.size() > 1) {
        int next = first_of_several;
        for (auto& [serial, number] : numbers) number = next++;
    }
    constexpr std::int64_t no_state = 255;
    constexpr std::int64_t finger = 1;
    std::string text;
    for (const auto& [punch, person] : punches) {
        const auto& row = punch.row;
        std::string time = row.device_time;
        std::replace(time.begin(), time.end(), 'T', ' ');
        const std::string work_code = row.work_code.value_or("0");
        text +=
            fmt::format("{:>9}\t{}\t{}\t{}\t{}\t{}\r\n", row.pin, time, numbers.at(row.serial),
                        row.state.value_or(no_state), row.verify.value_or(finger), work_code.empty() ? "0" : work_code);
    }
    return text;
}

std::string csv_of(const std::vector<period::UnitPunch>& punches) {
    std::string text = csv_header();
    for (const auto& punch : punches) text += csv_line(punch.punch.row);
    return text;
}

struct Found {
    std::vector<period::UnitPunch> punches;
    std::size_t amendments = 0;
};

// A frozen month is given as it was frozen; what came later is only counted.
Found find_of_unit(storage::Database& database, const period::Question& question, const std::string& unit) {
    const auto row = storage::PeriodRepository(database).find(question.month.name(), unit);
    Found found;
    found.punches = period::punches_of_unit(database, question, unit);
    if (row.state != "frozen") return found;
    auto frozen = period::frozen_punches(database, row.id);
    found.amendments = period::amendments_of(frozen, found.punches).size();
    found.punches = std::move(frozen);
    return found;
}

Found find_of_terminals(storage::Database& database, const period::Question& question, const std::string& serial) {
    Found found;
    storage::MonthRepository stored(database);
    for (const auto& terminal : question.terminals) {
        if (!serial.empty() && terminal.serial != serial) continue;
        for (auto& punch : stored.list(terminal.id, format_device_time(DeviceTime(question.month.first())),
                                       format_device_time(DeviceTime(question.month.after())))) {
            found.punches.push_back({std::move(punch), 0});
        }
    }
    return found;
}

// Those of the viewer's units that submit this month.
std::vector<std::string> units_of(const period::Question& question, const access::Sight& sight) {
    std::vector<std::string> codes;
    for (const auto& unit : question.directory->facts().units) {
        if (submits(*question.directory, unit.code, question.month) && sight.sees_unit(unit.code)) {
            codes.push_back(unit.code);
        }
    }
    return codes;
}

http::Response write_out(storage::Database& database, const period::Question& question, const Wanted& wanted,
                         const access::Sight& sight) {
    Found found;
    if (wanted.unit.empty() && (sight.sees_all() || !wanted.serial.empty())) {
        found = find_of_terminals(database, question, wanted.serial);
    } else {
        const auto codes = wanted.unit.empty() ? units_of(question, sight) : std::vector{wanted.unit};
        for (const auto& code : codes) {
            Found more = find_of_unit(database, question, code);
            found.amendments += more.amendments;
            std::move(more.punches.begin(), more.punches.end(), std::back_inserter(found.punches));
        }
        if (!wanted.serial.empty()) {
            std::erase_if(found.punches, [&](const auto& punch) { return punch.punch.row.serial != wanted.serial; });
        }
    }
    const auto suspect = std::erase_if(found.punches, [](const auto& punch) { return !is_counted(punch); });
    http::Response response;
    const bool attlog = wanted.form == Form::attlog;
    response.content_type = attlog ? "text/plain; charset=utf-8" : "text/csv; charset=utf-8";
    response.body = attlog ? attlog_of(found.punches) : csv_of(found.punches);
    std::string name = question.month.name();
    if (!wanted.unit.empty()) name += "_" + wanted.unit;
    if (!wanted.serial.empty()) name += "_" + wanted.serial;
    response.headers.emplace_back("Content-Disposition",
                                  fmt::format("attachment; filename=\"{}{}\"", name, attlog ? "_attlog.dat" : ".csv"));
    response.headers.emplace_back("Presensi-Punches", std::to_string(found.punches.size()));
    response.headers.emplace_back("Presensi-Suspect", std::to_string(suspect));
    response.headers.emplace_back("Presensi-Amendments", std::to_string(found.amendments));
    return response;
}

}  // namespace

Reply handle_export(Context& context, Call call) {
    const auto month = attendance::decode_month(call.path.at(0));
    if (!month) co_return no_such_month();
    Wanted wanted;
    if (const auto* format = call.parameter("format")) {
        if (*format != "attlog" && *format != "csv") co_return problem(400, "format has to be attlog or csv");
        wanted.form = *format == "attlog" ? Form::attlog : Form::csv;
    }
    if (const auto* unit = call.parameter("unit")) wanted.unit = *unit;
    if (const auto* serial = call.parameter("terminal")) wanted.serial = *serial;
    const period::Question question = co_await period_question(context, *month);
    const access::SightPtr sight = co_await sight_of(context, call.viewer);
    if (!wanted.unit.empty()) {
        if (!sight->sees_unit(wanted.unit)) co_return not_theirs("this unit");
        if (!submits(*question.directory, wanted.unit, *month)) {
            co_return no_such_unit(*question.directory, wanted.unit, *month);
        }
    } else if (!wanted.serial.empty() && !sight->sees_terminal(wanted.serial)) {
        co_return not_theirs("this terminal");
    }
    if (!wanted.serial.empty() && context.registry.find(wanted.serial) == nullptr) co_return no_such_terminal();
    auto read = [question, wanted, sight](StoreWorker::Reader reader) {
        return write_out(reader.database, question, wanted, *sight);
    };
    http::Response response = co_await context.worker.read(std::move(read));
    co_return response;
}

}  // namespace presensi::admin
