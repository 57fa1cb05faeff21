#include "storage/period_repository.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace presensi::storage {
namespace {

const std::string select_period = "SELECT id, month, unit, state, changed_at, digest, punches FROM period";

PeriodRow read_period(const Row& row) {
    PeriodRow period;
    period.id = row.integer(0);
    period.month = row.text(1);
    period.unit = row.text(2);
    period.state = row.text(3);
    period.changed_at = row.text(4);
    period.digest = row.text(5);
    period.punches = row.integer(6);
    return period;
}

}  // namespace

std::vector<PeriodRow> PeriodRepository::list(const std::string& month) {
    std::vector<PeriodRow> periods;
    for (const Row& row : database_.query(select_period + " WHERE month = $1 ORDER BY unit", {month})) {
        periods.push_back(read_period(row));
    }
    return periods;
}

PeriodRow PeriodRepository::find(const std::string& month, const std::string& unit) {
    const auto rows = database_.query(select_period + " WHERE month = $1 AND unit = $2", {month, unit});
    if (!rows.empty()) return read_period(rows.front());
    PeriodRow open;
    open.month = month;
    open.unit = unit;
    return open;
}

std::vector<PeriodStep> PeriodRepository::list_steps(std::int64_t period_id) {
    std::vector<PeriodStep> steps;
    for (const Row& row : database_.query("SELECT id, at, actor, step, moment, reason, detail FROM period_step"
                                          " WHERE period_id = $1 ORDER BY id",
                                          {period_id})) {
        steps.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)});
    }
    return steps;
}

std::string PeriodRepository::find_moment(std::int64_t period_id) {
    const auto rows = database_.query(
        "SELECT moment FROM period_step WHERE period_id = $1 AND step = 'submit' ORDER BY id DESC LIMIT 1",
        {period_id});
    return rows.empty() ? std::string() : rows.front().text(0);
}

bool PeriodRepository::move(PeriodRow& row, const std::string& state, const PeriodStep& step) {
    database_.execute(
        "INSERT INTO period (month, unit, state, changed_at) VALUES ($1, $2, 'open', $3)"
        " ON CONFLICT (month, unit) DO NOTHING",
        {row.month, row.unit, step.at});
    std::string move_it =
        "UPDATE period SET state = $4, changed_at = $5, digest = $6, punches = $7"
        " WHERE month = $1 AND unit = $2 AND state = $3";
    Values values{row.month, row.unit, row.state, state, step.at, row.digest, row.punches};
    if (row.id != 0) {
        move_it += " AND changed_at = $8";
        values.emplace_back(row.changed_at);
    }
    const auto changed = database_.execute(move_it, values);
    if (changed != 1) return false;
    row = find(row.month, row.unit);
    database_.execute(
        "INSERT INTO period_step (period_id, at, actor, step, moment, reason, detail)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        {row.id, step.at, step.actor, step.step, step.moment, step.reason, step.detail});
    return true;
}

void PeriodRepository::add_frozen(std::int64_t period_id, std::span<const FrozenPunch> punches) {
    constexpr std::size_t at_once = 500;
    for (std::size_t begin = 0; begin < punches.size(); begin += at_once) {
        std::string sql = "INSERT INTO frozen_punch (period_id, punch_id, person_id) VALUES ";
        Values values;
        for (const FrozenPunch& punch : punches.subspan(begin, std::min(at_once, punches.size() - begin))) {
            const auto n = values.size();
            sql += fmt::format("{}(${}, ${}, ${})", n == 0 ? "" : ", ", n + 1, n + 2, n + 3);
            values.insert(values.end(),
                          {period_id, punch.punch_id, punch.person_id == 0 ? Value{} : Value{punch.person_id}});
        }
        database_.execute(sql, values);
    }
}

std::vector<FrozenPunch> PeriodRepository::list_frozen(std::int64_t period_id) {
    std::vector<FrozenPunch> punches;
    for (const Row& row : database_.query(
             "SELECT punch_id, person_id FROM frozen_punch WHERE period_id = $1 ORDER BY punch_id", {period_id})) {
        punches.push_back({row.integer(0), row.integer_or_null(1).value_or(0)});
    }
    return punches;
}

std::vector<PeriodRepository::FrozenGroup> PeriodRepository::list_frozen_groups(const std::string& month) {
    std::vector<FrozenGroup> groups;
    for (const Row& row : database_.query(
             "SELECT f.period_id, p.terminal_id, p.pin_key, f.person_id, COUNT(*) FROM period m"
             " JOIN frozen_punch f ON f.period_id = m.id JOIN punch p ON p.id = f.punch_id WHERE m.month = $1"
             " GROUP BY f.period_id, p.terminal_id, p.pin_key, f.person_id",
             {month})) {
        groups.push_back(
            {row.integer(0), row.integer(1), row.text(2), row.integer_or_null(3).value_or(0), row.integer(4)});
    }
    return groups;
}

std::vector<std::string> PeriodRepository::list_frozen_times(const FrozenGroup& group) {
    const std::string person = group.person_id == 0 ? "f.person_id IS NULL" : "f.person_id = $4";
    Values values{group.period_id, group.terminal_id, group.pin_key};
    if (group.person_id != 0) values.emplace_back(group.person_id);
    std::vector<std::string> times;
    for (const Row& row : database_.query(
             "SELECT p.device_time FROM punch p JOIN frozen_punch f ON f.punch_id = p.id AND f.period_id = $1"
             " WHERE p.terminal_id = $2 AND p.pin_key = $3 AND " +
                 person,
             values)) {
        times.push_back(row.text(0));
    }
    return times;
}

void PeriodRepository::add_extension(const ExtensionRow& row) {
    database_.execute(
        "INSERT INTO period_extension (month, unit, granted, until_day, reason, legal_basis, actor, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {row.month, row.unit, std::int64_t{row.granted}, row.until.empty() ? Value{} : Value{row.until}, row.reason,
         row.legal_basis, row.actor, row.at});
}

std::vector<ExtensionRow> PeriodRepository::list_extensions(const std::string& month) {
    std::vector<ExtensionRow> extensions;
    for (const Row& row :
         database_.query("SELECT month, unit, granted, until_day, reason, legal_basis, actor, at FROM period_extension"
                         " WHERE month = $1 ORDER BY id",
                         {month})) {
        extensions.push_back({row.text(0), row.text(1), row.integer(2) == 1, row.text_or_null(3).value_or(""),
                              row.text(4), row.text(5), row.text(6), row.text(7)});
    }
    return extensions;
}

}  // namespace presensi::storage
