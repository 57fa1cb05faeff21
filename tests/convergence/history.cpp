#include "tests/convergence/history.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <utility>

#include "daemon/clock.hpp"
#include "daemon/ingest.hpp"
#include "protocol/sha256.hpp"
#include "tests/convergence/roads.hpp"

namespace presensi::convergence {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Zone& zone() {
    static Zone makassar("Asia/Makassar");
    return makassar;
}

void add(History& history, const Plan& plan, const Trip& trip, const std::vector<Made>& log) {
    std::vector<Delivery> deliveries = travel(plan, trip, log, history.truth);
    for (Delivery& delivery : deliveries) delivery.terminal_id = trip.terminal;
    for (int copy = 0; copy < trip.copies; ++copy)
        history.deliveries.insert(history.deliveries.end(), deliveries.begin(), deliveries.end());
}

// What no trip brought.
void add_rest(History& history, const Plan& plan, const Month& month) {
    std::set<Truth::Identity> seen;
    for (const auto& [identity, road, attributes] : history.truth.sightings) seen.insert(identity);
    for (std::size_t terminal = 0; terminal < month.size(); ++terminal) {
        std::vector<Made> rest;
        for (const Made& made : month[terminal]) {
            if (!seen.contains({terminal, made.time, made.key})) rest.push_back(made);
        }
        Trip trip;
        trip.way = plan.rest;
        trip.terminal = static_cast<int>(terminal);
        trip.lines = 40;
        add(history, plan, trip, rest);
    }
}

// When it arrived and what its punches are worth, as Ingest finds out (architecture 3.13): some pushes at once, some
// late, and of some pulls it is known that the terminal pushed meanwhile.
void receive(Delivery& delivery, std::size_t number) {
    constexpr Instant month_end{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1}.time_since_epoch()};
    std::optional<Instant> newest;
    for (Punch& punch : delivery.punches) {
        punch.punched_at = zone().to_utc(punch.device_time);
        if (!is_impossible(punch.device_time)) newest = std::max(newest, std::optional<Instant>(punch.punched_at));
    }
    const bool promptly = delivery.road == Road::push && number % 2 == 0 && newest;
    delivery.received_at = promptly ? *newest + seconds(3) : month_end + minutes(number);
    const Instant online_since = month_end - days(15);
    const OnlineInterval online{online_since, month_end + days(1)};
    const std::span<const OnlineInterval> pushing{&online, number % 3 == 0 ? 1U : 0U};
    const Grade otherwise = delivery.road == Road::pull ? Grade::pulled : Grade::file;
    for (Punch& punch : delivery.punches) {
        punch.grade = delivery.road == Road::push
                          ? grade_of_push(punch, delivery.received_at,
                                          number % 3 == 0 ? std::optional(online_since) : std::nullopt)
                          : grade_of_pull(punch, delivery.received_at, pushing, otherwise);
    }
    delivery.peer = "192.0.2.7";
}

}  // namespace

History make_history(const Plan& plan) {
    History history;
    const Month month = make_month(plan);
    for (std::size_t terminal = 0; terminal < month.size(); ++terminal) {
        for (const Made& made : month[terminal]) history.truth.punches.insert({terminal, made.time, made.key});
    }
    for (const Trip& trip : plan.trips) add(history, plan, trip, month[static_cast<std::size_t>(trip.terminal)]);
    add_rest(history, plan, month);
    if (plan.order != 0) {
        std::mt19937 random(static_cast<unsigned>(plan.order));
        std::shuffle(history.deliveries.begin(), history.deliveries.end(), random);
    }
    for (std::size_t i = 0; i < history.deliveries.size(); ++i) receive(history.deliveries[i], i);
    return history;
}

std::vector<Delivery> told_once(const Truth& truth) {
    std::vector<Delivery> deliveries(terminals_in_plan);
    for (std::size_t terminal = 0; terminal < deliveries.size(); ++terminal) {
        deliveries[terminal].terminal_id = static_cast<std::int64_t>(terminal);
        deliveries[terminal].road = Road::pull;
        deliveries[terminal].table = "ATTLOG";
    }
    for (const auto& [terminal, time, key] : truth.punches) {
        Punch& punch = deliveries[terminal].punches.emplace_back();
        punch.pin = punch.pin_key = key;
        punch.device_time = time;
    }
    for (const auto& [of, reason] : truth.rejects) {
        const auto& [terminal, bytes] = of;
        deliveries[terminal].rejects.push_back({1, reason, bytes, sha256(bytes), bytes.size()});
    }
    for (std::size_t i = 0; i < deliveries.size(); ++i) receive(deliveries[i], 3 * i + 1);
    return deliveries;
}

}  // namespace presensi::convergence
