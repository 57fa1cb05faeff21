#include "daemon/app.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include <optional>

#include "config/network.hpp"
#include "daemon/access/access_log.hpp"
#include "daemon/access/gate.hpp"
#include "daemon/admin/finish_uploads.hpp"
#include "daemon/admin/routes.hpp"
#include "daemon/alarms.hpp"
#include "daemon/certificate_watch.hpp"
#include "daemon/configured_terminals.hpp"
#include "daemon/health_watch.hpp"
#include "daemon/http/identity.hpp"
#include "daemon/http/listener.hpp"
#include "daemon/ingest.hpp"
#include "daemon/log.hpp"
#include "daemon/metrics/gateway.hpp"
#include "daemon/must_not_fail.hpp"
#include "daemon/open_store.hpp"
#include "daemon/people/directory_cache.hpp"
#include "daemon/people/organisation_import.hpp"
#include "daemon/pull/puller.hpp"
#include "daemon/push/routes.hpp"
#include "daemon/reload.hpp"
#include "daemon/run_mark.hpp"
#include "daemon/store_worker.hpp"
#include "daemon/stored_counts.hpp"
#include "daemon/systemd_notify.hpp"
#include "daemon/talk/command_queue.hpp"
#include "daemon/talk/completeness.hpp"
#include "daemon/talk/terminal_watch.hpp"
#include "daemon/terminal_registry.hpp"
#include "daemon/time_service.hpp"
#include "daemon/without_store.hpp"
#include "protocol/text_fields.hpp"
#include "storage/contact_repository.hpp"
#include "storage/store.hpp"
#include "storage/store_error.hpp"

namespace presensi {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr auto contacts_every = 5s;
constexpr auto comparing_every = 500ms;
constexpr auto time_service_every = 20s;
constexpr auto count_at_start = 1s;  // then serving matters more
constexpr auto last_words = 200ms;

// Files, timers and the database beside the connections; of few descriptors, half.
constexpr rlim_t other_descriptors = 64;

// Both listeners may be full at once. Returns the number of connections that each can really have.
std::size_t raise_descriptor_limit(std::size_t connections) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections;
    const rlim_t wanted = 2 * static_cast<rlim_t>(connections) + other_descriptors;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= wanted) return connections;
    const auto possible =
        static_cast<std::size_t>((limit.rlim_cur - std::min(limit.rlim_cur / 2, other_descriptors)) / 2);
    log::warn("start.few_connections", "the system allows fewer connections than limits.connections asks for",
              {{"wanted", connections}, {"possible", possible}, {"hint", "raise LimitNOFILE"}});
    return std::max<std::size_t>(possible, 1);
}

std::string url_of(const config::ListenerSettings& listener, std::uint16_t port, std::string_view path) {
    return fmt::format("{}://{}:{}{}", listener.tls.given() ? "https" : "http", listener.address, port, path);
}

http::Connections::Limits connection_limits(const config::Settings& settings, std::size_t connections) {
    return {connections, std::min(settings.limits.connections_per_address, connections)};
}

}  // namespace

struct App::Parts {
    Parts(config::Settings given, AppHooks replaced, std::size_t possible_connections);

    void load();
    void import_units(storage::Database& database);
    void add(const StoredCounts::Part& part);
    asio::awaitable<void> count_stored();
    void announce();
    asio::awaitable<void> write_contacts();
    asio::awaitable<void> read_terminals();
    asio::awaitable<void> look_at_store();
    asio::awaitable<void> keep_commands();
    asio::awaitable<void> keep_contacts();
    asio::awaitable<void> keep_comparing();
    asio::awaitable<void> finish_uploads();
    asio::awaitable<void> keep_time();
    asio::awaitable<void> keep_asking_time_service();
    asio::awaitable<void> keep_watchdog();
    asio::awaitable<void> drain();
    void begin_stop();
    void on_signal();
    void on_hangup();
    void apply_settings();
    Reload::Parts reload_parts();
    http::SessionPolicy terminal_policy();
    http::SessionPolicy admin_policy();

    config::Settings settings;
    AppHooks hooks;
    asio::io_context io{1};
    std::unique_ptr<storage::Store> store;  // closed last of all
    StoreWorker worker;
    Alarms alarms;
    TerminalRegistry registry;
    Ingest ingest;
    talk::CommandQueue commands;
    pull::Puller puller;
    talk::Completeness completeness;
    people::DirectoryCache directory;
    access::Gate gate;
    access::AccessLog access_log;
    talk::TerminalWatch watch;
    HealthWatch health;
    notify::Notifier notifier;
    RunMark mark;
    std::optional<StoredCounts> stored_counts;
    push::Routes push_routes;
    http::BodyBudget bodies;
    ConfigurationState configuration;
    Reload reload;
    admin::Context admin_context;
    admin::Routes admin_routes;
    std::size_t connections;
    metrics::Answers terminal_answers;
    metrics::Answers admin_answers;
    std::unique_ptr<http::Identity> terminal_identity;  // null: plain HTTP
    std::unique_ptr<http::Identity> admin_identity;
    CertificateWatch certificates;
    http::Listener terminal_listener;
    http::Listener admin_listener;
    asio::signal_set signals{io};
    asio::signal_set hangups{io};
    asio::steady_timer contacts_timer{io};
    asio::steady_timer comparing_timer{io};
    asio::steady_timer count_timer{io};
    asio::steady_timer uploads_timer{io};
    asio::steady_timer second_timer{io};
    asio::steady_timer watchdog_timer{io};
    asio::steady_timer time_service_timer{io};
    bool stopping = false;
    bool send_date = false;
    std::optional<bool> told_synchronised;  // by the time service, where the kernel may not be asked
    std::string terminal_date;              // value of the Date header for terminals, renewed every second
};

App::Parts::Parts(config::Settings given, AppHooks replaced, std::size_t possible_connections)
    : settings(std::move(given)),
      hooks(std::move(replaced)),
      store(open_store(settings, settings.storage.migrate)),
      worker(io, *store, {}),
      registry(settings, hooks.now),
      ingest(worker, registry, alarms, hooks.now),
      commands(worker, hooks.now),
      puller({io, settings, registry, ingest, worker, alarms, hooks.now, store->is_shared(), hooks.lease_times,
              [this] { return bodies.is_tight(); }}),
      completeness(settings, registry, worker, commands, puller, hooks.now, {store->is_shared(), hooks.lease_times}),
      directory(worker, registry),
      gate(
          io, worker, [this] { return ingest.store_available(); }, hooks.now),
      access_log(worker, settings.time_zone, hooks.now),
      watch(settings, registry, worker, commands, directory, alarms, hooks.now),
      health(settings, registry, alarms, hooks.now, hooks.health),
      notifier(
          io, settings, alarms, hooks.now, [this] { return !stopping && ingest.store_available(); }, hooks.notify),
      mark(settings.state_folder),
      push_routes(settings, registry, ingest, worker, commands, alarms, hooks.now),
      bodies(settings.limits.bodies_in_flight),
      configuration{hooks.now(), {}},
      reload(reload_parts()),
      admin_context{settings,  registry,    ingest,           puller, commands,     completeness,
                    directory, gate,        access_log,       worker, alarms,       hooks.now,
                    bodies,    hooks.now(), store->backend(), false,  configuration},
      admin_routes(admin_context),
      connections(possible_connections),
      terminal_identity(http::open_identity("terminal_listener", settings.terminal_listener)),
      admin_identity(http::open_identity("admin_listener", settings.admin_listener)),
      certificates(io, alarms, hooks.now, hooks.certificates_every),
      terminal_listener(io, "terminal_listener", settings.terminal_listener.address, settings.terminal_listener.port,
                        connection_limits(settings, connections), bodies, push_routes, terminal_policy(),
                        hooks.sockets.terminals),
      admin_listener(io, "admin_listener", settings.admin_listener.address, settings.admin_listener.port,
                     connection_limits(settings, connections), bodies, admin_routes, admin_policy(),
                     hooks.sockets.admin) {
    certificates.add(terminal_identity.get());
    certificates.add(admin_identity.get());
    load();
}

http::SessionPolicy App::Parts::terminal_policy() {
    http::SessionPolicy policy;
    policy.manner = http::Manner::terminal;
    policy.header_limit = settings.limits.header;
    policy.body_limit = settings.limits.body;
    policy.identity = terminal_identity.get();
    policy.secure = policy.identity != nullptr;
    policy.date = [this] { return send_date ? terminal_date : std::string(); };
    policy.on_answer = [this](unsigned status, http::Steady::duration took) { terminal_answers.note(status, took); };
    return policy;
}

http::SessionPolicy App::Parts::admin_policy() {
    http::SessionPolicy policy;
    policy.manner = http::Manner::web;
    policy.header_limit = settings.limits.header;
    policy.body_limit = settings.limits.upload;  // Routes::body_limit says where less
    policy.identity = admin_identity.get();
    policy.secure = policy.identity != nullptr;
    policy.date = [now = hooks.now] { return http::format_http_date(std::chrono::floor<std::chrono::seconds>(now())); };
    policy.on_answer = [this](unsigned status, http::Steady::duration took) { admin_answers.note(status, took); };
    return policy;
}

void App::Parts::load() {
    const auto database = store->open_database();
    gate.load(*database);
    if (gate.is_open() && !config::is_loopback(settings.admin_listener.address)) {
        throw std::runtime_error(
            fmt::format("admin_listener.address {} can be reached from elsewhere, and nobody has an account yet, so "
                        "everybody would "
                        "be super-admin there; create one first (presensid account create NAME --role super-admin "
                        "--config FILE) or "
                        "use 127.0.0.1",
                        settings.admin_listener.address));
    }
    stored_counts.emplace(*database, load_terminals(*database, registry, settings, hooks.now()));
    import_units(*database);
    registry.set_last_pushes(storage::ContactRepository(*database).load_last_pushes());
    commands.load(*database);
    puller.load(*database);
    completeness.load(*database);
    alarms.name_terminals([this](const std::string& serial) {
        const Terminal* terminal = registry.find(serial);
        return terminal == nullptr || terminal->row.name.empty() ? serial : terminal->row.name;
    });
    admin_context.write_metrics = [this] {
        return metrics::write_page(
            {admin_context, terminal_listener, admin_listener, terminal_answers, admin_answers, notifier});
    };
    if (mark.last_run_was_cut()) health.note_unclean_stop();
    puller.on_log([this](pull::Puller::Log log) { completeness.log_was_pulled(std::move(log)); });
    const auto until = http::Steady::now() + count_at_start;
    try {
        while (!stored_counts->complete() && http::Steady::now() < until) add(stored_counts->count_next(*database));
    } catch (const storage::StoreUnavailable& error) {
        log::warn("start.counting_later", "counting what is stored goes on beside serving", {{"reason", error.what()}});
    }
}

// units_file is the source of units and of which terminals are for whom.
void App::Parts::import_units(storage::Database& database) {
    if (!settings.units_file) return;
    const Instant now = hooks.now();
    const people::ImportAsk ask{std::chrono::floor<std::chrono::days>(local_at(Zone(settings.time_zone), now)),
                                format_utc(now), "configuration"};
    people::tell_of_units(people::import_organisation(database, settings.organisation, ask), settings, registry);
}

void App::Parts::add(const StoredCounts::Part& part) {
    if (!part.serial.empty()) registry.add_counts(part.serial, part.of_terminal);
    Ingest::Counts counts;
    counts.punches = part.of_terminal.punches;
    counts.rejects = part.of_terminal.rejects;
    counts.deliveries = part.deliveries;
    ingest.add_counts(counts);
    admin_context.punches_before += counts.punches;
}

// What a start had no time for.
asio::awaitable<void> App::Parts::count_stored() {
    auto next = [this](StoreWorker::Reader reader) { return stored_counts->count_next(reader.database); };
    while (!stored_counts->complete() && !stopping) {
        bool away = false;
        try {
            const StoredCounts::Part part = co_await worker.read(next);
            add(part);
        } catch (const storage::StoreUnavailable&) {
            away = true;  // look_at_store() raises the alarm
        }
        if (away && !stopping) {
            count_timer.expires_after(contacts_every);
            co_await count_timer.async_wait(no_throw);
        }
    }
}

void App::Parts::announce() {
    log::info("start.serves", "presensid serves",
              {{"version", PRESENSI_VERSION},
               {"terminals", url_of(settings.terminal_listener, terminal_listener.port(), "/iclock")},
               {"page", url_of(settings.admin_listener, admin_listener.port(), "/")},
               {"store", store->backend()},
               {"database", place_of_store(settings)}});
    if (gate.is_open()) {
        log::warn("start.open", "no account exists yet: whoever reaches the admin listener is super-admin",
                  {{"address", settings.admin_listener.address},
                   {"hint", "presensid account create NAME --role super-admin"}});
    }
    if (!settings.admin_listener.tls.given() && !config::is_loopback(settings.admin_listener.address)) {
        log::warn(
            "start.plain_admin",
            "the admin listener speaks plain HTTP to other computers: passwords can be read on their way",
            {{"address", settings.admin_listener.address},
             {"hint", "set admin_listener.tls, or use 127.0.0.1 and reach it by SSH or a TLS proxy on this computer"}});
    }
    if (settings.unknown_terminals == config::UnknownTerminals::approve) {
        log::warn("start.trial",
                  "unknown_terminals is approve: every terminal that calls is accepted; use it for trials only");
    }
    if (settings.terminals.empty() && registry.size() == 0) {
        log::warn("start.no_terminals",
                  "no terminal is known: put their serial numbers under 'terminals' or approve them as they call");
    }
}

// What contact taught, in bulk and never per poll (architecture 3.5).
asio::awaitable<void> App::Parts::write_contacts() {
    const TerminalRegistry::Changed changed = registry.take_changed();
    if (changed.rows.empty()) co_return;
    std::vector<TerminalRegistry::Gap> gaps = registry.take_gaps();
    const std::vector<storage::OnlineRow> intervals = registry.take_online();
    const std::vector<TerminalRegistry::ClockNews> clocks = registry.take_clocks();
    auto save = [rows = changed.rows, intervals, clocks,
                 days = completeness.days_of(gaps)](storage::Database& database) {
        // First what a silence asks for: after a kill in between it would not be noticed again.
        storage::CompletenessRepository comparisons(database);
        database.transaction([&] { comparisons.open(days); });
        storage::ContactRepository contacts(database);
        contacts.save_online(intervals);
        for (const auto& clock : clocks) contacts.add_clock(clock.terminal_id, clock.row);
        return storage::TerminalRepository(database).save_contacts(rows);
    };
    try {
        const std::vector<std::int64_t> ids = co_await worker.write(std::move(save));
        for (std::size_t i = 0; i < ids.size(); ++i) changed.terminals[i]->row.id = ids[i];
        if (!gaps.empty()) completeness.look_again();
        co_return;
    } catch (const storage::StoreUnavailable&) {
        // look_at_store() raises the alarm.
    } catch (const std::exception& mistake) {
        log::mistake("contacts.unwritten", "what terminals told of themselves could not be written",
                     {{"error", mistake.what()}});
    }
    registry.give_back(changed);
    registry.give_back(std::move(gaps));
    registry.give_back(intervals);
    registry.give_back(clocks);
}

// What other daemons on our database changed: a terminal suspended there is suspended here.
asio::awaitable<void> App::Parts::read_terminals() {
    using Found = std::pair<std::vector<storage::TerminalRow>, std::vector<storage::TerminalRepository::Stamp>>;
    // As a write, so that a change of ours that is under way comes before or after it, never between.
    auto load = [](storage::Database& database) {
        storage::TerminalRepository terminals(database);
        return Found(terminals.load_all(), terminals.load_stamps());
    };
    try {
        Found found = co_await worker.write(std::move(load));
        registry.refresh(std::move(found.first), found.second);
    } catch (const storage::StoreUnavailable&) {
        // look_at_store() raises the alarm.
    } catch (const std::exception& mistake) {
        log::mistake("contacts.unread", "what other daemons changed could not be read", {{"error", mistake.what()}});
    }
}

asio::awaitable<void> App::Parts::look_at_store() {
    try {
        co_await ingest.look_at_store();
    } catch (const std::exception& mistake) {
        log::mistake("store.unseen", "the store could not be looked at", {{"error", mistake.what()}});
    }
}

asio::awaitable<void> App::Parts::keep_commands() {
    try {
        if (store->is_shared()) {
            co_await commands.refresh();
            completeness.look_again();
        }
        co_await commands.expire_overdue();
    } catch (const storage::StoreUnavailable&) {
        // look_at_store() raises the alarm.
    } catch (const std::exception& mistake) {
        log::mistake("command.unkept", "commands could not be kept", {{"error", mistake.what()}});
    }
    health.look();
    try {
        co_await watch.look();
    } catch (const storage::StoreUnavailable&) {
        // As above.
    } catch (const std::exception& mistake) {
        log::mistake("alarm.unseen", "alarms could not be looked for", {{"error", mistake.what()}});
    }
}

asio::awaitable<void> App::Parts::keep_contacts() {
    while (!stopping) {
        contacts_timer.expires_after(contacts_every);
        co_await contacts_timer.async_wait(no_throw);
        if (!stopping) co_await look_at_store();
        if (!stopping) co_await write_contacts();
        if (!stopping && store->is_shared()) co_await read_terminals();
        if (!stopping) co_await keep_commands();
    }
}

asio::awaitable<void> App::Parts::keep_comparing() {
    while (!stopping) {
        comparing_timer.expires_after(comparing_every);
        co_await comparing_timer.async_wait(no_throw);
        if (stopping) break;
        try {
            co_await completeness.go_on();
            continue;
        } catch (const std::exception& mistake) {
            log::mistake("completeness.failed", "days of terminals could not be compared; tried again in a minute",
                         {{"error", mistake.what()}});
        }
        if (stopping) break;
        comparing_timer.expires_after(1min);
        co_await comparing_timer.async_wait(no_throw);
    }
}

// Once: what a kill left, or the end of the daemon beside a store that was away.
asio::awaitable<void> App::Parts::finish_uploads() {
    while (!stopping) {
        try {
            co_await admin::finish_uploads(admin_context);
            break;
        } catch (const storage::StoreUnavailable&) {
            // look_at_store() raises the alarm.
        } catch (const std::exception& mistake) {
            log::mistake("upload.unfinished", "files whose taking was interrupted could not be taken",
                         {{"error", mistake.what()}});
            break;
        }
        if (stopping) break;
        uploads_timer.expires_after(contacts_every);
        co_await uploads_timer.async_wait(no_throw);
    }
}

asio::awaitable<void> App::Parts::keep_time() {
    while (!stopping || !terminal_listener.idle() || !admin_listener.idle() || !puller.idle()) {
        const Instant now = hooks.now();
        terminal_date = http::format_http_date(std::chrono::floor<std::chrono::seconds>(now));
        const std::optional<bool> known = hooks.clock_synchronised();
        const bool synchronised = known ? *known : told_synchronised.value_or(false);
        const bool waits_for_answer = !known && !told_synchronised;
        admin_context.clock_synchronised = synchronised;
        ingest.set_clock_synchronised(synchronised || settings.send_date == config::SendDate::always);
        send_date = settings.send_date == config::SendDate::always ||
                    (settings.send_date == config::SendDate::automatic && synchronised);
        // `always`: somebody vouches for our clock, where nothing can be asked about it.
        if (!synchronised && settings.send_date != config::SendDate::always) {
            if (!waits_for_answer) alarms.raise("clock_unsynchronised", "", now);
        } else {
            alarms.clear("clock_unsynchronised", "");
        }
        log::tick();
        admin_context.new_punches.note_total(now, ingest.counts().punches - admin_context.punches_before);
        terminal_listener.close_overdue();
        admin_listener.close_overdue();
        second_timer.expires_after(1s);
        co_await second_timer.async_wait(no_throw);
    }
}

asio::awaitable<void> App::Parts::keep_asking_time_service() {
    while (!stopping && !hooks.clock_synchronised()) {
        const std::optional<bool> answer = co_await ask_time_service();
        if (!answer && !told_synchronised) {
            log::warn("clock.unknown",
                      "nobody says whether this computer's clock is synchronised, so it counts as one that is not",
                      {{"hint", "the system bus and systemd-timedated are asked; apt install dbus"}});
        }
        told_synchronised = answer.value_or(false);
        if (stopping) break;
        time_service_timer.expires_after(time_service_every);
        co_await time_service_timer.async_wait(no_throw);
    }
}

// Tells the service manager that we live, as long as this thread and every storage thread get on. While PostgreSQL is
// away they do: each wait for it has an end. What has none is what this is for.
asio::awaitable<void> App::Parts::keep_watchdog() {
    const auto time = watchdog_time();
    if (!time) co_return;
    while (!stopping || !terminal_listener.idle() || !admin_listener.idle() || !puller.idle()) {
        if (worker.has_got_on()) systemd_notify("WATCHDOG=1");
        // Often, so that a wait which is within its bounds leaves time for the next sign.
        watchdog_timer.expires_after(*time / 10);
        co_await watchdog_timer.async_wait(no_throw);
    }
}

Reload::Parts App::Parts::reload_parts() {
    return {settings, registry, worker, configuration, hooks.now, hooks.load, [this] { apply_settings(); }};
}

// Everybody else looks at `settings` when they need one.
void App::Parts::apply_settings() {
    connections = raise_descriptor_limit(settings.limits.connections);
    const auto limits = connection_limits(settings, connections);
    terminal_listener.set_limits(limits, settings.limits.header, settings.limits.body);
    admin_listener.set_limits(limits, settings.limits.header, settings.limits.upload);
    bodies.set_limit(settings.limits.bodies_in_flight);
    access_log.set_zone(settings.time_zone);
    puller.plan_anew();
}

// House style 3.7: idle connections end at once, requests under way are finished and stored, then the hard stop.
asio::awaitable<void> App::Parts::drain() {
    const auto until = http::Steady::now() + hooks.grace;
    asio::steady_timer pause(io);
    bool closed = false;
    while (!terminal_listener.idle() || !admin_listener.idle() || !puller.idle()) {
        if (!closed && http::Steady::now() >= until) {
            closed = true;
            log::warn("stop.cut", "connections were still open after the grace period and are closed",
                      {{"terminals", terminal_listener.connections().size()},
                       {"admin", admin_listener.connections().size()}});
            terminal_listener.close_all();
            admin_listener.close_all();
        }
        pause.expires_after(20ms);
        co_await pause.async_wait(no_throw);
    }
    second_timer.cancel();
    watchdog_timer.cancel();
    co_await write_contacts();
    try {
        co_await completeness.release();
    } catch (const storage::StoreUnavailable&) {
        // They wait for the time of the lease.
    }
    mark.end();
    log::info("stop.done", "everything that was accepted is stored; goodbye");
}

void App::Parts::begin_stop() {
    if (stopping) return;
    stopping = true;
    admin_context.stopping = true;
    systemd_notify("STOPPING=1");
    log::info("stop.begun", "stopping", {{"connections", terminal_listener.connections().size()}});
    terminal_listener.stop_accepting();
    admin_listener.stop_accepting();
    puller.stop();
    notifier.stop();
    certificates.stop();
    contacts_timer.cancel();
    comparing_timer.cancel();
    count_timer.cancel();
    uploads_timer.cancel();
    boost::system::error_code ignored;
    if (!hooks.handle_signals) signals.cancel(ignored);
    hangups.cancel(ignored);
    time_service_timer.cancel();
    asio::co_spawn(io, drain(), [this](const std::exception_ptr&) {
        boost::system::error_code error;
        signals.cancel(error);
    });
}

void App::Parts::on_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        if (stopping) {
            log::error("stop.at_once", "second signal: leaving at once; what was not acknowledged comes again");
            log::flush(last_words);
            _exit(1);
        }
        begin_stop();
        on_signal();
    });
}

void App::Parts::on_hangup() {
    hangups.async_wait([this](const boost::system::error_code& error, int) {
        if (error || stopping) return;
        asio::co_spawn(io, reload.run(), must_not_fail);
        on_hangup();
    });
}

App::App(const config::Settings& settings, const AppHooks& hooks) {
    // Bodies come and go; without this, glibc keeps the largest ones it ever saw (mallopt(3), dynamic threshold).
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    // That also stops glibc from adapting this one: at its 128 KiB every commit of a backlog gave memory back to the
    // kernel and took it again, a sixth of the daemon's processor time.
    mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
    const std::size_t connections = raise_descriptor_limit(settings.limits.connections);
    const auto build = [&] { parts_ = std::make_unique<Parts>(settings, hooks, connections); };
    try {
        build();
    } catch (const storage::StoreUnavailable& error) {
        const notify::News told =
            serve_without_store(settings, hooks, connection_limits(settings, connections), error.what(), build);
        parts_->notifier.go_on_from(told);
    }
    parts_->terminal_listener.open();
    parts_->admin_listener.open();
}

App::~App() = default;

void App::run() {
    Parts& parts = *parts_;
    if (parts.hooks.handle_signals) {
        parts.signals.add(SIGTERM);
        parts.signals.add(SIGINT);
        parts.on_signal();
        if (parts.hooks.load) {
            parts.hangups.add(SIGHUP);
            parts.on_hangup();
        }
        parts.certificates.look_at_hangups();
    }
    asio::co_spawn(parts.io, parts.keep_time(), must_not_fail);
    asio::co_spawn(parts.io, parts.keep_asking_time_service(), must_not_fail);
    asio::co_spawn(parts.io, parts.keep_watchdog(), must_not_fail);
    asio::co_spawn(parts.io, parts.keep_contacts(), must_not_fail);
    asio::co_spawn(parts.io, parts.keep_comparing(), must_not_fail);
    asio::co_spawn(parts.io, parts.count_stored(), must_not_fail);
    asio::co_spawn(parts.io, parts.finish_uploads(), must_not_fail);
    asio::co_spawn(parts.io, parts.puller.run(), must_not_fail);
    parts.mark.begin();
    parts.notifier.start();
    asio::co_spawn(parts.io, parts.certificates.run(), must_not_fail);
    parts.terminal_listener.start();
    parts.admin_listener.start();
    parts.announce();
    systemd_notify("READY=1");
    parts.io.run();
}

void App::stop() {
    asio::post(parts_->io, [this] { parts_->begin_stop(); });
}

std::uint16_t App::terminal_port() const { return parts_->terminal_listener.port(); }
std::uint16_t App::admin_port() const { return parts_->admin_listener.port(); }

}  // namespace presensi
