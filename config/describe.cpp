#include <fmt/format.h>

#include <iterator>

#include "config/choices.hpp"
#include "config/load.hpp"
#include "config/printable.hpp"
#include "config/text_values.hpp"

namespace presensi::config {
namespace {

// A double-quoted scalar. No value that was loaded holds a control character.
std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

template <typename T, typename Encode>
std::string list_of(const std::vector<T>& values, const Encode& encode) {
    std::string result;
    for (const T& value : values) result += (result.empty() ? "" : ", ") + in_quotes(encode(value));
    return "[" + result + "]";
}

std::string networks_of(const std::vector<Network>& networks) {
    return list_of(networks, [](const Network& network) { return network.text(); });
}

class Text {
public:
    template <typename... Values>
    void line(fmt::format_string<Values...> format, Values&&... values) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
        text_ += '\n';
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

void describe_storage(const StorageSettings& storage, Text& out) {
    out.line("storage:");
    out.line("  backend: {}", word_of(storage.backend, backend_choices));
    out.line("  sqlite:");
    out.line("    path: {}", in_quotes(storage.sqlite_path.string()));
    out.line("  postgres:");
    out.line("    url: {}", in_quotes(storage.postgres_url));
    if (!storage.postgres_password.empty()) out.line("    password_file: \"{}\"", storage.postgres_password);
    if (!storage.postgres_owner_url.empty()) out.line("    owner_url: {}", in_quotes(storage.postgres_owner_url));
    out.line("  migrate: {}", storage.migrate);
}

void describe_listener(std::string_view name, const ListenerSettings& listener, Text& out) {
    out.line("{}:", name);
    out.line("  address: {}", in_quotes(listener.address));
    out.line("  port: {}", listener.port);
    if (!listener.tls.given()) return;
    out.line("  tls:");
    out.line("    certificate: {}", in_quotes(listener.tls.certificate.string()));
    out.line("    key: {}", in_quotes(listener.tls.key.string()));
}

void describe_limits(const LimitSettings& limits, Text& out) {
    out.line("limits:");
    out.line("  connections: {}", limits.connections);
    out.line("  connections_per_address: {}", limits.connections_per_address);
    out.line("  header: {}", encode_size(limits.header));
    out.line("  body: {}", encode_size(limits.body));
    out.line("  bodies_in_flight: {}", encode_size(limits.bodies_in_flight));
    out.line("  line: {}", encode_size(limits.line));
    out.line("  upload: {}", encode_size(limits.upload));
}

void describe_sending(const AlarmSettings& alarms, Text& out) {
    if (!alarms.ca_file.empty()) out.line("  ca_file: {}", in_quotes(alarms.ca_file.string()));
    if (!alarms.webhook.url.empty()) {
        out.line("  webhook:");
        out.line("    url: {}", in_quotes(alarms.webhook.url.text()));
        out.line("    secret_file: \"{}\"", alarms.webhook.secret);
    }
    out.line("  mail:");
    out.line("    relay: {}", in_quotes(alarms.mail.relay));
    out.line("    port: {}", alarms.mail.port);
    out.line("    from: {}", in_quotes(alarms.mail.from));
    out.line("    to: {}", list_of(alarms.mail.to, [](const std::string& address) { return address; }));
    out.line("  heartbeat:");
    if (!alarms.heartbeat.url.empty()) out.line("    url: {}", in_quotes(alarms.heartbeat.url.text()));
    out.line("    every: {}", encode_duration(alarms.heartbeat.every));
}

void describe_terminal(const TerminalSettings& terminal, Text& out) {
    out.line("  - serial: {}", in_quotes(terminal.serial));
    if (!terminal.name.empty()) out.line("    name: {}", in_quotes(terminal.name));
    out.line("    role: {}", word_of(terminal.role, role_choices));
    out.line("    portable: {}", terminal.portable);
    if (terminal.unit) out.line("    unit: {}", in_quotes(*terminal.unit));
    if (terminal.time_zone) out.line("    time_zone: {}", in_quotes(*terminal.time_zone));
    out.line("    networks: {}", networks_of(terminal.networks));
    out.line("    trans_flag: {}", word_of(terminal.trans_flag, trans_flag_choices));
    if (!terminal.push_key.empty()) out.line("    push_key_file: \"{}\"", terminal.push_key);
    if (!terminal.path_secret.empty()) out.line("    path_secret_file: \"{}\"", terminal.path_secret);
    if (!terminal.pull) return;
    out.line("    pull:");
    out.line("      address: {}", in_quotes(terminal.pull->address));
    out.line("      port: {}", terminal.pull->port);
    if (!terminal.pull->comm_key.empty()) out.line("      comm_key_file: \"{}\"", terminal.pull->comm_key);
    out.line("      disable_while_reading: {}", terminal.pull->disable_while_reading);
    if (terminal.pull->every) out.line("      every: {}", encode_duration(*terminal.pull->every));
}

}  // namespace

std::string describe(const Settings& settings) {
    Text out;
    const bool embedded = settings.storage.backend == Backend::sqlite;
    out.line("# {}; database: {}", shown_path(settings.file.string()),
             shown_path(embedded ? settings.database_path().string() : settings.storage.postgres_url));
    out.line("time_zone: {}", in_quotes(settings.time_zone));
    describe_storage(settings.storage, out);
    describe_listener("terminal_listener", settings.terminal_listener, out);
    describe_listener("admin_listener", settings.admin_listener, out);
    out.line("unknown_terminals: {}", word_of(settings.unknown_terminals, unknown_terminals_choices));
    out.line("clock:");
    out.line("  send_date: {}", word_of(settings.send_date, send_date_choices));
    describe_limits(settings.limits, out);
    out.line("pull:");
    out.line("  networks: {}", networks_of(settings.pull.networks));
    out.line("  quiet: {}", list_of(settings.pull.quiet, encode_quiet_hours));
    out.line("  every: {}", encode_duration(settings.pull.every));
    out.line("completeness:");
    out.line("  after_gap: {}", encode_duration(settings.completeness.after_gap));
    out.line("  nightly: {}", in_quotes(encode_time_of_day(settings.completeness.nightly)));
    out.line("  days: {}", settings.completeness.days);
    out.line("alarms:");
    out.line("  apel_days: {}", list_of(settings.alarms.apel_days,
                                        [](std::chrono::weekday day) { return word_of(day, weekday_choices); }));
    out.line("  apel_deadline: {}", in_quotes(encode_time_of_day(settings.alarms.apel_deadline)));
    out.line("  working_hours: {}", in_quotes(encode_quiet_hours(settings.alarms.working_hours)));
    describe_sending(settings.alarms, out);
    out.line("log:");
    out.line("  format: {}", word_of(settings.log.format, log_format_choices));
    if (!settings.backup.stamp_file.empty()) {
        out.line("backup:");
        out.line("  stamp_file: {}", in_quotes(settings.backup.stamp_file.string()));
    }
    out.line("uploads:");
    out.line("  second_approval: {}", word_of(settings.uploads.second_approval, second_approval_choices));
    out.line("periods:");
    out.line("  working_days: {}", settings.periods.working_days);
    out.line("  outside_window: {}", word_of(settings.periods.outside_window, outside_window_choices));
    if (settings.units_file) out.line("units_file: {}", in_quotes(settings.units_file->string()));
    out.line("terminals:{}", settings.terminals.empty() ? " []" : "");
    for (const TerminalSettings& terminal : settings.terminals) describe_terminal(terminal, out);
    return out.take();
}

}  // namespace presensi::config
