#include "daemon/pull/puller.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/pull/puller_desk.hpp"
#include "protocol/text_fields.hpp"
#include "storage/store_error.hpp"

namespace presensi::pull {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using storage::PullRow;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr auto schedule_every = 500ms;
constexpr auto refresh_every = 10s;
constexpr auto enable_again_after = 30s;

std::string name_of_this_run() {
    std::string host(256, '\0');
    if (gethostname(host.data(), host.size() - 1) != 0) host = "unknown";
    host.resize(host.find('\0') == host.npos ? host.size() : host.find('\0'));
    std::random_device random;
    return fmt::format("{}:{}:{:08x}", host, getpid(), random());
}

}  // namespace

// One of most_at_once, until it goes.
struct Puller::Slot {
    int& open;
    ~Slot() { --open; }
};

struct Puller::Watching {
    std::shared_ptr<Watch> watch;
    ~Watching() {
        watch->over = true;
        watch->timer.cancel();
    }
};

Puller::Puller(Parts parts) : parts_(std::move(parts)), holder_(name_of_this_run()) {}
Puller::~Puller() = default;

Puller::Desk& Puller::desk_of(const std::string& serial) {
    auto& desk = desks_[serial];
    if (!desk) desk = std::make_unique<Desk>(serial);
    return *desk;
}

const config::TerminalPullSettings* Puller::settings_of(const std::string& serial) const {
    for (const auto& terminal : parts_.settings.terminals) {
        if (terminal.serial == serial) return terminal.pull ? &*terminal.pull : nullptr;
    }
    return nullptr;
}

// What the store knows of all pulls, of every daemon.
struct Puller::Known {
    std::vector<storage::PullRepository::Latest> latest;
    std::vector<storage::DisabledRow> disabled;

    static Known read(storage::Database& database) {
        storage::PullRepository pulls(database);
        return {pulls.load_latest(), pulls.list_disabled()};
    }
};

void Puller::load(storage::Database& database) {
    // Nobody else can be running them.
    if (!parts_.shared) storage::PullRepository(database).fail_all(format_utc(parts_.now()));
    take_over(Known::read(database), nullptr);
}

void Puller::take_over(const Known& known, const Desk* ours) {
    std::map<std::int64_t, Terminal*> terminals;
    for (const Terminal* terminal : parts_.registry.all()) {
        terminals[terminal->row.id] = parts_.registry.find(terminal->row.serial);
    }
    const auto is_ours_to_know = [&](const Desk& desk) { return !desk.working || &desk == ours; };
    for (const auto& latest : known.latest) {
        const auto terminal = terminals.find(latest.terminal_id);
        if (terminal == terminals.end()) continue;
        Desk& desk = desk_of(terminal->second->row.serial);
        const History history{decode_utc(latest.ended_at), decode_utc(latest.last_success), latest.failures_since};
        if (!is_ours_to_know(desk) || history.last_end == desk.history.last_end) continue;
        desk.history = history;
        plan(desk, *terminal->second);
    }
    std::map<std::string, const storage::DisabledRow*> disabled;
    for (const auto& row : known.disabled) {
        const auto terminal = terminals.find(row.terminal_id);
        if (terminal != terminals.end()) disabled[desk_of(terminal->second->row.serial).serial] = &row;
    }
    for (auto& [serial, desk] : desks_) {
        if (!is_ours_to_know(*desk)) continue;
        const auto found = disabled.find(serial);
        desk->disabled = found != disabled.end();
        desk->disabled_at.reset();
        if (desk->disabled && !found->second->host.empty())
            desk->disabled_at = Place{found->second->host, static_cast<std::uint16_t>(found->second->port)};
    }
}

void Puller::plan(Desk& desk, Terminal& terminal) {
    desk.due.reset();
    const auto* settings = settings_of(desk.serial);
    if (settings == nullptr) return;
    const auto every = settings->every.value_or(parts_.settings.pull.every);
    const Plan plan{every, &parts_.settings.pull.quiet, &terminal.zone, share_of(desk.serial)};
    desk.due = next_pull(plan, desk.history, parts_.now());
    if (desk.unauthorized && desk.history.last_end) {
        desk.due = after_quiet(std::max(*desk.due, *desk.history.last_end + every), *plan.quiet, terminal.zone);
    }
}

// begin_due() plans those that have none.
void Puller::plan_anew() {
    for (auto& [serial, desk] : desks_) {
        if (desk->working) continue;
        desk->unauthorized = false;  // the comm key may be the right one now
        desk->due.reset();
    }
}

std::optional<Instant> Puller::due(const std::string& serial) const {
    const auto found = desks_.find(serial);
    return found == desks_.end() ? std::nullopt : found->second->due;
}

void Puller::begin_due() {
    for (const auto& settings : parts_.settings.terminals) {
        if (settings.pull) desk_of(settings.serial);
    }
    for (auto& [serial, desk] : desks_) {
        Terminal* terminal = parts_.registry.find(serial);
        if (terminal == nullptr || terminal->row.id == 0 || desk->working) continue;
        // Whatever became of it meanwhile: nobody is left standing before a terminal that we disabled.
        if (desk->disabled && Steady::now() >= desk->enable_after) {
            auto job = std::make_unique<Job>();
            job->only_to_enable = true;
            add(*desk, std::move(job));
            continue;
        }
        if (!terminal->approved()) continue;
        if (!desk->due) plan(*desk, *terminal);
        if (!desk->due || *desk->due > parts_.now()) continue;
        if (parts_.is_tight && parts_.is_tight()) continue;
        auto job = std::make_unique<Job>();
        job->scheduled = true;
        job->ask.by = "schedule";
        add(*desk, std::move(job));
    }
}

void Puller::add(Desk& desk, std::unique_ptr<Job> job) {
    desk.waiting.push_back(std::move(job));
    if (desk.working) return;
    desk.working = true;
    ++working_;
    asio::co_spawn(parts_.io, work(desk), [this, &desk](const std::exception_ptr&) {
        desk.working = false;
        --working_;
    });
}

asio::awaitable<void> Puller::run() {
    auto next_refresh = Steady::now() + refresh_every;
    while (!stopping_) {
        begin_due();
        co_await pause(schedule_every);
        if (stopping_ || !parts_.shared || Steady::now() < next_refresh) continue;
        co_await refresh(nullptr);
        co_await end_those_of_silent_daemons();
        next_refresh = Steady::now() + refresh_every;
    }
}

// What other daemons did meanwhile; also of the desk at work that is `ours`.
asio::awaitable<void> Puller::refresh(const Desk* ours) {
    auto look = [](StoreWorker::Reader reader) { return Known::read(reader.database); };
    try {
        const Known known = co_await parts_.worker.read(std::move(look));
        take_over(known, ours);
    } catch (const storage::StoreUnavailable&) {
        // With the next look.
    }
}

asio::awaitable<void> Puller::pause(std::chrono::milliseconds time) {
    if (stopping_) co_return;
    asio::steady_timer timer(parts_.io, time);
    co_await timer.async_wait(no_throw);
}

asio::awaitable<std::int64_t> Puller::request(Terminal& terminal, Ask ask) {
    Desk& desk = desk_of(terminal.row.serial);
    for (const auto& job : desk.waiting) {
        if (job->row.id == 0 || job->ask.disable != ask.disable || job->ask.place != ask.place) continue;
        job->ask.as_a_try = job->ask.as_a_try && ask.as_a_try;
        co_return job->row.id;
    }
    auto job = std::make_unique<Job>();
    job->ask = std::move(ask);
    job->row.terminal_id = terminal.row.id;
    job->row.daemon = holder_;
    job->row.asked_by = job->ask.by;
    job->row.state = "queued";
    job->row.queued_at = format_utc(parts_.now());
    auto store = [row = job->row](storage::Database& database) {
        return storage::PullRepository(database).add(row.terminal_id, row.daemon, row.asked_by, row.queued_at);
    };
    const std::int64_t id = co_await parts_.worker.write(std::move(store));
    job->row.id = id;
    add(desk, std::move(job));
    co_return id;
}

std::optional<Puller::Live> Puller::find(std::int64_t pull) const {
    for (const auto& [serial, desk] : desks_) {
        if (desk->job && desk->job->row.id == pull) {
            Live live{desk->job->row, 0};
            if (desk->visit) {
                const auto progress = desk->visit->progress();
                live.row.bytes = static_cast<std::int64_t>(progress.bytes_done);
                live.announced = progress.bytes_announced;
            }
            return live;
        }
        for (const auto& job : desk->waiting) {
            if (job->row.id == pull) return Live{job->row, 0};
        }
    }
    return std::nullopt;
}

// Nothing that it meets may leave the terminal without further pulls.
asio::awaitable<void> Puller::work(Desk& desk) {
    bool failed = false;
    try {
        co_await work_off(desk);
    } catch (const std::exception& error) {
        log::mistake("pull.mistake", "a pull ended by an unexpected error",
                     {{"terminal", desk.serial}, {"error", error.what()}});
        failed = true;
    }
    if (failed) {
        desk.visit.reset();
        if (desk.job) desk.waiting.push_front(std::move(desk.job));
        desk.history.last_end = parts_.now();
        ++desk.history.failures;
        desk.due.reset();
        desk.enable_after = Steady::now() + enable_again_after;
    }
    try {
        co_await fail_waiting(desk);
    } catch (const std::exception& error) {
        log::mistake("pull.outcome_unwritten", "a pull that failed cannot be put down",
                     {{"terminal", desk.serial}, {"error", error.what()}});
    }
}

asio::awaitable<void> Puller::work_off(Desk& desk) {
    while (!desk.waiting.empty() && !stopping_) {
        Terminal* terminal = parts_.registry.find(desk.serial);
        auto lease = std::make_shared<TerminalLease>(parts_.worker, terminal->row.id, holder_, parts_.shared,
                                                     parts_.lease_times);
        const bool ours = co_await take_lease(desk, *lease);
        if (!ours) break;
        const Slot slot{open_};
        const Watching watching{std::make_shared<Watch>(parts_.io)};
        const Watch& watch = *watching.watch;
        // Alone on the embedded store, nobody waits for its silence.
        if (parts_.shared) asio::co_spawn(parts_.io, keep_lease(desk, lease, watching.watch), asio::detached);
        // Others may have pulled it while we waited.
        if (parts_.shared) co_await refresh(&desk);
        while (!desk.waiting.empty() && !stopping_ && !watch.lost) {
            desk.job = std::move(desk.waiting.front());
            desk.waiting.pop_front();
            if (is_still_wanted(desk, *desk.job, *terminal)) co_await run_job(desk, *terminal, watch);
            desk.job.reset();
        }
        if (watch.lost) continue;
        try {
            co_await lease->release();
        } catch (const storage::StoreUnavailable&) {
            // It falls silent instead.
        }
    }
}

asio::awaitable<void> Puller::fail_waiting(Desk& desk) {
    for (const auto& job : std::exchange(desk.waiting, {})) {
        if (job->row.id == 0) continue;
        std::string reason = stopping_ ? "The daemon stopped before its turn."
                                       : "It ended by an error that nobody expected; see the log.";
        co_await refuse_job(*job, std::move(reason));
    }
}

// With a place among most_at_once, so that no lease is held by one that waits.
asio::awaitable<bool> Puller::take_lease(Desk& desk, TerminalLease& lease) {
    while (!stopping_) {
        if (open_ >= most_at_once) {
            co_await pause(100ms);
            continue;
        }
        ++open_;
        bool taken = false;
        try {
            std::string now = format_utc(parts_.now());
            taken = co_await lease.take(std::move(now));
        } catch (const storage::StoreUnavailable& error) {
            log::debug("pull.lease_waits", "a lease cannot be taken yet",
                       {{"terminal", desk.serial}, {"reason", error.what()}});
        } catch (...) {
            --open_;
            throw;
        }
        if (taken) co_return true;
        --open_;
        co_await pause(1s);
    }
    co_return false;
}

asio::awaitable<void> Puller::keep_lease(Desk& desk, std::shared_ptr<TerminalLease> lease,
                                         std::shared_ptr<Watch> watch) {
    while (!watch->over) {
        watch->timer.expires_after(parts_.lease_times.beat);
        co_await watch->timer.async_wait(no_throw);
        if (watch->over) co_return;
        bool ours = true;
        try {
            ours = co_await lease->beat();
        } catch (const std::exception&) {
            // is_lost() after a while.
        }
        if (watch->over) co_return;
        if (ours && !lease->is_lost()) continue;
        watch->lost = true;
        if (desk.visit)
            desk.visit->stop("The store could not be told in time that this daemon still pulls the terminal.");
        co_return;
    }
}

// Whoever asked for them would wait for ever.
asio::awaitable<void> Puller::end_those_of_silent_daemons() {
    constexpr auto certainly_gone = 2;  // times the silence after which a lease may be taken over
    auto look = [holder = holder_](StoreWorker::Reader reader) {
        return storage::PullRepository(reader.database).list_running_of_others(holder);
    };
    try {
        const std::vector<storage::PullRepository::Running> running = co_await parts_.worker.read(std::move(look));
        std::set<std::string> gone;
        std::map<std::int64_t, Foreign> still;
        for (const auto& row : running) {
            const auto seen = foreign_.find(row.id);
            const bool same = seen != foreign_.end() && seen->second.beat == row.beat;
            const Foreign foreign = same ? seen->second : Foreign{row.beat, Steady::now()};
            if (Steady::now() - foreign.since > certainly_gone * parts_.lease_times.silence) gone.insert(row.daemon);
            still[row.id] = foreign;
        }
        foreign_ = std::move(still);
        if (gone.empty()) co_return;
        auto end = [gone, at = format_utc(parts_.now())](storage::Database& database) {
            for (const auto& daemon : gone) storage::PullRepository(database).fail_those_of(daemon, std::nullopt, at);
            return true;
        };
        co_await parts_.worker.write(std::move(end));
    } catch (const storage::StoreUnavailable&) {
        // With the next look.
    }
}

// Between its being wanted and our having the lease another daemon may have done it, or quiet hours have begun.
bool Puller::is_still_wanted(Desk& desk, const Job& job, Terminal& terminal) const {
    if (job.only_to_enable) return desk.disabled;
    if (!terminal.approved()) return job.row.id != 0;  // run_job says why not
    if (!job.scheduled) return true;
    const Instant now = parts_.now();
    if (desk.due && *desk.due > now) return false;
    desk.due = after_quiet(now, parts_.settings.pull.quiet, terminal.zone);
    return *desk.due <= now;
}

void Puller::stop() {
    stopping_ = true;
    for (auto& [serial, desk] : desks_) {
        if (desk->visit) desk->visit->stop("The daemon stops.");
    }
}

}  // namespace presensi::pull
