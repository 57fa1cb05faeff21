#include "daemon/ingest.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/talk/evidence.hpp"
#include "protocol/sha256.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"
#include "storage/terminal_log_repository.hpp"

namespace presensi {

namespace {

using namespace std::chrono_literals;

// Realtime=1 sends at once, TransInterval=1 within a minute, a retry after ErrorDelay=60 (protocol-adms § 2.3).
constexpr auto prompt = 5min;
// A punch made while the first request of a contact was on its way.
constexpr auto slack = 1min;
constexpr auto far_ahead = 24h;

bool has_readable_times(const Delivery& delivery) {
    if (delivery.table != "ATTLOG") return true;
    const auto is_bad_time = [](const Reject& reject) { return reject.reason == RejectReason::bad_time; };
    return !delivery.punches.empty() && std::none_of(delivery.rejects.begin(), delivery.rejects.end(), is_bad_time);
}

// A stamp from a time that is not yet would hide what comes until then (architecture 3.12).
bool has_sane_times(Terminal& terminal, const Delivery& delivery, const std::vector<TerminalEvent>& events) {
    const auto is_bad_time = [](const Reject& reject) { return reject.reason == RejectReason::bad_time; };
    const auto is_far_ahead = [&](const TerminalEvent& event) {
        return event.device_time && terminal.zone.to_utc(*event.device_time) > delivery.received_at + far_ahead;
    };
    return std::none_of(delivery.rejects.begin(), delivery.rejects.end(), is_bad_time) &&
           std::none_of(events.begin(), events.end(), is_far_ahead);
}

// What the clerk who misses a punch will ask for.
void report(const Terminal& terminal, const std::vector<TerminalEvent>& events) {
    for (const auto& event : events) {
        const bool matters = event.kind == "clock_set" || event.kind == "records_deleted" ||
                             event.kind == "data_cleared" || event.kind == "user_deleted";
        if (!matters) continue;
        log::info("terminal.touched", "somebody changed something at the terminal",
                  {{"terminal", terminal.row.serial},
                   {"what", event.kind},
                   {"device_time", event.device_time ? format_device_time(*event.device_time) : "unknown"}});
    }
}

// A terminal's whole history may come at once; punches of others are stored between two slices of it.
constexpr std::size_t items_in_slice = 500;

// Of each PIN key what was said last, so that no slice brings back what a later one replaced.
std::vector<TerminalUser> latest_of(std::vector<TerminalUser> users) {
    std::unordered_set<std::string> seen;
    std::vector<TerminalUser> latest;
    for (auto user = users.rbegin(); user != users.rend(); ++user) {
        if (seen.insert(user->pin_key).second) latest.push_back(std::move(*user));
    }
    return latest;
}

std::vector<storage::TerminalLog> slices_of(const storage::TerminalLog& head, std::vector<TerminalEvent> events,
                                            std::vector<TerminalUser> users) {
    std::vector<storage::TerminalLog> slices;
    const auto slice_for = [&](std::size_t number) -> storage::TerminalLog& {
        if (number % items_in_slice == 0) slices.push_back(head);
        return slices.back();
    };
    std::size_t number = 0;
    for (auto& event : events) slice_for(number++).events.push_back(std::move(event));
    for (auto& user : latest_of(std::move(users))) slice_for(number++).users.push_back(std::move(user));
    return slices;
}

constexpr auto store_alarm = "store_unavailable";

bool is_far_future(std::chrono::sys_seconds punched_at, Instant received_at) {
    return punched_at > received_at + far_ahead;
}

}  // namespace

bool is_impossible(std::chrono::sys_seconds punched_at, Instant received_at) {
    return punched_at < first_sane_day || is_far_future(punched_at, received_at);
}

Grade grade_of_push(const Punch& punch, Instant received_at, std::optional<Instant> online_since) {
    if (is_impossible(punch.punched_at, received_at)) return Grade::suspect;
    if (received_at - punch.punched_at <= prompt) return Grade::live;
    const bool was_online = online_since && punch.punched_at > *online_since + slack;
    return was_online ? Grade::late_online : Grade::late;
}

Grade grade_of_pull(const Punch& punch, Instant received_at, std::span<const OnlineInterval> pushing, Grade otherwise) {
    if (is_impossible(punch.punched_at, received_at)) return Grade::suspect;
    const auto after = std::upper_bound(pushing.begin(), pushing.end(), punch.punched_at - slack,
                                        [](auto time, const auto& interval) { return time < interval.since; });
    const bool was_pushing = after != pushing.begin() && punch.punched_at + prompt <= std::prev(after)->until;
    return was_pushing ? Grade::pull_only : otherwise;
}

namespace {

Grade grade_of(const Punch& punch, const Delivery& delivery, const Terminal& terminal,
               std::span<const OnlineInterval> pushing, bool clock_is_synchronised) {
    switch (delivery.road) {
        case Road::push:
            if (terminal.suspect_until && delivery.received_at < *terminal.suspect_until) return Grade::suspect;
            return grade_of_push(punch, delivery.received_at,
                                 clock_is_synchronised ? terminal.online_since : std::nullopt);
        case Road::pull:
            return grade_of_pull(punch, delivery.received_at, pushing, Grade::pulled);
        case Road::upload:
            return grade_of_pull(punch, delivery.received_at, pushing, Grade::file);
    }
    return Grade::suspect;
}

}  // namespace

Ingest::Ingest(StoreWorker& worker, TerminalRegistry& registry, Alarms& alarms, Now now)
    : worker_(worker), registry_(registry), alarms_(alarms), now_(std::move(now)) {}

void Ingest::add_counts(const Counts& stored) {
    counts_.punches += stored.punches;
    counts_.rejects += stored.rejects;
    counts_.deliveries += stored.deliveries;
}

void Ingest::store_writes() {
    store_available_ = true;
    alarms_.clear(store_alarm, "");
}

void Ingest::store_is_away(const std::string& reason) {
    store_available_ = false;
    alarms_.raise(store_alarm, "", now_(), {{"reason", both(reason)}});
}

void Ingest::judge_clock_of(Terminal& terminal, const Punch& newest, Instant received_at) {
    if (!clock_synchronised_) return;
    auto difference = terminal.drift.observe(newest.punched_at, received_at);
    // One record of long ago may come again; nothing but a wrong clock makes one of tomorrow.
    if (!difference && is_far_future(newest.punched_at, received_at))
        difference = Instant(newest.punched_at) - received_at;
    if (!difference) return;
    registry_.note_clock(terminal, *difference);
    talk::judge_clock(alarms_, terminal.row.serial, *difference, received_at);
}

boost::asio::awaitable<void> Ingest::look_at_store() {
    Delivery nothing;
    nothing.received_at = now_();
    try {
        co_await worker_.append(std::move(nothing));
        store_writes();
    } catch (const storage::StoreUnavailable& error) {
        store_is_away(error.what());
    }
}

boost::asio::awaitable<Receipt> Ingest::record(Terminal& terminal, Delivery delivery,
                                               std::vector<OnlineInterval> pushing) {
    const auto came = std::chrono::steady_clock::now();
    OfRoad& of_road = of_roads_.at(static_cast<std::size_t>(delivery.road));
    const bool is_push = delivery.road == Road::push;
    delivery.terminal_id = terminal.row.id;
    bool far_future = false;
    bool has_live = false;
    std::optional<DeviceTime> newest;
    for (Punch& punch : delivery.punches) {
        punch.punched_at = terminal.zone.to_utc(punch.device_time);
        punch.grade = grade_of(punch, delivery, terminal, pushing, clock_synchronised_);
        far_future = far_future || is_far_future(punch.punched_at, delivery.received_at);
        has_live = has_live || punch.grade == Grade::live;
        if (punch.grade != Grade::suspect && (!newest || punch.device_time > *newest)) newest = punch.device_time;
    }
    // A clock that jumped ahead must not hide everything after it (architecture 3.12). Old clients take the stamp for
    // the time of the newest record (protocol-adms § 2.4), so it counts only where all times were read.
    if (far_future || !has_readable_times(delivery)) delivery.stamp.reset();
    const auto stamp = delivery.stamp;
    const bool has_records = !delivery.punches.empty() || (delivery.table == "ATTLOG" && !delivery.rejects.empty());
    const bool pushed = delivery.road == Road::push && has_records;
    const Punch last = delivery.punches.empty() ? Punch{} : delivery.punches.back();
    const Instant received_at = delivery.received_at;
    std::vector<talk::SentRecord> records;
    if (pushed && !terminal.fetches.empty()) records = talk::records_in(delivery);
    if (pushed) terminal.last_upload = received_at;

    Receipt receipt;
    try {
        receipt = co_await worker_.append(std::move(delivery), !has_live);
    } catch (const storage::StoreUnavailable& error) {
        ++counts_.refused;
        ++of_road.refused;
        registry_.break_contact(terminal);
        if (dynamic_cast<const storage::StoreBusy*>(&error) == nullptr) store_is_away(error.what());
        throw;
    }
    store_writes();
    if (pushed) {
        terminal.last_upload = now_();
        for (auto& [id, fetch] : terminal.fetches) fetch.note(records);
        if (receipt.new_punches > 0) judge_clock_of(terminal, last, received_at);
    }
    if (is_push) acknowledged_.observe(std::chrono::steady_clock::now() - came);
    ++of_road.deliveries;
    of_road.new_punches += receipt.new_punches;
    of_road.known_punches += receipt.known_punches;
    of_road.new_rejects += receipt.new_rejects;
    counts_.punches += receipt.new_punches;
    counts_.known += receipt.known_punches;
    counts_.rejects += receipt.new_rejects;
    counts_.deliveries += receipt.delivery_id != 0 ? 1 : 0;
    terminal.punches += receipt.new_punches;
    terminal.rejects += receipt.new_rejects;
    if (receipt.new_punches > 0 && newest)
        terminal.last_punch = std::max(terminal.last_punch, format_device_time(*newest));
    if (stamp && receipt.stamp_stored) terminal.stamps[stamp->table] = stamp->stamp;
    if (receipt.new_rejects > 0) {
        terminal.rejects_at = received_at;
        terminal.rejects_lately += receipt.new_rejects;
        alarms_.raise("new_rejects", terminal.row.serial, received_at,
                      {{"count", both(std::to_string(terminal.rejects_lately))}});
        log::warn(
            "intake.rejects", "lines that are not punches were kept",
            {{"terminal", terminal.row.serial}, {"rejects", receipt.new_rejects}, {"delivery", receipt.delivery_id}});
    }
    co_return receipt;
}

boost::asio::awaitable<Receipt> Ingest::record_log(Terminal& terminal, Delivery delivery,
                                                   std::vector<TerminalEvent> events, std::vector<TerminalUser> users) {
    storage::TerminalLog head;
    head.terminal_id = terminal.row.id;
    head.table = delivery.table;
    head.delivery_sha256 = sha256(delivery.body);
    head.received_at = format_utc(delivery.received_at);
    auto stamp = std::exchange(delivery.stamp, std::nullopt);
    if (stamp && !has_sane_times(terminal, delivery, events)) stamp.reset();

    std::vector<storage::TerminalLog> news;
    for (auto& slice : slices_of(head, std::move(events), std::move(users))) {
        auto look = [slice = std::move(slice)](StoreWorker::Reader reader) mutable {
            return storage::TerminalLogRepository(reader.database).without_known(std::move(slice));
        };
        storage::TerminalLog fresh = co_await worker_.read(std::move(look));
        if (!fresh.events.empty() || !fresh.users.empty()) news.push_back(std::move(fresh));
    }
    if (!news.empty()) delivery.unread = true;
    // Also with nothing to keep: it tells how the store is, and waits for the disk like every other.
    const Receipt receipt = co_await record(terminal, std::move(delivery));
    if (stamp) {
        head.stamp = stamp;
        news.push_back(std::move(head));
    }
    try {
        for (auto& slice : news) {
            auto store = [slice = std::move(slice)](storage::Database& database) mutable {
                return storage::TerminalLogRepository(database).record(std::move(slice));
            };
            const auto new_events = co_await worker_.write(std::move(store));
            report(terminal, new_events);
        }
    } catch (const storage::ContentRefused& error) {
        // Its bytes are kept; without the stamp, so that nothing is skipped.
        log::mistake("intake.log_unstored", "what a terminal told of itself could not be stored",
                     {{"terminal", terminal.row.serial}, {"error", error.what()}});
        co_return receipt;
    }
    if (stamp) terminal.stamps[stamp->table] = stamp->stamp;
    co_return receipt;
}

}  // namespace presensi
