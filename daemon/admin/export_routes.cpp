// A month's punches as files: as a stick's attlog.dat, which today's upload of SIKEP takes, and as CSV.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "daemon/admin/json_text.hpp"
#include "daemon/admin/people_answers.hpp"
#include "daemon/admin/period_question.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/period/roll.hpp"
#include "daemon/period/whose.hpp"
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

using storage::PeriodRow;

bool is_counted(const period::UnitPunch& punch) { return punch.punch.row.grade != to_string(Grade::suspect); }

// Whether a spreadsheet that splits lines at TAB, comma or semicolon could take the PIN, or what follows in it, for a
// formula. An attlog file knows no quotes.
bool runs_as_formula(std::string_view pin) {
    for (;;) {
        const auto first = pin.find_first_not_of(" \"'");
        if (first != pin.npos && std::string_view("=+-@").find(pin[first]) != std::string_view::npos) return true;
        const auto next = pin.find_first_of("\t,;");
        if (next == pin.npos) return false;
        pin.remove_prefix(next + 1);
    }
}

bool is_number(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return '0' <= c && c <= '9'; });
}

// protocol-4370 § 8.1. The third column tells terminals of one file apart: never 0–5, which would pass for the states
// of the columns as pushed. A work code that is no number goes out as 0.
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
        text += fmt::format("{:>9}\t{}\t{}\t{}\t{}\t{}\r\n", row.pin, time, numbers.at(row.serial),
                            row.state.value_or(no_state), row.verify.value_or(finger),
                            is_number(work_code) ? work_code : "0");
    }
    return text;
}

// What goes into the file.
struct Found {
    std::vector<period::UnitPunch> punches;
    std::size_t amendments = 0;                                 // of frozen months, left out
    std::unordered_map<std::int64_t, people::Named> as_frozen;  // by punch id: of frozen months
};

// A month that is read from the store for an export.
class Month {
public:
    Month(storage::Database& database, const period::Question& question, const std::string& serial)
        : database_(database), question_(question), whose_(*question.directory, question.month), serial_(serial) {}

    // Of one unit: a frozen month is given as it was frozen, and what came later is only counted.
    void add_unit(const std::string& unit) {
        const auto row = storage::PeriodRepository(database_).find(question_.month.name(), unit);
        auto now = period::punches_of_unit(database_, question_, unit);
        if (row.state == "frozen") {
            add_frozen(row, std::move(now));
        } else {
            std::move(now.begin(), now.end(), std::back_inserter(live_));
        }
    }

    // Of every unit, and nobody's.
    void add_everything() {
        std::map<std::string, PeriodRow> frozen;
        for (auto& row : storage::PeriodRepository(database_).list(question_.month.name())) {
            if (row.state == "frozen") frozen.emplace(row.unit, std::move(row));
        }
        std::map<std::string, std::vector<period::UnitPunch>> now;
        storage::MonthRepository stored(database_);
        for (const auto& terminal : question_.terminals) {
            if (!serial_.empty() && terminal.serial != serial_) continue;
            for (auto& punch : stored.list(terminal.id, begin(), end())) {
                const auto owner = whose_.of(terminal.serial, punch.pin_key, day_of(punch.row));
                auto& punches = frozen.contains(owner.unit) ? now[owner.unit] : live_;
                punches.push_back({std::move(punch), owner.person});
            }
        }
        for (const auto& [unit, row] : frozen) add_frozen(row, std::move(now[unit]));
    }

    // What was added, each punch once: as it was frozen rather than as it would be now.
    Found take() {
        for (auto& punch : live_) {
            if (is_wanted(punch) && !found_.as_frozen.contains(punch.punch.row.id)) {
                found_.punches.push_back(std::move(punch));
            }
        }
        live_.clear();
        period::sort_by_place(found_.punches);
        return std::move(found_);
    }

private:
    std::string begin() const { return format_device_time(DeviceTime(question_.month.first())); }
    std::string end() const { return format_device_time(DeviceTime(question_.month.after())); }
    bool is_wanted(const period::UnitPunch& punch) const {
        return serial_.empty() || punch.punch.row.serial == serial_;
    }
    static attendance::Day day_of(const storage::FeedRow& row) {
        const auto time = decode_device_time(row.device_time);
        return time ? std::chrono::floor<std::chrono::days>(*time) : attendance::Day{};
    }

    void add_frozen(const PeriodRow& row, std::vector<period::UnitPunch> now) {
        auto frozen = period::frozen_punches(database_, row.id);
        const auto roll = period::roll_of(database_, question_, row, frozen);
        const auto is_another = [&](const auto& punch) { return !is_wanted(punch); };
        std::erase_if(frozen, is_another);
        std::erase_if(now, is_another);
        found_.amendments += period::amendments_of(frozen, now).size();
        for (auto& punch : frozen) {
            const auto id = punch.punch.row.id;
            if (!found_.as_frozen.emplace(id, name(punch, row.unit, roll)).second) continue;
            found_.punches.push_back(std::move(punch));
        }
    }

    people::Named name(const period::UnitPunch& punch, const std::string& unit, const period::Roll& roll) const {
        const attendance::Directory& directory = *question_.directory;
        people::Named who;
        who.person = punch.person == 0 ? nullptr : directory.find_person(punch.person);
        if (who.person == nullptr) return who;
        const auto day = day_of(punch.punch.row);
        who.unit = directory.unit_of(punch.person, day);
        if (whose_.submitter(who.unit, day) != unit) who.unit = unit;
        who.wrong_terminal = roll.elsewhere.contains(punch.punch.row.id);
        return who;
    }

    storage::Database& database_;
    const period::Question& question_;
    period::Whose whose_;
    std::string serial_;  // empty: of all terminals
    std::vector<period::UnitPunch> live_;
    Found found_;
};

void add_roads(storage::Database& database, const period::Question& question, std::vector<period::UnitPunch>& punches) {
    std::unordered_map<std::int64_t, std::vector<std::string>*> roads;
    std::set<std::string> serials;
    for (auto& punch : punches) {
        roads.emplace(punch.punch.row.id, &punch.punch.row.roads);
        serials.insert(punch.punch.row.serial);
    }
    storage::MonthRepository stored(database);
    for (const auto& terminal : question.terminals) {
        if (!serials.contains(terminal.serial)) continue;
        for (auto& seen : stored.list_roads(terminal.id, format_device_time(DeviceTime(question.month.first())),
                                            format_device_time(DeviceTime(question.month.after())))) {
            const auto found = roads.find(seen.punch_id);
            if (found == roads.end()) continue;
            auto& known = *found->second;
            if (std::find(known.begin(), known.end(), seen.road) == known.end()) known.push_back(std::move(seen.road));
        }
    }
}

// The lines of the feed.
Shown csv_of(const Found& found, const period::Question& question) {
    people::Naming naming(question.directory);
    std::set<std::int64_t> named;
    Shown shown;
    shown.response.content_type = "text/csv; charset=utf-8";
    shown.response.body = csv_header();
    for (const auto& [punch, person] : found.punches) {
        const auto as_frozen = found.as_frozen.find(punch.row.id);
        const auto who = as_frozen == found.as_frozen.end() ? naming.name(punch.row) : as_frozen->second;
        if (who.person != nullptr) named.insert(who.person->id);
        shown.response.body += csv_line(punch.row, who);
    }
    shown.people.assign(named.begin(), named.end());
    return shown;
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

Shown write_out(storage::Database& database, const period::Question& question, const Wanted& wanted,
                const access::Sight& sight) {
    Month month(database, question, wanted.serial);
    if (!wanted.unit.empty()) {
        month.add_unit(wanted.unit);
    } else if (sight.sees_all() || !wanted.serial.empty()) {
        month.add_everything();
    } else {
        for (const auto& code : units_of(question, sight)) month.add_unit(code);
    }
    Found found = month.take();
    const auto suspect = std::erase_if(found.punches, [](const auto& punch) { return !is_counted(punch); });
    const bool attlog = wanted.form == Form::attlog;
    std::size_t left_out = 0;
    if (attlog) {
        left_out = std::erase_if(found.punches, [](const auto& punch) { return runs_as_formula(punch.punch.row.pin); });
    } else {
        add_roads(database, question, found.punches);
    }
    Shown shown;
    if (attlog) {
        shown.response.content_type = "text/plain; charset=utf-8";
        shown.response.body = attlog_of(found.punches);
    } else {
        shown = csv_of(found, question);
    }
    std::string name = question.month.name();
    if (!wanted.unit.empty()) name += "_" + wanted.unit;
    if (!wanted.serial.empty()) name += "_" + wanted.serial;
    auto& headers = shown.response.headers;
    headers.emplace_back("Content-Disposition",
                         fmt::format("attachment; filename=\"{}{}\"", name, attlog ? "_attlog.dat" : ".csv"));
    headers.emplace_back("Presensi-Punches", std::to_string(found.punches.size()));
    headers.emplace_back("Presensi-Suspect", std::to_string(suspect));
    headers.emplace_back("Presensi-Amendments", std::to_string(found.amendments));
    headers.emplace_back("Presensi-Left-Out", std::to_string(left_out));
    return shown;
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
    Shown shown = co_await context.worker.read(std::move(read));
    http::Response response = co_await answer_naming(context, std::move(call.viewer), std::move(shown));
    co_return response;
}

}  // namespace presensi::admin
