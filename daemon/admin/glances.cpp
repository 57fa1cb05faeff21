#include "daemon/admin/glances.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "attendance/records.hpp"
#include "daemon/admin/json_text.hpp"
#include "daemon/admin/routes.hpp"
#include "protocol/text_fields.hpp"
#include "storage/glance_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi::admin {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr auto refresh_every = 3s;
// With very many terminals it takes a while: then it is asked less often, so that the reader has time for others.
constexpr int rest_for_each_work = 20;
constexpr auto longest_pause = 60s;

using Table = std::unordered_map<std::int64_t, Glances::Glance>;
using DayOf = std::vector<std::pair<std::int64_t, attendance::Day>>;  // by the terminal's id: what day it is there

Table read_glances(storage::Database& database, const DayOf& day_of) {
    std::map<attendance::Day, std::unordered_map<std::int64_t, std::int64_t>> counts;
    for (const auto& [id, day] : day_of) counts[day];
    for (auto& [day, of_day] : counts) {
        const auto next = day + std::chrono::days(1);
        storage::TerminalRepository terminals(database);
        for (const auto& one : terminals.count_punches(format_device_time(day), format_device_time(next))) {
            of_day[one.terminal_id] = one.punches;
        }
    }
    Table glances;
    for (const auto& [id, day] : day_of) glances[id].today = counts[day][id];
    storage::GlanceRepository newest(database);
    for (const auto& clock : newest.list_last_clocks()) glances[clock.terminal_id].drift_ms = clock.difference_ms;
    for (auto& comparison : newest.list_last_comparisons()) {
        Glances::Glance& glance = glances[comparison.terminal_id];
        glance.compared_day = std::move(comparison.day);
        glance.result = std::move(comparison.result);
        glance.difference = comparison.difference;
    }
    return glances;
}

}  // namespace

boost::asio::awaitable<void> Glances::refresh(Context& context) {
    const auto begin = Steady::now();
    const auto pause = std::clamp<Steady::duration>(rest_for_each_work * took_, refresh_every, longest_pause);
    if (refreshing_ || begin - refreshed_at_ < pause || !context.ingest.store_available()) co_return;
    refreshing_ = true;
    refreshed_at_ = begin;
    DayOf day_of;
    const Instant now = context.now();
    for (const Terminal* terminal : context.registry.each()) {
        if (terminal->row.id == 0) continue;
        day_of.emplace_back(terminal->row.id, std::chrono::floor<std::chrono::days>(local_at(terminal->zone, now)));
    }
    auto read = [day_of = std::move(day_of)](StoreWorker::Reader reader) {
        return read_glances(reader.database, day_of);
    };
    try {
        Table glances = co_await context.worker.read(std::move(read));
        glances_ = std::move(glances);
    } catch (const storage::StoreUnavailable&) {
        // What is known stays.
    } catch (...) {
        refreshing_ = false;
        throw;
    }
    took_ = Steady::now() - begin;
    refreshing_ = false;
}

const Glances::Glance& Glances::of(const Terminal& terminal) const {
    static const Glance nothing;
    const auto found = glances_.find(terminal.row.id);
    return found == glances_.end() ? nothing : found->second;
}

json::object to_json(const Terminal& terminal, const Glances::Glance& glance) {
    json::object out = to_json(terminal);
    out["last_push"] = terminal.last_push ? json::value(format_utc(*terminal.last_push)) : json::value(nullptr);
    out["today"] = glance.today ? json::value(*glance.today) : json::value(nullptr);
    out["drift_ms"] = glance.drift_ms ? json::value(*glance.drift_ms) : json::value(nullptr);
    out["completeness"] = nullptr;
    if (!glance.compared_day.empty()) {
        out["completeness"] =
            json::object{{"day", glance.compared_day}, {"result", glance.result}, {"n", glance.difference}};
    }
    return out;
}

}  // namespace presensi::admin
