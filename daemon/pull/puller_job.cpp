// One pull, from its row to what came of it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/pull/puller_desk.hpp"
#include "daemon/pull/record.hpp"
#include "daemon/talk/evidence.hpp"
#include "protocol/text_fields.hpp"
#include "storage/contact_repository.hpp"
#include "storage/store_error.hpp"

namespace presensi::pull {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using storage::PullRow;
using zk4370::FailureKind;

namespace {

constexpr auto enable_again_after = 30s;
constexpr auto try_store_again_after = 2s;
constexpr auto keep_raw_every = 24h;
constexpr std::int64_t failures_to_alarm = 3;

constexpr auto failed_alarm = "pull_failed";
constexpr auto disabled_alarm = "terminal_disabled";

int year_of(Instant now) {
    return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
}

std::uint32_t number_in(const config::Secret& key) {
    std::uint32_t number = 0;
    const std::string& text = key.reveal();
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// What no patience mends.
bool needs_hands(FailureKind kind) {
    return kind == FailureKind::unauthorized || kind == FailureKind::wrong_terminal ||
           kind == FailureKind::unknown_layout || kind == FailureKind::count_mismatch || kind == FailureKind::refused ||
           kind == FailureKind::not_a_terminal || kind == FailureKind::too_big;
}

adms::TerminalFacts facts_of(const zk4370::PullResult& result) {
    adms::TerminalFacts facts;
    facts.firmware = result.firmware;
    facts.model = result.model;
    facts.platform = result.platform;
    facts.mac = result.mac;
    const auto& counters = result.after ? result.after : result.before;
    if (!counters) return facts;
    facts.users = counters->users;
    facts.records = counters->records;
    const auto add = [&](const char* name, const std::optional<std::uint32_t>& value) {
        if (value) facts.more.emplace_back(name, std::to_string(*value));
    };
    add("fingerprints", counters->fingers);
    add("faces", counters->faces);
    add("max_users", counters->users_capacity);
    add("max_records", counters->records_capacity);
    add("max_fingerprints", counters->fingers_capacity);
    add("max_faces", counters->faces_capacity);
    return facts;
}

// The turn of one log in the store.
class Recording {
public:
    explicit Recording(bool& recording) : recording_(recording) { recording_ = true; }
    ~Recording() { recording_ = false; }
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

private:
    bool& recording_;
};

std::map<std::string, std::int64_t> records_by_day(const zk4370::PullResult& result) {
    constexpr std::size_t day = 10;
    std::map<std::string, std::int64_t> records;
    if (!result.attendance) return records;
    for (const auto& punch : result.attendance->batch.punches)
        ++records[format_device_time(punch.device_time).substr(0, day)];
    return records;
}

std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (const auto& sentence : sentences) text += (text.empty() ? "" : " ") + sentence;
    return text;
}

}  // namespace

Visit::Where Puller::where(const Terminal& terminal, const Ask& ask) const {
    Visit::Where where;
    where.networks = parts_.settings.pull.networks;
    const auto desk = desks_.find(terminal.row.serial);
    if (desk != desks_.end() && desk->second->disabled_at) where.places.push_back(*desk->second->disabled_at);
    if (ask.place) {
        where.places.push_back(*ask.place);
        return where;
    }
    const auto* settings = settings_of(terminal.row.serial);
    if (settings != nullptr) where.places.push_back({settings->address, settings->port});
    // Where it pushed from last: a portable one has another address every week.
    const Place heard{terminal.row.address, settings != nullptr ? settings->port : std::uint16_t{4370}};
    const bool known = !where.places.empty() && where.places.front() == heard;
    if (!heard.host.empty() && !known) where.places.push_back(heard);
    return where;
}

bool Puller::has_place(const Terminal& terminal) const {
    const Visit::Where visit = where(terminal, {});
    return std::any_of(visit.places.begin(), visit.places.end(),
                       [&](const Place& place) { return is_inside(place.host, parts_.settings.pull.networks); });
}

zk4370::PullRequest Puller::request_of(const Desk& desk, const Job& job) const {
    const auto* settings = settings_of(desk.serial);
    zk4370::PullRequest request;
    request.this_year = year_of(parts_.now());
    request.expected_serial = desk.serial;
    request.enable_first = desk.disabled;
    if (settings != nullptr) request.comm_key = number_in(settings->comm_key);
    if (job.only_to_enable) return request;
    request.attendance = request.users = request.operations = true;
    request.lock = job.ask.disable || (settings != nullptr && settings->disable_while_reading);
    return request;
}

Session::Hooks Puller::hooks_for(Desk& desk, std::int64_t terminal_id) {
    Session::Hooks hooks;
    hooks.now = parts_.now;
    hooks.note_disabling = [this, &desk, terminal_id]() -> asio::awaitable<void> {
        const std::optional<Place> place = desk.job->ask.place;
        storage::DisabledRow row{terminal_id, place ? place->host : std::string(), place ? place->port : 0};
        auto note = [row, now = format_utc(parts_.now())](storage::Database& database) {
            storage::PullRepository(database).note_disabled(row, now);
            return true;
        };
        co_await parts_.worker.write(std::move(note));
        desk.disabled = true;
        desk.disabled_at = place;
    };
    return hooks;
}

// False: the store is away, and nothing is begun that could not be finished.
asio::awaitable<bool> Puller::begin_row(Job& job, const Terminal& terminal) {
    if (job.only_to_enable) co_return true;
    PullRow& row = job.row;
    const std::string now = format_utc(parts_.now());
    if (row.id == 0) {
        row.terminal_id = terminal.row.id;
        row.daemon = holder_;
        row.asked_by = job.ask.by;
        row.queued_at = now;
    }
    row.state = "running";
    row.started_at = now;
    auto store = [row](storage::Database& database) {
        storage::PullRepository pulls(database);
        PullRow stored = row;
        database.transaction([&] {
            stored = row;
            if (row.id == 0) stored.id = pulls.add(row.terminal_id, row.daemon, row.asked_by, row.queued_at);
            pulls.update(stored);
        });
        return stored.id;
    };
    try {
        row.id = co_await parts_.worker.write(std::move(store));
    } catch (const storage::StoreUnavailable&) {
        co_return false;
    }
    co_return true;
}

asio::awaitable<void> Puller::refuse_job(Job& job, std::string reason) {
    job.row.state = "failed";
    job.row.reason = std::move(reason);
    job.row.ended_at = format_utc(parts_.now());
    co_await save(job.row);
}

asio::awaitable<void> Puller::run_job(Desk& desk, Terminal& terminal, const Watch& watch) {
    const auto not_approved = [&] {
        return fmt::format("This terminal is {}; only approved terminals are pulled.", to_string(terminal.row.state));
    };
    if (!terminal.approved() && !desk.job->only_to_enable) {
        std::string reason = not_approved();
        co_await refuse_job(*desk.job, std::move(reason));
        co_return;
    }
    const Instant begun = parts_.now();
    bool started = co_await begin_row(*desk.job, terminal);
    while (!started && !stopping_ && !watch.lost) {
        co_await pause(try_store_again_after);
        started = co_await begin_row(*desk.job, terminal);
    }
    if (watch.lost || !started) {
        // With the next lease, or as one whose turn never came.
        desk.waiting.push_front(std::move(desk.job));
        co_return;
    }
    log::info(
        "pull.begun", "pulling",
        {{"terminal", desk.serial}, {"asked_by", desk.job->ask.by}, {"only_to_enable", desk.job->only_to_enable}});
    desk.visit = std::make_unique<Visit>(parts_.io, where(terminal, desk.job->ask), request_of(desk, *desk.job),
                                         hooks_for(desk, terminal.row.id));
    if (stopping_) desk.visit->stop("The daemon stops.");
    Outcome outcome = co_await desk.visit->run();
    desk.job->row.bytes = static_cast<std::int64_t>(outcome.result.statistics.bytes_received);
    desk.visit.reset();
    if (!terminal.approved() && !desk.job->only_to_enable) {
        outcome.result.attendance.reset();
        outcome.result.users.reset();
        outcome.result.operations.reset();
        outcome.result.failure = zk4370::PullFailure{FailureKind::stopped, not_approved(), std::nullopt, {}};
    }
    co_await store_outcome(desk, terminal, std::move(outcome), begun);
}

// What it told of itself, also where its log could not be had.
asio::awaitable<void> Puller::take_note_of(Desk& desk, Terminal& terminal, Outcome& outcome, Instant begun) {
    const auto& result = outcome.result;
    const Instant now = parts_.now();
    const bool was_it = result.serial == desk.serial;
    const bool enabled = desk.disabled && was_it && !result.may_be_disabled;
    std::optional<storage::ClockRow> clock;
    if (was_it) {
        parts_.registry.pulled(terminal);
        parts_.registry.learn(terminal, facts_of(result));
        if (result.clock && outcome.clock_asked_at) {
            const Instant said = terminal.zone.to_utc(*result.clock);
            clock = storage::ClockRow{format_utc(*outcome.clock_asked_at), (said - *outcome.clock_asked_at).count()};
            terminal.clock_offset = said - *outcome.clock_asked_at;
            if (parts_.ingest.clock_is_synchronised())
                talk::judge_clock(parts_.alarms, desk.serial, said - *outcome.clock_asked_at, now);
        }
    }
    auto store = [id = terminal.row.id, was_it, enabled, clock, begun = format_utc(begun),
                  now = format_utc(now)](storage::Database& database) {
        database.transaction([&] {
            storage::ContactRepository contacts(database);
            if (enabled) storage::PullRepository(database).note_enabled(id, now);
            if (clock) contacts.add_clock(id, *clock);
            if (was_it) contacts.add_online({id, "pull", begun, now});
        });
        return true;
    };
    co_await parts_.worker.write(std::move(store));
    if (enabled) {
        desk.disabled = false;
        parts_.alarms.clear(disabled_alarm, desk.serial);
    }
}

asio::awaitable<void> Puller::store_outcome(Desk& desk, Terminal& terminal, Outcome outcome, Instant begun) {
    PullRow& row = desk.job->row;
    auto& failure = outcome.result.failure;
    std::vector<std::string> sentences = outcome.result.notes;
    for (const auto& lesser : outcome.result.lesser_failures) sentences.push_back(lesser.sentence);
    try {
        co_await take_note_of(desk, terminal, outcome, begun);
        // One log at a time: those who punch meanwhile wait for one at the most.
        while (recording_ && !stopping_) co_await pause(20ms);
        const Recording turn(recording_);
        const Instant now = parts_.now();
        const bool keep_raw = !desk.raw_kept_at || now - *desk.raw_kept_at >= keep_raw_every;
        auto records = records_by_day(outcome.result);
        const bool is_whole = outcome.result.attendance.has_value();
        const Recorded recorded = co_await record(parts_.ingest, parts_.worker, terminal, outcome, now, keep_raw);
        if (recorded.kept_raw) desk.raw_kept_at = now;
        row.records = static_cast<std::int64_t>(recorded.records);
        row.new_punches = recorded.attendance.new_punches;
        row.known_punches = recorded.attendance.known_punches;
        row.rejects = recorded.attendance.new_rejects;
        row.delivery_id = recorded.attendance.delivery_id;
        if (is_whole && on_log_)
            on_log_({desk.serial, row.asked_by, std::move(records), row.delivery_id, begun, desk.history.last_success});
    } catch (const storage::StoreUnavailable&) {
        failure =
            zk4370::PullFailure{FailureKind::stopped, "The store could not take what was pulled; it is pulled again.",
                                std::nullopt, std::string()};
    }
    if (failure) sentences.insert(sentences.begin(), failure->sentence);
    row.reason = joined(sentences);
    row.state = failure ? "failed" : "done";
    row.ended_at = format_utc(parts_.now());
    judge(desk, terminal, outcome.result);
    if (desk.job->only_to_enable) {
        if (failure)
            log::warn("pull.still_disabled", "it is still disabled",
                      {{"terminal", desk.serial}, {"reason", row.reason}});
        co_return;
    }
    ++(failure ? counts_.failed : counts_.done);
    log::info("pull.ended", failure ? "a pull failed" : "pulled",
              {{"terminal", desk.serial},
               {"place", describe(outcome.endpoint)},
               {"records", row.records},
               {"new", row.new_punches},
               {"reason", row.reason}});
    if (says_nothing(*desk.job, failure)) {
        co_await save(row);
        co_return;
    }
    desk.history.last_end = parts_.now();
    desk.history.failures = failure ? desk.history.failures + 1 : 0;
    if (!failure) desk.history.last_success = desk.history.last_end;
    desk.unauthorized = failure && failure->kind == FailureKind::unauthorized;
    plan(desk, terminal);
    co_await save(row, desk.history.failures);
}

// What is not at a place that somebody named, or was only tried, says nothing about the schedule.
bool Puller::says_nothing(const Job& job, const std::optional<zk4370::PullFailure>& failure) {
    if (!failure) return false;
    return job.ask.as_a_try || (job.ask.place && !is_of_the_log(failure->kind));
}

// Until it is written: a pull that stands as running for ever would be a riddle.
asio::awaitable<void> Puller::save(PullRow row, std::optional<std::int64_t> failures) {
    for (;;) {
        auto store = [row, failures](storage::Database& database) {
            database.transaction([&] {
                storage::PullRepository pulls(database);
                pulls.update(row);
                if (failures) pulls.note_end(row.terminal_id, row.ended_at, *failures);
            });
            return true;
        };
        try {
            co_await parts_.worker.write(std::move(store));
            co_return;
        } catch (const storage::StoreUnavailable&) {
            // Below.
        }
        if (stopping_) co_return;
        co_await pause(try_store_again_after);
    }
}

void Puller::judge(Desk& desk, const Terminal& terminal, const zk4370::PullResult& result) {
    const auto& failure = result.failure;
    if (desk.disabled) {
        desk.enable_after = Steady::now() + enable_again_after;
        parts_.alarms.raise(disabled_alarm, desk.serial, parts_.now(),
                            {{"reason", both(failure ? failure->sentence : std::string())}});
    }
    if (desk.job->only_to_enable) return;
    if (!failure) return parts_.alarms.clear(failed_alarm, desk.serial);
    if (says_nothing(*desk.job, failure)) return;
    // One that is carried around is often not there, and another one in its place.
    const bool expected =
        terminal.portable && (!needs_hands(failure->kind) || failure->kind == FailureKind::wrong_terminal);
    const bool lasting = desk.history.failures + 1 >= failures_to_alarm;
    if (expected || failure->kind == FailureKind::stopped || !(needs_hands(failure->kind) || lasting)) return;
    parts_.alarms.raise(failed_alarm, desk.serial, parts_.now(), {{"reason", both(failure->sentence)}});
}

}  // namespace presensi::pull
