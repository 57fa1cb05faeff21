#include "daemon/metrics/gateway.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>

#include "daemon/health_watch.hpp"
#include "daemon/log.hpp"
#include "daemon/metrics/page.hpp"

namespace presensi::metrics {

namespace {

double seconds_of(Instant at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

double number(std::int64_t value) { return static_cast<double>(value); }

void write_gateway(Page& page, const admin::Context& context) {
    page.family("presensi_build_info", "gauge", "Which build this is; always 1.");
    page.add(1, {{"version", PRESENSI_VERSION}, {"store", context.backend}});
    page.gauge("presensi_ready", "1 while what terminals send can be acknowledged.",
               !context.stopping && context.ingest.store_available());
    page.gauge("presensi_store_available", "1 while the store can write.", context.ingest.store_available());
    page.gauge("presensi_clock_synchronised", "1 while this computer's clock is disciplined, or send_date is always.",
               context.ingest.clock_is_synchronised());
    page.family("presensi_alarms", "gauge", "Alarms that stand, by kind.");
    for (const auto& kind : alarm_kinds()) {
        page.add(static_cast<double>(context.alarms.standing(kind.id)),
                 {{"alarm", kind.id}, {"urgent", kind.urgent ? "true" : "false"}});
    }
}

void write_listeners(Page& page, const Sources& sources) {
    const struct {
        std::string_view name;
        const http::Listener& listener;
        const Answers& answers;
    } listeners[] = {{"terminal", sources.terminal_listener, sources.terminal_answers},
                     {"admin", sources.admin_listener, sources.admin_answers}};
    page.family("presensi_http_requests_total", "counter", "Requests that were answered, by class of status.");
    static constexpr std::array<std::string_view, 5> classes{"1xx", "2xx", "3xx", "4xx", "5xx"};
    for (const auto& each : listeners) {
        for (std::size_t i = 0; i < classes.size(); ++i) {
            page.add(static_cast<double>(each.answers.of_class[i]), {{"listener", each.name}, {"code", classes[i]}});
        }
    }
    page.family("presensi_http_request_duration_seconds", "histogram",
                "From a complete request to its answer, the wait for the commit included.");
    for (const auto& each : listeners) page.add(each.answers.seconds, {{"listener", each.name}});
    page.family("presensi_http_connections", "gauge", "Connections that are open.");
    for (const auto& each : listeners)
        page.add(static_cast<double>(each.listener.connections().size()), {{"listener", each.name}});
    page.family("presensi_http_connections_evicted_total", "counter",
                "Connections that were closed while they waited, to make room for others.");
    for (const auto& each : listeners)
        page.add(static_cast<double>(each.listener.connections().evicted()), {{"listener", each.name}});
    page.gauge("presensi_http_body_bytes", "Bytes of bodies that are being read, handled or stored.",
               static_cast<double>(sources.context.bodies.used()));
}

void write_intake(Page& page, const Ingest& ingest) {
    const struct {
        std::string_view name;
        const Ingest::OfRoad& of;
    } roads[] = {{"push", ingest.of(Road::push)}, {"pull", ingest.of(Road::pull)}, {"upload", ingest.of(Road::upload)}};
    page.family("presensi_deliveries_total", "counter",
                "What came by this road: stored (acknowledged), or refused because the store could not take it.");
    for (const auto& road : roads) {
        page.add(number(road.of.deliveries), {{"road", road.name}, {"outcome", "stored"}});
        page.add(number(road.of.refused), {{"road", road.name}, {"outcome", "refused"}});
    }
    page.family("presensi_punches_total", "counter", "Punches that came by this road: new ones, and known ones again.");
    for (const auto& road : roads) {
        page.add(number(road.of.new_punches), {{"road", road.name}, {"result", "new"}});
        page.add(number(road.of.known_punches), {{"road", road.name}, {"result", "known"}});
    }
    page.family("presensi_rejects_total", "counter", "New lines that could not be read as punches and were kept.");
    for (const auto& road : roads) page.add(number(road.of.new_rejects), {{"road", road.name}});
    page.family("presensi_acknowledge_duration_seconds", "histogram",
                "From a decoded pushed delivery to the commit that lets its OK go.");
    page.add(ingest.acknowledged());
    page.gauge("presensi_stored_punches", "Punches in the store, as far as this daemon counted.",
               number(ingest.counts().punches));
}

void write_store(Page& page, const StoreWorker& worker) {
    const StoreWorker::Measures measures = worker.measures();
    page.family("presensi_commit_duration_seconds", "histogram", "How long the commits of intake took.");
    page.add(measures.commit_seconds);
    page.family("presensi_commit_deliveries", "histogram", "How many deliveries went into one commit.");
    page.add(measures.commit_deliveries);
    page.counter("presensi_commits_failed_total", "Commits of intake that failed; nothing of them was acknowledged.",
                 static_cast<double>(measures.failed_commits));
    page.gauge("presensi_queue_deliveries", "Deliveries that wait for a commit.",
               static_cast<double>(measures.waiting_deliveries));
    page.gauge("presensi_queue_rows", "Rows in the deliveries that wait for a commit.",
               static_cast<double>(measures.waiting_rows));
}

// Each of those that a person let in; whoever calls without that is counted only.
void write_terminals(Page& page, const TerminalRegistry& registry) {
    const auto all = registry.all();
    std::map<storage::TerminalState, int> states{{storage::TerminalState::seen, 0},
                                                 {storage::TerminalState::approved, 0},
                                                 {storage::TerminalState::suspended, 0},
                                                 {storage::TerminalState::retired, 0}};
    for (const Terminal* terminal : all) ++states[terminal->row.state];
    page.family("presensi_terminals", "gauge", "Terminals, by state.");
    for (const auto& [state, count] : states) page.add(count, {{"state", storage::to_string(state)}});
    page.counter("presensi_unknown_terminals_total", "Serial numbers that nobody knew, each time one was met.",
                 number(registry.unknown_seen()));
    page.family("presensi_terminal_last_contact_timestamp_seconds", "gauge",
                "When an approved terminal was heard last, by any road; its age is time() minus this.");
    for (const Terminal* terminal : all) {
        if (terminal->approved() && terminal->last_seen)
            page.add(seconds_of(*terminal->last_seen), {{"terminal", terminal->row.serial}});
    }
    page.family("presensi_terminal_clock_offset_seconds", "gauge",
                "The clock of an approved terminal minus ours, as it was estimated last.");
    for (const Terminal* terminal : all) {
        if (terminal->approved() && terminal->clock_offset)
            page.add(std::chrono::duration<double>(*terminal->clock_offset).count(),
                     {{"terminal", terminal->row.serial}});
    }
}

void write_roads(Page& page, const admin::Context& context) {
    page.family("presensi_pulls_total", "counter", "Pulls that ended, by outcome.");
    page.add(number(context.puller.counts().done), {{"outcome", "done"}});
    page.add(number(context.puller.counts().failed), {{"outcome", "failed"}});
    page.gauge("presensi_pulls_running", "Terminals that are being pulled.", context.puller.working());
    page.family("presensi_uploads_total", "counter", "Files that people brought by the API, by outcome.");
    page.add(number(context.upload_counts.taken), {{"outcome", "taken"}});
    page.add(number(context.upload_counts.waiting), {{"outcome", "waiting"}});
    page.add(number(context.upload_counts.refused), {{"outcome", "refused"}});
}

void write_outwards(Page& page, const notify::Notifier& notifier) {
    page.family("presensi_notifications_total", "counter",
                "Messages about alarms, and heartbeats: sent, failed tries, or dropped.");
    for (const auto& channel : notifier.counts()) {
        page.add(number(channel.sent), {{"channel", channel.name}, {"outcome", "sent"}});
        page.add(number(channel.failed), {{"channel", channel.name}, {"outcome", "failed"}});
        page.add(number(channel.dropped), {{"channel", channel.name}, {"outcome", "dropped"}});
    }
    page.family("presensi_notifications_waiting", "gauge", "Messages that are not sent yet.");
    for (const auto& channel : notifier.counts())
        page.add(static_cast<double>(channel.waiting), {{"channel", channel.name}});
    const log::Counts lines = log::counts();
    page.family("presensi_log_lines_total", "counter",
                "Lines of the log: written, dropped (nobody read them fast enough), or beyond a terminal's limit.");
    page.add(static_cast<double>(lines.written), {{"outcome", "written"}});
    page.add(static_cast<double>(lines.dropped), {{"outcome", "dropped"}});
    page.add(static_cast<double>(lines.limited), {{"outcome", "limited"}});
}

double resident_bytes() {
    std::ifstream statm("/proc/self/statm");  // proc(5): size and resident, in pages
    long size = 0;
    long resident = 0;
    statm >> size >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// By the names that every process has in Prometheus.
void write_process(Page& page, Instant started_at) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    page.counter("process_cpu_seconds_total", "Processor time of the daemon, user and system.",
                 seconds(usage.ru_utime) + seconds(usage.ru_stime));
    page.gauge("process_resident_memory_bytes", "Resident memory of the daemon.", resident_bytes());
    const Descriptors descriptors = descriptors_of_us();
    page.gauge("process_open_fds", "Open file descriptors.", static_cast<double>(descriptors.open));
    page.gauge("process_max_fds", "How many there may be; 0: no limit.", static_cast<double>(descriptors.limit));
    page.gauge("process_start_time_seconds", "When the daemon started.", seconds_of(started_at));
}

}  // namespace

std::string write_page(const Sources& sources) {
    Page page;
    write_gateway(page, sources.context);
    write_listeners(page, sources);
    write_intake(page, sources.context.ingest);
    write_store(page, sources.context.worker);
    write_terminals(page, sources.context.registry);
    write_roads(page, sources.context);
    write_outwards(page, sources.notifier);
    write_process(page, sources.context.started_at);
    return page.take();
}

}  // namespace presensi::metrics
